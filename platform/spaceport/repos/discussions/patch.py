"""The text of a patch between two commits, in a size that a client can hold."""

from typing import Any

from spaceport.repos.comparing import Allowance, compare
from spaceport.repos.tree import TreeTooLarge

#: Of the whole text; files that do not fit are named in its last line.
MAX_BYTES = 1024**2
_MAX_FILES = 1_000


def patch_text(git: Any, base: Any, head: Any) -> str:
    """As ``git diff`` prints it; without ``base`` everything counts as added. ``base`` and ``head`` are object ids."""
    try:
        diff = compare(git, base, head)
    except TreeTooLarge as error:
        return f"# not compared: {error}\n"
    allowance = Allowance(git.odb)
    parts: list[str] = []
    size = 0
    deltas = list(diff.deltas)
    for place, delta in enumerate(deltas[:_MAX_FILES]):
        text = _of_file(allowance, diff, place, delta)
        size += len(text)
        if size > MAX_BYTES:
            break
        parts.append(text)
    left_out = len(deltas) - len(parts)
    if left_out:
        parts.append(f"# {left_out} more files are left out here\n")
    return "".join(parts)


def _of_file(allowance: Allowance, diff: Any, place: int, delta: Any) -> str:
    if allowance.covers(delta.old_file.id, delta.new_file.id):
        patch = diff[place]
        if patch is not None:
            return bytes(patch.data).decode("utf-8", "replace")
    old, new = (file.raw_path.decode("utf-8", "replace") for file in (delta.old_file, delta.new_file))
    return f"diff --git a/{old} b/{new}\nFiles a/{old} and b/{new} differ\n"
