"""
The rows of a folder of images, sounds or films: decided from paths alone.

Source: datasets 5.2, ``packaged_modules/folder_based_builder``.
"""

import posixpath
from collections.abc import Collection
from dataclasses import dataclass

from spaceport.repos.viewer.formats import METADATA_NAMES, is_media_file
from spaceport.repos.viewer.layout import Config, Split


@dataclass(frozen=True)
class MediaRows:
    """
    ``rows`` are paths with the folder each lies in; ``labels`` are names of folders, empty where those say nothing.

    Where there is ``metadata``, its files say what the rows are.
    """

    rows: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    metadata: tuple[str, ...]


def media_rows(config: Config, split: Split) -> MediaRows:
    """Folders are labels when they lie equally deep, are more than one, and no metadata says more."""
    everywhere = [path for each in config.splits for path in each.files]
    media = [path for path in everywhere if is_media_file(path, config.format)]
    has_metadata = any(_is_metadata(path) for path in everywhere) and not config.options.get("drop_metadata")
    labels = {_folder_name(path) for path in media}
    wanted = config.options.get("drop_labels")
    are_labels = len(labels) > 1 and len({path.count("/") for path in media}) == 1 if wanted is None else not wanted
    own = [path for path in split.files if is_media_file(path, config.format)]
    return MediaRows(
        rows=tuple((path, _folder_name(path)) for path in own),
        labels=tuple(sorted(labels)) if are_labels and not has_metadata else (),
        metadata=tuple(path for path in split.files if _is_metadata(path)) if has_metadata else (),
    )


def path_in_repo(path: str, paths: Collection[str]) -> str | None:
    """A path that data names, if it is a file of the repo."""
    clean = posixpath.normpath(path)
    return clean if clean in paths else None


def _is_metadata(path: str) -> bool:
    return path.rpartition("/")[2] in METADATA_NAMES


def _folder_name(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[2]
