"""A commit that arrived on ``main``: the beginning of the road."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Push:
    """
    What the hub knows of a deployable commit, so that nobody else needs the repo to plan.

    ``dependency_files`` maps paths that decide what is installed to the SHA-256 of their contents. ``tree`` is set to
    the id of the commit's tree when those files refer to other files of the repo: then any change counts as a change of
    dependencies. ``problem`` is set when the commit cannot be deployed (no app file yet).
    """

    id: str
    space_id: str
    sha: str
    message: str
    pushed_by: str
    pushed_at: datetime
    card: dict[str, Any] = field(default_factory=dict)
    dependency_files: dict[str, str] = field(default_factory=dict)
    tree: str | None = None
    problem: str | None = None
