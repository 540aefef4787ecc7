"""Who likes which repo."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Like:
    """At most one of a person for a repo. ``repo_id`` may be the id of a Space."""

    repo_id: str
    user_id: str
    repo_type: str
    created_at: datetime
