"""The review of a pull request on its page: what was said about which line, and what was answered. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spaceport.domain.code_line import CodeLine, Side
from spaceport.repos.diff import CommitDiff, DiffLine, FileChange
from spaceport.repos.discussions.code_lines import FoundLine
from spaceport.web.discussion_view import Row


@dataclass(frozen=True)
class Thread:
    """
    A comment and the answers to it. ``found`` tells of the line that it is about, as far as the visitor may know;
    ``anchor`` is where that is among the changes on this page, empty where it is not.
    """

    row: Row
    replies: tuple[Row, ...] = ()
    found: FoundLine | None = None
    anchor: str = ""

    @property
    def rows(self) -> tuple[Row, ...]:
        return (self.row, *self.replies)

    @property
    def is_outdated(self) -> bool:
        return self.found is not None and self.found.now is None


@dataclass(frozen=True)
class Review:
    """``threads`` are the rows of the page, answers put to what they answer; ``by_anchor`` those at lines shown."""

    threads: tuple[Thread, ...]
    by_anchor: Mapping[str, tuple[Thread, ...]]

    def at(self, file: FileChange, line: DiffLine) -> tuple[Thread, ...]:
        return tuple(thread for anchor in anchors_of(file, line).values() for thread in self.by_anchor.get(anchor, ()))

    def has_any(self, file: FileChange) -> bool:
        return any(anchor.startswith(f"{file.anchor}-") for anchor in self.by_anchor)


def review_of(rows: Sequence[Row], found: Mapping[CodeLine, FoundLine], diff: CommitDiff | None) -> Review:
    """``rows`` in order. An answer to something that is not shown stands by itself."""
    shown = {row.id for row in rows if row.is_comment and not row.reply_to}
    on_page = {
        anchor
        for file in (diff.files if diff else ())
        for line in file.lines
        for anchor in anchors_of(file, line).values()
    }
    files = {file.path: file for file in (diff.files if diff else ())}
    threads = []
    by_anchor: dict[str, tuple[Thread, ...]] = {}
    for row in rows:
        if row.reply_to in shown:
            continue
        replies = tuple(each for each in rows if row.id and each.reply_to == row.id)
        line = found.get(row.place) if row.place else None
        anchor = _anchor(files, line) if line else ""
        thread = Thread(row, replies, line, anchor if anchor in on_page else "")
        threads.append(thread)
        if thread.anchor:
            by_anchor[thread.anchor] = (*by_anchor.get(thread.anchor, ()), thread)
    return Review(tuple(threads), by_anchor)


def anchors_of(file: FileChange, line: DiffLine) -> dict[Side, str]:
    """The ids of a line on the page, one for each side that it is on."""
    numbers = ((Side.OLD, line.old), (Side.NEW, line.new))
    return {side: f"{file.anchor}-{side[0]}{number}" for side, number in numbers if number is not None}


def _anchor(files: Mapping[str, FileChange], line: FoundLine) -> str:
    file = files.get(line.place.path)
    return f"{file.anchor}-{line.place.side[0]}{line.now}" if file and line.now else ""
