"""The files of one commit, read without checking anything out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pygit2

from spaceport.errors import BadRequest, EntryNotFound, RevisionNotFound
from spaceport.repos.pointers import Pointer, may_be_pointer, parse_pointer

#: Of one commit, files and folders together. A few kilobytes of folders that hold the same folder again and again
#: unfold to billions.
MAX_ENTRIES = 100_000
#: Longer than any path that a system stores.
MAX_PATH_BYTES = 8192


@cache
def _trust_owners() -> None:
    # libgit2 refuses repos whose folder belongs to another user, as after moving the data folder into a container's
    # volume. The git program is told the same with safe.directory.
    pygit2.option(pygit2.enums.Option.SET_OWNER_VALIDATION, 0)


def open_repo(path: Path) -> Any:
    """A bare repo of ours. Raises: pygit2.GitError when there is none."""
    _trust_owners()
    return pygit2.Repository(str(path), pygit2.enums.RepositoryOpenFlag.BARE)


class Kind(StrEnum):
    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@contextmanager
def opened_repo(path: Path) -> Iterator[Any]:
    """A bare repo of ours for a while. Raises: RevisionNotFound when there is none, or none that can be read."""
    try:
        repo = open_repo(path)
    except pygit2.GitError as error:
        raise RevisionNotFound("the repo cannot be read") from error
    try:
        yield repo
    finally:
        repo.free()


def message_of(commit: Any) -> str:
    """Of no declared encoding, or a wrong one: the message is shown, never trusted."""
    return bytes(commit.raw_message).decode("utf-8", "replace").strip()


def pointer_in(odb: Any, object_id: Any, size_bytes: int) -> Pointer | None:
    """What a blob of git stands for, if it is an LFS pointer."""
    return parse_pointer(bytes(odb.read(object_id)[1])) if may_be_pointer(size_bytes) else None


def pointers_among(odb: Any, object_ids: Iterable[Any]) -> Iterator[Pointer]:
    """The LFS pointers among objects of any kind."""
    for object_id in object_ids:
        kind, size = odb.read_header(object_id)
        if kind == pygit2.enums.ObjectType.BLOB and (pointer := pointer_in(odb, object_id, int(size))) is not None:
            yield pointer


@dataclass(frozen=True)
class Entry:
    """``path`` is None where its bytes are not UTF-8; ``shown`` is safe to print."""

    path: str | None
    shown: str
    kind: Kind
    size_bytes: int
    object_id: str


@dataclass(frozen=True)
class Blob:
    """One file of a commit."""

    object_id: str
    size_bytes: int


class TreeTooLarge(BadRequest):
    """Nobody can look at all files of this commit."""


class TreeReader(Protocol):
    """What the checks at the door need of a commit."""

    @property
    def tree_id(self) -> str: ...
    def entries(self) -> Iterator[Entry]:
        """All files, symbolic links and submodules; folders only as part of paths. Raises: TreeTooLarge."""
        ...

    def read(self, object_id: str) -> bytes: ...


class GitTree:
    """
    A commit in a bare repo; ``quarantine`` is where git keeps objects of a push that is not accepted yet.

    Raises: RevisionNotFound when there is no such commit.
    """

    def __init__(self, repo: Path, sha: str, quarantine: Path | None = None) -> None:
        self._repo = open_repo(repo)
        self._odb = self._repo.odb
        if quarantine is not None:
            self._odb.add_disk_alternate(str(quarantine))
        try:
            self._commit: Any = self._repo[sha].peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionNotFound(f"no commit {sha[:60]}") from error

    def __enter__(self) -> "GitTree":
        return self

    def __exit__(self, *_: object) -> None:
        self._repo.free()

    @property
    def tree_id(self) -> str:
        return str(self._commit.tree_id)

    @property
    def message(self) -> str:
        """The first line of the commit message."""
        return (message_of(self._commit).splitlines() or [""])[0]

    def entries(self) -> Iterator[Entry]:
        stack: list[tuple[bytes, Any]] = [(b"", self._commit.tree)]
        seen = 0
        while stack:
            prefix, tree = stack.pop()
            for item in tree:
                path = prefix + item.raw_name
                seen += 1
                if seen > MAX_ENTRIES:
                    raise TreeTooLarge(f"the commit has more than {MAX_ENTRIES:,} files and folders")
                if len(path) > MAX_PATH_BYTES:
                    raise TreeTooLarge("the commit has folders in folders in folders: a path in it is too long")
                if item.filemode == pygit2.enums.FileMode.TREE:
                    stack.append((path + b"/", self._repo[item.id]))
                else:
                    yield self._entry(path, item)

    def file(self, path: str) -> Blob:
        """Raises: EntryNotFound when there is no such file; a folder, a link or a submodule is none."""
        missing = EntryNotFound(f"no file {path[:200]!r} in this commit")
        try:
            found = self._commit.tree[path]
        except (KeyError, ValueError, TypeError) as error:
            raise missing from error
        if found.filemode not in (pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.BLOB_EXECUTABLE):
            raise missing
        return Blob(str(found.id), int(self._odb.read_header(found.id)[1]))

    def read(self, object_id: str) -> bytes:
        return bytes(self._odb.read(object_id)[1])

    def pointer(self, object_id: str, size_bytes: int) -> Pointer | None:
        """What a file stands for, if it is an LFS pointer."""
        return pointer_in(self._odb, object_id, size_bytes)

    def _entry(self, raw_path: bytes, item: Any) -> Entry:
        shown = "".join(c if c.isprintable() else "?" for c in raw_path.decode("utf-8", "replace"))[:300]
        try:
            path = raw_path.decode()
        except UnicodeDecodeError:
            path = None
        if item.filemode == pygit2.enums.FileMode.COMMIT:
            return Entry(path, shown, Kind.SUBMODULE, 0, str(item.id))
        kind = Kind.SYMLINK if item.filemode == pygit2.enums.FileMode.LINK else Kind.FILE
        return Entry(path, shown, kind, int(self._odb.read_header(item.id)[1]), str(item.id))


def new_pointers(quarantine: Path) -> list[Pointer]:
    """The LFS pointers among the objects of a push that is not accepted yet, on whatever branch they are."""
    odb = pygit2.Odb(str(quarantine))
    return list(pointers_among(odb, odb))


@dataclass(frozen=True)
class NewObjects:
    """
    Of a push that is not accepted yet. Sizes in bytes of what is over the limit: ``files``, and ``others``, which are
    folders, and commits and tags, whose messages may have any length. ``commits`` is how many there are.
    """

    files: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    commits: int = 0


def new_objects(quarantine: Path, limit_bytes: int) -> NewObjects:
    """What is among the objects of a push."""
    odb = pygit2.Odb(str(quarantine))
    files: list[int] = []
    others: list[int] = []
    commits = 0
    for object_id in odb:
        kind, size = odb.read_header(object_id)
        commits += kind == pygit2.enums.ObjectType.COMMIT
        if size > limit_bytes:
            (files if kind == pygit2.enums.ObjectType.BLOB else others).append(int(size))
    return NewObjects(tuple(files), tuple(others), commits)
