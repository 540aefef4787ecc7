"""The lines of code that comments are about: whether they are there, where they are now, and what they say."""

from dataclasses import dataclass
from typing import Any

import pygit2

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.code_line import CodeLine, Hunk, Side, moved_line
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest
from spaceport.repos.comparing import Allowance
from spaceport.repos.diff import line_text
from spaceport.repos.finding import folder_of
from spaceport.repos.tree import opened_repo
from spaceport.services import Services

#: Lines that are shown with a comment: the one it is about and those before it.
EXCERPT_LINES = 4


@dataclass(frozen=True)
class FoundLine:
    """
    ``now`` is the number of the line in what is compared now, None when it is gone there.

    ``excerpt`` is what it was when the comment was written, with its number; empty when that commit is gone, too.
    """

    place: CodeLine
    now: int | None
    excerpt: tuple[tuple[int, str], ...] = ()


def check_place(services: Services, repo: Space | Repo, caller: Caller, place: CodeLine) -> None:
    """
    Let pass a line that is there and that the caller may see.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest, RevisionNotFound.
    """
    require(caller, Action.FETCH, repo)
    with opened_repo(folder_of(services, repo)) as git:
        if place.line not in range(1, len(_Files(git).lines_of(place.sha, place.path)) + 1):
            raise BadRequest(f"{place.path[:200]} has no line {place.line} in commit {place.sha[:7]} that can be shown")


def find_lines(
    services: Services, repo: Space | Repo, places: list[CodeLine], base: str | None, head: str | None
) -> dict[CodeLine, FoundLine]:
    """
    Where lines are in the comparison of ``base`` with ``head``. Who asks may see the files of the repo.

    Raises: RevisionNotFound.
    """
    with opened_repo(folder_of(services, repo)) as git:
        files = _Files(git)
        return {place: files.found(place, base if place.side is Side.OLD else head) for place in set(places)}


class _Files:
    """Files of commits, each read once, as many as an allowance covers."""

    def __init__(self, git: Any) -> None:
        self._git = git
        self._allowance = Allowance(git.odb)
        self._lines: dict[tuple[str, str], list[str]] = {}
        self._hunks: dict[tuple[str, str, str], tuple[Hunk, ...] | None] = {}

    def found(self, place: CodeLine, present: str | None) -> FoundLine:
        lines = self.lines_of(place.sha, place.path)
        first = max(1, place.line - EXCERPT_LINES + 1)
        excerpt = tuple((number, lines[number - 1]) for number in range(first, min(place.line, len(lines)) + 1))
        hunks = self._changes(place.sha, present, place.path) if present else None
        return FoundLine(place, moved_line(place.line, hunks) if hunks is not None else None, excerpt)

    def lines_of(self, sha: str, path: str) -> list[str]:
        """None of what is not there, no text, or too large."""
        if (sha, path) not in self._lines:
            blob = self._blob(sha, path)
            is_shown = blob is not None and self._allowance.covers(blob.id) and not blob.is_binary
            text = bytes(blob.data).decode("utf-8", "replace") if blob is not None and is_shown else ""
            lines = text.split("\n")
            self._lines[sha, path] = [line_text(line) for line in (lines if lines[-1] else lines[:-1])]
        return self._lines[sha, path]

    def _changes(self, old: str, new: str, path: str) -> tuple[Hunk, ...] | None:
        """None when the file is gone, or too large to be compared."""
        key = (old, new, path)
        if key not in self._hunks:
            self._hunks[key] = () if old == new else self._compared(self._blob(old, path), self._blob(new, path))
        return self._hunks[key]

    def _compared(self, old: Any, new: Any) -> tuple[Hunk, ...] | None:
        if old is None or new is None or not self._allowance.covers(old.id, new.id):
            return None
        patch = old.diff(new, context_lines=0)
        return tuple(Hunk(each.old_start, each.old_lines, each.new_lines) for each in patch.hunks)

    def _blob(self, sha: str, path: str) -> Any | None:
        try:
            found = self._git[sha].peel(pygit2.Tree)[path]
        except (KeyError, ValueError, TypeError, pygit2.GitError):
            return None
        return found if isinstance(found, pygit2.Blob) else None
