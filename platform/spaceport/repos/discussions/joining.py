"""Two sides of a history joined into one tree, without writing anything yet; whoever pushes chooses what is joined."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pygit2

from spaceport.repos.comparing import Allowance, Limits, compare

#: Of files that both sides changed; a larger one is for whoever opened the pull request to join.
_LIMITS = Limits(max_file_bytes=1024**2, max_file_lines=50_000)
#: With more files that came or went nobody looks which of them is which under another name.
_MAX_MOVED = 1_000


@dataclass(frozen=True)
class Joined:
    """Where there are no ``conflicts`` (paths, fit to be shown), ``index`` holds all files of both sides."""

    conflicts: tuple[str, ...]
    index: Any = None


def join(git: Any, base: Any | None, main: Any, head: Any) -> Joined:
    """
    What git makes of two commits, by their ids, and ``base``, the last one that they have in common, if there is one.

    Of several last ones in common it is the best; git itself would join those first, as often as a hostile history
    makes it. Paths that both sides changed count as conflicts where the files are too large to be joined here.

    Raises: TreeTooLarge, RevisionNotFound.
    """
    diffs = [compare(git, base, side) for side in (main, head)]
    sides = [{_path(delta): delta for delta in diff.deltas} for diff in diffs]
    both = [path for path in sides[0] if path in sides[1] and not _are_same(sides, path)]
    allowance = Allowance(git.odb, _LIMITS)
    heavy = [path for path in both if not allowance.covers(*_ids(sides, path))]
    if heavy:
        return Joined(_shown(heavy))
    flags = _flags(git, [delta for side in sides for delta in side.values()])
    # An empty folder stands for no base: two commits would be asked for all of their histories again.
    before = git[git.TreeBuilder().write() if base is None else base]
    index = git.merge_trees(*(each.peel(pygit2.Tree) for each in (before, git[main], git[head])), flags=flags)
    conflicts = (side for sides in index.conflicts or () for side in sides if side is not None)
    return Joined(_shown(os.fsencode(side.path) for side in conflicts), index)


def _flags(git: Any, deltas: Sequence[Any]) -> Any:
    """Whether to look for files that moved: it reads all that came and went."""
    moved = [delta for delta in deltas if delta.status_char() in "AD"]
    allowance = Allowance(git.odb, _LIMITS)
    is_little = len(moved) <= _MAX_MOVED and all(
        allowance.covers(delta.old_file.id, delta.new_file.id) for delta in moved
    )
    return pygit2.enums.MergeFlag.FIND_RENAMES if is_little else pygit2.enums.MergeFlag(0)


def _path(delta: Any) -> bytes:
    return bytes((delta.old_file if delta.status_char() == "D" else delta.new_file).raw_path)


def _ids(sides: Sequence[dict[bytes, Any]], path: bytes) -> list[Any]:
    return [sides[0][path].old_file.id, *(side[path].new_file.id for side in sides)]


def _are_same(sides: Sequence[dict[bytes, Any]], path: bytes) -> bool:
    """Changed in the same way, so that there is nothing to join."""
    first, second = (side[path].new_file for side in sides)
    return bool(first.id == second.id and first.mode == second.mode)


def _shown(paths: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted({path.decode("utf-8", "replace") for path in paths}))
