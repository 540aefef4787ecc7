"""A repo of a model or a dataset. A Space is a repo too, with far more to it: see ``domain.space``."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spaceport.domain.hub_fields import HubFields

#: Of one tag, in characters; longer ones are cut.
MAX_TAG_LENGTH = 200


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
class Repo(HubFields):
    """
    One row per model or dataset. ``head_sha`` is where ``main`` is, ``card`` the front matter of its README.

    ``pipeline_tag``, ``library_name``, ``config``, ``safetensors`` (numbers of parameters by dtype; ``parameters`` is
    their sum) and ``gguf`` are read from the files at the head.
    """

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
    pipeline_tag: str | None = None
    library_name: str | None = None
    config: dict[str, Any] | None = None
    safetensors: dict[str, Any] | None = None
    gguf: dict[str, Any] | None = None
    parameters: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class RepoHead:
    """As little of a repo as tells whether its ``main`` is published; there are many of them."""

    id: str
    type: RepoType
    head_sha: str | None
    modified_at: datetime
    is_described: bool
