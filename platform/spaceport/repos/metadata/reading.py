"""What is searched, filtered and shown of a repo, read from its card and its files; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spaceport.domain.front_matter import body_of
from spaceport.domain.repo import RepoType
from spaceport.repos.metadata.architectures import first_architecture
from spaceport.repos.metadata.gguf import gguf_of
from spaceport.repos.metadata.library import formats_of, library_of, task_of
from spaceport.repos.metadata.model_config import config_of
from spaceport.repos.metadata.repo_files import RepoFiles
from spaceport.repos.metadata.safetensors import parameters_of
from spaceport.repos.metadata.tags import dataset_tags, model_tags, space_tags

README = "README.md"
_MAX_README_BYTES = 1024**2
_MAX_DESCRIPTION = 500
_HEADING_MARK = re.compile(r"^ {0,3}#{1,6}[ \t]+", re.MULTILINE)


@dataclass(frozen=True)
class Metadata:
    """As the fields of ``domain.repo.Repo``; ``description`` is the beginning of a dataset's README."""

    tags: list[str] = field(default_factory=list)
    pipeline_tag: str | None = None
    library_name: str | None = None
    config: dict[str, Any] | None = None
    safetensors: dict[str, Any] | None = None
    gguf: dict[str, Any] | None = None
    description: str = ""

    @property
    def parameters(self) -> int | None:
        of = self.safetensors or self.gguf
        return of["total"] if of else None


def read_metadata(files: RepoFiles, kind: RepoType, card: Mapping[str, Any]) -> Metadata:
    """
    The metadata of a commit with this ``card``; what cannot be read is as good as absent.

    ``card`` must be safe to store (``domain.front_matter``). The sdk of a Space is taken from it.
    """
    if kind is RepoType.SPACE:
        return Metadata(space_tags(card, str(card.get("sdk") or "")))
    readme = body_of((files.start(README, 0, _MAX_README_BYTES) or b"").decode("utf-8", "replace"))
    if kind is RepoType.DATASET:
        return Metadata(dataset_tags(card, readme, files.paths), description=_description(readme))
    config = config_of(files)
    library = library_of(card, files.paths, config)
    task = task_of(card, library, config)
    model_type = first_architecture(config)[1]
    tags = model_tags(card, readme, library, formats_of(files.paths), task, model_type)
    return Metadata(tags, task, library, config, parameters_of(files), gguf_of(files))


def _description(readme: str) -> str:
    """Its first words in one line, without the marks of headings."""
    return " ".join(_HEADING_MARK.sub("", readme.replace("\0", "")).split())[:_MAX_DESCRIPTION]
