"""What changed from one commit to another, in a size that fits on a page."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2

from spaceport.errors import RevisionNotFound
from spaceport.repos.comparing import Allowance, compare
from spaceport.repos.tree import TreeTooLarge, opened_repo

#: What one page holds; of the rest only numbers are told.
MAX_FILES = 60
MAX_LINES = 2_000
MAX_LINES_OF_FILE = 400
MAX_LINE_CHARACTERS = 400
_WORDS = {"A": "added", "D": "deleted", "R": "renamed", "T": "changed its kind"}


@dataclass(frozen=True)
class DiffLine:
    """
    ``mark`` is ``+``, ``-``, a space, or ``@`` for the heading of a hunk.

    ``old`` and ``new`` are the numbers of the line in the file before and after, from 1; None where it is not there.
    """

    mark: str
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True)
class FileChange:
    """
    One file. ``lines`` are the hunks one after the other; without any, ``note`` says why.

    ``added`` and ``removed`` count lines, and are 0 for what was not compared.
    """

    path: str
    what: str
    added: int = 0
    removed: int = 0
    lines: tuple[DiffLine, ...] = ()
    note: str | None = None

    @property
    def anchor(self) -> str:
        """What the ids of its lines on a page begin with: the same for a path, whatever else changed."""
        return f"d{hashlib.sha256(self.path.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class CommitDiff:
    """``more_files`` is how many changed beside those listed. With a ``note`` nothing was compared: it says why."""

    files: tuple[FileChange, ...]
    more_files: int = 0
    note: str | None = None

    @property
    def added(self) -> int:
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        return sum(file.removed for file in self.files)


def diff_of(repo_path: Path, before: str | None, after: str) -> CommitDiff:
    """
    The change from ``before`` to ``after``, both full commit ids; without ``before`` everything counts as added.

    Raises: RevisionNotFound when one of them is not there (any more, after a forced push).
    """
    with opened_repo(repo_path) as repo:
        try:
            return _read(repo.odb, compare(repo, before, after))
        except TreeTooLarge as error:
            return CommitDiff((), note=f"not compared here: {error}")
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionNotFound(f"no commit {(before or after)[:7]} or {after[:7]} any more") from error


def _read(odb: Any, diff: Any) -> CommitDiff:
    deltas = list(diff.deltas)
    allowance = Allowance(odb)
    files: list[FileChange] = []
    room = MAX_LINES
    for place, delta in enumerate(deltas[:MAX_FILES]):
        change = _change(allowance, diff, place, delta, min(room, MAX_LINES_OF_FILE))
        room -= len(change.lines)
        files.append(change)
    return CommitDiff(tuple(files), len(deltas) - len(files))


def _change(allowance: Allowance, diff: Any, place: int, delta: Any, room: int) -> FileChange:
    path = _printable((delta.new_file if delta.status_char() != "D" else delta.old_file).raw_path)
    what = _WORDS.get(delta.status_char(), "changed")
    if not allowance.covers(delta.old_file.id, delta.new_file.id):
        return FileChange(path, what, note="too large to be compared here")
    patch = diff[place]
    if patch is None or patch.delta.is_binary:
        return FileChange(path, what, note="a binary file")
    _, added, removed = patch.line_stats
    lines = _lines(patch, room)
    note = None if len(lines) < room else "the rest is left out here"
    return FileChange(path, what, added, removed, lines, note)


def _lines(patch: Any, room: int) -> tuple[DiffLine, ...]:
    lines: list[DiffLine] = []
    for hunk in patch.hunks:
        lines.append(DiffLine("@", line_text(hunk.header)))
        lines += [
            DiffLine(line.origin, line_text(line.content), _number(line.old_lineno), _number(line.new_lineno))
            for line in hunk.lines
            if line.origin in "+- "
        ]
        if len(lines) >= room:
            break
    return tuple(lines[:room])


def _number(told: int) -> int | None:
    """libgit2 says -1 for a line that is not on that side."""
    return told if told > 0 else None


def line_text(content: str) -> str:
    """One line, without what a terminal or a browser would take for an instruction; tabs stay."""
    line = content.rstrip("\r\n")
    line = line if len(line) <= MAX_LINE_CHARACTERS else line[:MAX_LINE_CHARACTERS] + "…"
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in line)


def _printable(path: bytes) -> str:
    return "".join(c if c.isprintable() else "?" for c in path.decode("utf-8", "replace"))[:300]
