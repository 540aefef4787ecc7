"""How many files and folders a commit unfolds to, told without unfolding it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2

from spaceport.errors import RevisionNotFound
from spaceport.repos.refs import Moved
from spaceport.repos.tree import MAX_ENTRIES, MAX_PATH_BYTES, TreeTooLarge, opened_repo

_FOLDER = pygit2.enums.FileMode.TREE


@dataclass
class _Size:
    """Of a folder with all that is in it; ``path_bytes`` is the longest path, from the folder on."""

    entries: int = 0
    path_bytes: int = 0

    def add(self, name: bytes, inside: "_Size | None" = None) -> None:
        self.entries += 1 + (inside.entries if inside else 0)
        # The slash of a path that ends in a folder is counted as well.
        self.path_bytes = max(self.path_bytes, len(name) + (1 + inside.path_bytes if inside else 0))


@dataclass
class _Open:
    """A folder of which items are still to be counted."""

    object_id: Any
    name: bytes
    items: Iterator[Any]
    size: _Size


class TreeSizes:
    """
    Counts the files and folders of trees of one repo, each folder once, wherever and however often it appears.

    So folders that hold the same folder again and again are counted in the time that reading them once takes.
    """

    def __init__(self, git: Any) -> None:
        self._git = git
        self._known: dict[Any, _Size] = {}

    def check(self, *objects: Any) -> None:
        """
        Let pass commits, trees and tags of them that somebody can look through; whatever is none counts as nothing.

        Raises: TreeTooLarge.
        """
        for each in objects:
            tree = _tree_of(self._git, each)
            if tree is not None and self._count(tree).path_bytes > MAX_PATH_BYTES:
                raise TreeTooLarge("the commit has folders in folders in folders: a path in it is too long")

    def _count(self, tree: Any) -> _Size:
        if tree.id in self._known:
            return self._known[tree.id]
        read = 0
        stack = [_Open(tree.id, b"", iter(tree), _Size())]
        while True:
            top = stack[-1]
            item = next(top.items, None)
            if item is None:
                self._known[top.object_id] = top.size
                stack.pop()
                if not stack:
                    return top.size
                stack[-1].size.add(top.name, top.size)
                continue
            read += 1
            if item.filemode != _FOLDER:
                top.size.add(item.raw_name)
            elif item.id in self._known:
                top.size.add(item.raw_name, self._known[item.id])
            else:
                stack.append(_Open(item.id, item.raw_name, iter(self._git[item.id]), _Size()))
            # What was read is part of what it unfolds to.
            if max(read, stack[-1].size.entries) > MAX_ENTRIES:
                raise TreeTooLarge(f"the commit has more than {MAX_ENTRIES:,} files and folders")


def check_tips(repo_path: Path, moved: Sequence[Moved], quarantine: Path | None) -> list[str]:
    """
    Which refs would lead to something that nobody can look through, a line each.

    ``quarantine`` is where new objects are. Raises: RevisionNotFound for what is not there.
    """
    problems = []
    with opened_repo(repo_path) as git:
        if quarantine is not None:
            git.odb.add_disk_alternate(str(quarantine))
        sizes = TreeSizes(git)
        for each in moved:
            if each.is_deletion:
                continue
            try:
                sizes.check(each.new)
            except TreeTooLarge as error:
                problems.append(f"{each.ref}: {error}")
    return problems


def _tree_of(git: Any, each: Any) -> Any:
    """None for a file, which a tag may be at."""
    try:
        found = git[each]
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise RevisionNotFound(f"no commit {str(each)[:60]}") from error
    try:
        return found.peel(pygit2.Tree)
    except (ValueError, pygit2.GitError):
        return None
