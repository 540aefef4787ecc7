"""A line of a file that somebody speaks about, and where it is in another version of the file. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from spaceport.errors import BadRequest

_MAX_PATH_CHARACTERS = 1_000
_MAX_LINE = 10_000_000
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Side(StrEnum):
    """Of a comparison: the file as it was, or as it is to be."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True)
class CodeLine:
    """``sha`` is the commit whose file has this line, ``line`` counts from 1."""

    path: str
    side: Side
    line: int
    sha: str

    @classmethod
    def of(cls, path: str, side: str, line: int, sha: str) -> Self:
        """What somebody sent. Raises: BadRequest."""
        if not 0 < len(path) <= _MAX_PATH_CHARACTERS:
            raise BadRequest(f'"path" must have 1 to {_MAX_PATH_CHARACTERS:,} characters; given: {len(path):,}')
        if side not in (Side.OLD, Side.NEW):
            raise BadRequest(f'"side" must be one of [old, new]; given: {side[:50]}')
        if not 0 < line <= _MAX_LINE:
            raise BadRequest(f'"line" must be the number of a line, from 1; given: {line}')
        if not _COMMIT.fullmatch(sha):
            raise BadRequest(f'"commit" must be a full commit id; given: {sha[:50]}')
        return cls(path, Side(side), line, sha)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        return cls(data["path"], Side(data["side"]), data["line"], data["sha"])

    def as_data(self) -> dict[str, Any]:
        return {"path": self.path, "side": str(self.side), "line": self.line, "sha": self.sha}


@dataclass(frozen=True)
class Hunk:
    """
    Lines of an old file that others took the place of, without any that are equal around them.

    Where nothing but new lines came, ``old_lines`` is 0 and ``old_start`` the line that they follow.
    """

    old_start: int
    old_lines: int
    new_lines: int


def moved_line(line: int, hunks: Iterable[Hunk]) -> int | None:
    """The number of a line in the new file; None when it is not there any more. ``hunks`` are in order."""
    shift = 0
    for hunk in hunks:
        first = hunk.old_start if hunk.old_lines else hunk.old_start + 1
        if line < first:
            break
        if line < first + hunk.old_lines:
            return None
        shift += hunk.new_lines - hunk.old_lines
    return line + shift
