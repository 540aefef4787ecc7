"""Histories without some large files: commits that never had their pointers, and refs that lead there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2

from spaceport.errors import BadRequest, Conflict
from spaceport.repos.ancestry import HistoryTooLong, whole_history
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.commits.tree_edit import Item
from spaceport.repos.pointers import may_be_pointer, parse_pointer
from spaceport.repos.refs import CONVERTS, HEADS, PULLS, TAGS, Moved, move_refs
from spaceport.repos.tree import opened_repo

#: Commits that are looked at, and files and folders in all of them together.
MAX_COMMITS, MAX_ENTRIES = 20_000, 5_000_000
_TOO_MUCH = (
    "the history of this repo is too long to be written anew: make one commit of it first (super_squash_history), or "
    "leave it as it is with rewrite_history=False"
)
#: The id of a folder with nothing in it.
_EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_KINDS = (HEADS, TAGS, PULLS, CONVERTS)
_SIGNATURES = (b"gpgsig ", b"gpgsig-sha256 ")


@dataclass(frozen=True)
class Rewritten:
    """``commits`` are the new ones by the old, of those only that changed."""

    moved: list[Moved]
    commits: Mapping[str, str]


def rewrite_without(repo_path: Path, inside: Quarantine, files: frozenset[str]) -> Rewritten:
    """
    Move all refs that people see to commits without the pointers to these files (by SHA-256).

    Commits that had none of them, nor come after one that did, stay what they are. Authors, times and messages stay,
    signatures of rewritten commits and tags go.

    Raises: BadRequest for too much of a history, Conflict when somebody pushed meanwhile.
    """
    refs = _refs(repo_path)
    rewriter = _Rewriter(inside, files)
    rewriter.read_history(_history(repo_path, [target for _, target in refs]))
    moved = [Moved(target, new, ref) for ref, target in refs if (new := rewriter.object(target)) != target]
    if moved:
        inside.keep()
        if not move_refs(repo_path, moved):
            raise Conflict("somebody pushed in this moment: nothing was changed, try again")
    return Rewritten(moved, rewriter.changed)


def _refs(repo_path: Path) -> list[tuple[str, str]]:
    """With what each is at: of a tag with a message that is no commit."""
    with opened_repo(repo_path) as repo:
        shown = [each for each in repo.references.iterator() if each.name.startswith(_KINDS)]
        return [(each.name, str(each.target)) for each in shown if each.type == pygit2.enums.ReferenceType.DIRECT]


def _history(repo_path: Path, tips: Sequence[str]) -> list[str]:
    """Commits before those that follow them. Raises: BadRequest."""
    with opened_repo(repo_path) as repo:
        commits = [commit for tip in tips if (commit := _commit_at(repo, tip)) is not None]
    try:
        found = whole_history(repo_path, commits, MAX_COMMITS + 1)
    except HistoryTooLong as error:
        raise BadRequest(_TOO_MUCH) from error
    if len(found) > MAX_COMMITS:
        raise BadRequest(_TOO_MUCH)
    return found


def _commit_at(repo: Any, tip: str) -> str | None:
    """A tag may name a file, which has no history."""
    try:
        return str(repo[tip].peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError):
        return None


class _Rewriter:
    """What each object becomes; the same one where nothing of it goes."""

    def __init__(self, inside: Quarantine, files: frozenset[str]) -> None:
        self._inside = inside
        self._files = files
        self._entries = 0
        self._folders: dict[str, str] = {}
        self._doomed: dict[str, bool] = {}
        self._commits: dict[str, str] = {}

    def read_history(self, commits: Sequence[str]) -> None:
        """In their order. Raises: BadRequest."""
        for sha in commits:
            self._commits[sha] = self._commit(sha)

    def object(self, object_id: str) -> str:
        """A commit, or a tag with a message, which is an object of its own; what else a tag may name stays."""
        if object_id in self._commits:
            return self._commits[object_id]
        kind, raw = self._inside.read_object(object_id)
        if kind != pygit2.enums.ObjectType.TAG:
            return object_id
        old = raw.partition(b"\n")[0].removeprefix(b"object ").decode("ascii")
        new = self.object(old)
        if new == old:
            return object_id
        text = raw.replace(f"object {old}\n".encode(), f"object {new}\n".encode(), 1)
        return self._inside.write_object(kind, text.partition(b"-----BEGIN PGP SIGNATURE-----")[0])

    @property
    def changed(self) -> dict[str, str]:
        return {old: new for old, new in self._commits.items() if old != new}

    def _commit(self, sha: str) -> str:
        kind, raw = self._inside.read_object(sha)
        head, _, message = raw.partition(b"\n\n")
        lines = [self._header(line) for line in head.split(b"\n")]
        if lines == head.split(b"\n"):
            return sha
        return self._inside.write_object(kind, b"\n".join(_unsigned(lines)) + b"\n\n" + message)

    def _header(self, line: bytes) -> bytes:
        name, _, value = line.partition(b" ")
        if name == b"tree":
            return b"tree " + self._folder(value.decode("ascii")).encode()
        # Of a shallow history a parent may be missing.
        return b"parent " + self._commits.get(value.decode(), value.decode()).encode() if name == b"parent" else line

    def _folder(self, object_id: str) -> str:
        if object_id not in self._folders:
            items = self._inside.read_folder(object_id)
            self._entries += len(items)
            if self._entries > MAX_ENTRIES:
                raise BadRequest(_TOO_MUCH)
            kept = {name: self._kept(item) for name, item in items.items()}
            left = {name: item for name, item in kept.items() if item is not None}
            self._folders[object_id] = object_id if left == items else self._inside.write_folder(left)
        return self._folders[object_id]

    def _kept(self, item: Item) -> Item | None:
        if item.is_folder:
            folder = self._folder(item.object_id)
            # git has no empty folders, but for those that somebody wrote all the same.
            return Item(item.mode, folder) if folder != _EMPTY or item.object_id == _EMPTY else None
        return None if item.is_file and self._is_doomed(item.object_id) else item

    def _is_doomed(self, object_id: str) -> bool:
        if object_id not in self._doomed:
            is_small = may_be_pointer(self._inside.size_of(object_id))
            pointer = parse_pointer(self._inside.read_blob(object_id)) if is_small else None
            self._doomed[object_id] = pointer is not None and pointer.sha256 in self._files
        return self._doomed[object_id]


def _unsigned(lines: list[bytes]) -> Iterator[bytes]:
    """Without signatures, whose further lines begin with a blank."""
    is_signature = False
    for line in lines:
        is_signature = line.startswith(_SIGNATURES) or (is_signature and line.startswith(b" "))
        if not is_signature:
            yield line
