"""Two trees side by side, and how much of them is compared line by line: whoever pushes decides how long that takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pygit2

from spaceport.repos.tree_size import TreeSizes


@dataclass(frozen=True)
class Limits:
    """
    Of one file, and of all together. Of lines, because they are what comparing takes time for: a quarter of a million
    that come in two kinds take seconds.
    """

    max_file_bytes: int = 512 * 1024
    max_file_lines: int = 20_000
    max_bytes: int = 16 * 1024**2
    max_lines: int = 200_000
    max_seconds: float = 5.0


class Allowance:
    """Used up file by file. What it does not cover is named, not compared."""

    def __init__(self, odb: Any, limits: Limits | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._odb = odb
        self._limits = limits or Limits()
        self._now = now
        self._ends_at = now() + self._limits.max_seconds
        self._bytes_left, self._lines_left = self._limits.max_bytes, self._limits.max_lines

    def covers(self, *object_ids: Any) -> bool:
        """Whether these files may be compared now. Those that are not in the repo, such as 40 zeros, cost nothing."""
        limits = self._limits
        if self._now() > self._ends_at:
            return False
        there = [each for each in object_ids if each in self._odb]
        # Of the difference of two trees libgit2 knows no sizes before it has read the files.
        sizes = [int(self._odb.read_header(each)[1]) for each in there]
        if max(sizes, default=0) > limits.max_file_bytes or sum(sizes) > self._bytes_left:
            return False
        lines = [bytes(self._odb.read(each)[1]).count(b"\n") for each in there]
        if max(lines, default=0) > limits.max_file_lines or sum(lines) > self._lines_left:
            return False
        self._bytes_left -= sum(sizes)
        self._lines_left -= sum(lines)
        return True


def compare(git: Any, before: Any | None, after: Any) -> Any:
    """
    The difference of two commits, by their ids; without ``before`` everything counts as added.

    Raises: TreeTooLarge, RevisionNotFound.
    """
    TreeSizes(git).check(after, *([] if before is None else [before]))
    new = git[after].peel(pygit2.Tree)
    return new.diff_to_tree(swap=True) if before is None else git[before].peel(pygit2.Tree).diff_to_tree(new)
