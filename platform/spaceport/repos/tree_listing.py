"""What is in a folder of a commit, page by page, and when each of it changed last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import pygit2

from spaceport.errors import EntryNotFound, RevisionNotFound
from spaceport.repos.commits.listing import MAX_WALKED, Commit, to_commit
from spaceport.repos.files import shown_path
from spaceport.repos.pointers import Pointer
from spaceport.repos.tree import MAX_ENTRIES, TreeTooLarge, open_repo, pointer_in

_FOLDER, _SUBMODULE = pygit2.enums.FileMode.TREE, pygit2.enums.FileMode.COMMIT
_FILES = (pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.BLOB_EXECUTABLE)

#: What a page waits for the last commits of its rows.
_MAX_WALK_SECONDS = 3.0
_TREES_AT_HAND = 16


@dataclass(frozen=True)
class Listed:
    """``path`` from the root of the repo, see ``shown_path``; ``raw`` is what git has. Folders have no size."""

    path: str
    raw: bytes
    mode: int
    object_id: str

    @property
    def is_folder(self) -> bool:
        return self.mode == _FOLDER

    @property
    def is_file(self) -> bool:
        """Neither a folder nor a link nor a submodule."""
        return self.mode in _FILES


class TreeListing:
    """
    The files and folders of one commit.

    Raises: RevisionNotFound when there is no such commit.
    """

    def __init__(self, repo_path: Path, sha: str) -> None:
        try:
            self._repo = open_repo(repo_path)
            self._commit: Any = self._repo[sha].peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionNotFound(f"no commit {sha[:60]}") from error

    def __enter__(self) -> "TreeListing":
        return self

    def __exit__(self, *_: object) -> None:
        self._repo.free()

    def rows(self, folder: str, recursive: bool) -> Iterator[Listed]:
        """
        In the order of git, which is the same each time; a folder comes before what is in it.

        Raises: EntryNotFound with the first row when there is no such folder; a file is none. TreeTooLarge.
        """
        found = self.find(folder) if folder else None
        if folder and (found is None or not found.is_folder):
            raise EntryNotFound(f"no folder {folder[:200]!r} in this commit")
        start = self._commit.tree if found is None else self._repo[found.object_id]
        prefix = f"{folder}/".encode() if folder else b""
        seen = 0
        # Of each open folder what is still to come.
        stack: list[tuple[bytes, Iterator[Any]]] = [(prefix, iter(start))]
        while stack:
            inside, items = stack[-1]
            item = next(items, None)
            if item is None:
                stack.pop()
                continue
            seen += 1
            if seen > MAX_ENTRIES:
                raise TreeTooLarge(f"the commit has more than {MAX_ENTRIES:,} files and folders")
            row = _listed(inside + item.raw_name, item)
            yield row
            if recursive and row.is_folder:
                stack.append((row.raw + b"/", iter(self._repo[item.id])))

    def find(self, path: str) -> Listed | None:
        """A file or folder; None when there is none."""
        if "\0" in path:
            # libgit2 would read up to there only.
            return None
        try:
            item = self._commit.tree[path]
            return _listed(path.encode(), item)
        except (KeyError, ValueError, TypeError, UnicodeEncodeError):
            return None

    def size_bytes(self, row: Listed) -> int:
        return 0 if row.mode in (_FOLDER, _SUBMODULE) else int(self._repo.odb.read_header(row.object_id)[1])

    def pointer(self, row: Listed, size_bytes: int) -> Pointer | None:
        """What a file stands for, if it is an LFS pointer."""
        return pointer_in(self._repo.odb, row.object_id, size_bytes) if row.is_file else None

    def text(self, row: Listed, limit_bytes: int) -> str | None:
        """The beginning of a text file, or where a link leads; None for what is no text, and for submodules."""
        if row.mode in (_FOLDER, _SUBMODULE):
            return None
        content = bytes(self._repo.odb.read(row.object_id)[1][:limit_bytes])
        return None if b"\0" in content else content.decode("utf-8", "replace")

    def last_commits(self, rows: Sequence[Listed]) -> dict[bytes, Commit]:
        """
        By ``raw``: the newest commit that made each what it is now.

        One walk for all of them. What is older than the commits that are walked, or that could be walked in
        ``_MAX_WALK_SECONDS``, has none.
        """
        left = {row.raw: (row.object_id, row.mode) for row in rows}
        found: dict[bytes, Commit] = {}
        # As ``git log`` does it; all other orders read the whole history before the first commit.
        order = pygit2.enums.SortMode.NONE
        before, ends_at = _Lookup(self._repo), monotonic() + _MAX_WALK_SECONDS
        for commit in islice(self._repo.walk(self._commit.id, order), MAX_WALKED):
            if not left or monotonic() > ends_at:
                break
            for raw in before.changed(commit, left):
                found[raw] = to_commit(commit)
                del left[raw]
        return found


class _Lookup:
    """Finds paths in many trees that are mostly the same."""

    def __init__(self, repo: Any) -> None:
        self._repo = repo
        self._known: dict[tuple[str, bytes], tuple[str, int] | None] = {}
        # One folder of the last few commits: of a large one each reading is dear.
        self._tree = lru_cache(maxsize=_TREES_AT_HAND)(lambda tree_id: repo[tree_id])

    def changed(self, commit: Any, wanted: dict[bytes, tuple[str, int]]) -> list[bytes]:
        """Those that this commit made what they are wanted to be: it has them so, and none of its parents has."""
        parents = [str(parent.tree_id) for parent in commit.parents]
        own = str(commit.tree_id)
        if own in parents:
            return []
        return [
            raw
            for raw, entry in wanted.items()
            if self._entry(own, raw) == entry and all(self._entry(parent, raw) != entry for parent in parents)
        ]

    def _entry(self, tree_id: str, raw: bytes) -> tuple[str, int] | None:
        """Remembered by folder: where a folder is the same in two commits, so is what is in it."""
        name, _, rest = raw.partition(b"/")
        key = (tree_id, name)
        if key not in self._known:
            self._known[key] = _in_tree(self._tree(tree_id), name)
        entry = self._known[key]
        if not rest or entry is None:
            return entry
        return self._entry(entry[0], rest) if entry[1] == _FOLDER else None


def _in_tree(tree: Any, name: bytes) -> tuple[str, int] | None:
    """By git's own search, which halves the folder each time; one by one for a name that is no UTF-8."""
    try:
        found = tree[name.decode()]
    except KeyError:
        return None
    except (UnicodeDecodeError, ValueError):
        found = next((item for item in tree if item.raw_name == name), None)
    return (str(found.id), int(found.filemode)) if found is not None else None


def _listed(raw: bytes, item: Any) -> Listed:
    return Listed(shown_path(raw), raw, int(item.filemode), str(item.id))
