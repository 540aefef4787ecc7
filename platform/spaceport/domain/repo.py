"""A repo of a model or a dataset. A Space is a repo too, with far more to it: see ``domain.space``."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RepoType(StrEnum):
    """The three kinds of repos, as the Hub's clients spell them."""

    MODEL = "model"
    DATASET = "dataset"
    SPACE = "space"

    @property
    def plural(self) -> str:
        """As in ``/api/models``."""
        return f"{self}s"

    @property
    def prefix(self) -> str:
        """What stands before ``owner/name`` in the addresses of pages, git and files: nothing for models."""
        return "" if self is RepoType.MODEL else f"{self.plural}/"


@dataclass(frozen=True)
class Repo:
    """One row per model or dataset. ``head_sha`` is where ``main`` is, ``card`` the front matter of its README."""

    id: str
    type: RepoType
    owner_id: str
    owner: str
    name: str
    private: bool
    created_at: datetime
    modified_at: datetime
    head_sha: str | None = None
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"
