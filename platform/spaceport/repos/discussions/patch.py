"""The text of a patch between two commits, in a size that a client can hold."""

from typing import Any

import pygit2

#: Of the whole text; files that do not fit are named in its last line.
MAX_BYTES = 1024**2
#: Larger files are named, not compared.
_MAX_COMPARED_BYTES = 512 * 1024
_MAX_FILES = 1_000


def patch_text(git: Any, base: Any, head: Any) -> str:
    """As ``git diff`` prints it; without ``base`` everything counts as added. ``base`` and ``head`` are object ids."""
    new = git[head].peel(pygit2.Tree)
    diff = new.diff_to_tree(swap=True) if base is None else git[base].peel(pygit2.Tree).diff_to_tree(new)
    parts: list[str] = []
    size = 0
    deltas = list(diff.deltas)
    for place, delta in enumerate(deltas[:_MAX_FILES]):
        text = _of_file(git, diff, place, delta)
        size += len(text)
        if size > MAX_BYTES:
            break
        parts.append(text)
    left_out = len(deltas) - len(parts)
    if left_out:
        parts.append(f"# {left_out} more files are left out here\n")
    return "".join(parts)


def _of_file(git: Any, diff: Any, place: int, delta: Any) -> str:
    if max(_size_bytes(git, delta.old_file), _size_bytes(git, delta.new_file)) <= _MAX_COMPARED_BYTES:
        patch = diff[place]
        if patch is not None:
            return bytes(patch.data).decode("utf-8", "replace")
    old, new = (file.raw_path.decode("utf-8", "replace") for file in (delta.old_file, delta.new_file))
    return f"diff --git a/{old} b/{new}\nFiles a/{old} and b/{new} differ\n"


def _size_bytes(git: Any, file: Any) -> int:
    """Of the difference of two trees libgit2 knows no sizes before it has read the files."""
    return int(git.odb.read_header(file.id)[1]) if file.id in git.odb else 0
