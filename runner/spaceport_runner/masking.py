"""
Takes the values of secrets out of text before it is stored or shown.

Standard library only: it also runs inside the process that watches a sandboxed instance.
"""

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

MASK = "***"
#: Shorter values are words of everyday text: hiding them would tell more than it hides.
SHORTEST_CHARACTERS = 4
#: Longer values are looked for in pieces of this length, so that one that is printed in part is hidden too.
PIECE_CHARACTERS = 256
#: Characters at the end of a line that begin a secret are hidden as well: builds may break a line off there.
BEGINNING_CHARACTERS = 8
#: Lines of this length may have been cut, in the middle of a value: they lose their end, which no log would keep.
#: Who cuts lines must leave them so many characters, at most four bytes each.
CUT_LINE_CHARACTERS = 16 * 1024


class Mask:
    """
    Replaces values by ``***`` in lines of text.

    A value of several lines is hidden line by line; also hidden is how Python, JSON and addresses write a value.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        pieces = {piece for value in values for line in _lines(value) for piece in _pieces(line)}
        self._pieces = sorted(pieces, key=len, reverse=True)

    def line(self, text: str) -> str:
        """One line as it may be stored or shown."""
        kept: list[str] = []
        position = 0
        for begin, end in _united(self._spans(text)):
            kept += [text[position:begin], MASK]
            position = end
        masked = "".join([*kept, text[position:]])
        return masked[:-PIECE_CHARACTERS] if self._pieces and len(text) >= CUT_LINE_CHARACTERS else masked

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        for piece in self._pieces:
            begin = text.find(piece)
            while begin >= 0:
                yield begin, begin + len(piece)
                begin = text.find(piece, begin + 1)
            if (broken_off := _beginning_at_the_end(text, piece)) is not None:
                yield broken_off, len(text)


def _lines(value: str) -> list[str]:
    """The lines of a value, as far as they are worth hiding."""
    lines = (line.strip() for line in value.replace("\r", "\n").split("\n"))
    return [line for line in lines if len(line) >= SHORTEST_CHARACTERS]


def _pieces(line: str) -> Iterator[str]:
    escaped = line.encode("unicode_escape", "surrogatepass").decode()
    written = {line, repr(line)[1:-1], escaped, json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1]}
    for text in {*written, quote(line, safe="", errors="replace")}:
        last = max(0, len(text) - PIECE_CHARACTERS)
        # The last piece overlaps the one before, so that all are long enough to be told from other text.
        for begin in {*range(0, last, PIECE_CHARACTERS), last}:
            yield text[begin : begin + PIECE_CHARACTERS]


def _beginning_at_the_end(text: str, piece: str) -> int | None:
    """Where the longest proper beginning of ``piece`` stands that ends the text."""
    head = piece[:BEGINNING_CHARACTERS]
    begin = text.find(head, max(0, len(text) - len(piece) + 1))
    while begin >= 0:
        if piece.startswith(text[begin:]):
            return begin
        begin = text.find(head, begin + 1)
    return None


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that overlap or touch as one."""
    united: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if united and begin <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((begin, end))
    return united
