"""What a list of all Spaces needs of each: a few columns, so that ten thousand of them are read at once."""

from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.space import Desired, Rest
from spaceport.domain.stage import Stage


@dataclass(frozen=True)
class SpaceFact:
    """Fields as those of ``Space``."""

    id: str
    owner_id: str
    owner: str
    name: str
    sdk: str
    stage: Stage
    stage_reason: str | None
    desired: Desired
    rest: Rest
    hardware: str
    waiting_since: datetime | None
    review_requested_at: datetime | None
    last_visit_at: datetime | None
    visits: int
    volume_used_bytes: int | None
    volume_bytes: int
    used_bytes: int
    created_at: datetime
    rest_since: datetime | None
    target_release_id: str | None

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def is_asleep(self) -> bool:
        return self.desired is Desired.RUNNING and self.rest is not Rest.AWAKE
