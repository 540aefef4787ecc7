"""A name that a Space had before it was renamed or transferred."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Redirect:
    """Pages, API, git and the old host lead to where the Space is now, until somebody takes the name."""

    id: str
    space_id: str
    owner: str
    name: str
    subdomain: str
    created_at: datetime
