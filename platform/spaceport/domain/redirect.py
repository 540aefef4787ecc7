"""Names that repos had before they were renamed or transferred."""

from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.repo import RepoType


@dataclass(frozen=True)
class Redirect:
    """Pages, API, git and the old host lead to where the Space is now, until somebody takes the name."""

    id: str
    space_id: str
    owner: str
    name: str
    subdomain: str
    created_at: datetime


@dataclass(frozen=True)
class RepoRedirect:
    """The same for a model or dataset, which has no host; a model may have had the name of a dataset."""

    id: str
    repo_id: str
    type: RepoType
    owner: str
    name: str
    created_at: datetime
