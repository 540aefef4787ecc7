"""How long builds wait for what builders cannot change, such as a full disk, before they are refused."""

from datetime import datetime

from spaceport.domain.build import Build
from spaceport.domain.line import Room

#: Seconds in which the collection of old images has its chance to make room. The commit is stored whatever happens; the
#: owner builds it again when there is room.
PATIENCE_SECONDS = 300


class Patience:
    """Remembers since when there is an obstacle; a controller that starts anew is patient once more."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    def note(self, room: Room, now: datetime) -> None:
        self._since = (self._since or now) if room.obstacle and not room.is_closed else None

    def is_over_for(self, build: Build, now: datetime) -> bool:
        """Whether this waiting build has had its time with the obstacle in the way."""
        return self._since is not None and (now - max(self._since, build.created_at)).total_seconds() > PATIENCE_SECONDS
