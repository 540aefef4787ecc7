"""The files of a commit as metadata is read from them: names, and the beginnings of a few."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Protocol

from spaceport.domain.front_matter import json_safe
from spaceport.errors import EntryNotFound
from spaceport.interfaces import Objects
from spaceport.repos.pointers import Pointer, may_be_pointer, parse_pointer
from spaceport.repos.tree import Entry, Kind, TreeReader

#: Of a file of JSON that is looked into. The index of the largest sharded models has a few.
_MAX_JSON_BYTES = 16 * 1024**2


class RepoFiles(Protocol):
    """Files by path."""

    @property
    def paths(self) -> frozenset[str]: ...
    def start(self, path: str, first: int, length: int) -> bytes | None:
        """That many bytes from ``first`` on, fewer at the end; None when there is no such file or it is not here."""
        ...


class LargeFiles:
    """Beginnings of large files that a repo may use (bytes by SHA-256)."""

    def __init__(self, objects: Objects, usable: Mapping[str, int]) -> None:
        self._objects = objects
        self._usable = usable

    def start(self, pointer: Pointer, first: int, length: int) -> bytes | None:
        if self._usable.get(pointer.sha256) != pointer.size_bytes:
            return None
        try:
            with self._objects.open_file(pointer.sha256) as file:
                # Not every store can jump; what stands before is 8 bytes long.
                return _read(file, first + length)[first:]
        except EntryNotFound:
            return None


class TreeFiles:
    """The files of a commit; large ones, of which git has a pointer, are read where they are."""

    def __init__(self, tree: TreeReader, entries: Sequence[Entry], large: LargeFiles | None = None) -> None:
        self._tree = tree
        self._large = large
        self._files = {entry.path: entry for entry in entries if entry.path is not None and entry.kind is Kind.FILE}
        self._last: tuple[str, bytes] = ("", b"")

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    def start(self, path: str, first: int, length: int) -> bytes | None:
        entry = self._files.get(path)
        if entry is None:
            return None
        content = self._content(entry)
        pointer = parse_pointer(content) if may_be_pointer(len(content)) else None
        if pointer is not None:
            return self._large.start(pointer, first, length) if self._large is not None else None
        return content[first : first + length]

    def _content(self, entry: Entry) -> bytes:
        if self._last[0] != entry.object_id:
            self._last = entry.object_id, self._tree.read(entry.object_id)
        return self._last[1]


def read_json(files: RepoFiles, path: str) -> dict[str, Any]:
    """The object in a file of JSON; empty when it is absent, too large or anything else."""
    content = files.start(path, 0, _MAX_JSON_BYTES + 1)
    return {} if content is None or len(content) > _MAX_JSON_BYTES else parse_json(content)


def parse_json(content: bytes) -> dict[str, Any]:
    try:
        values = json_safe(json.loads(content))
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _read(file: BinaryIO, length: int) -> bytes:
    """A raw file may give less than was asked for at a time."""
    parts = []
    while length > 0 and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
