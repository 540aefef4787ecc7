"""Rows as a CSV file for spreadsheets and programs, sent as they are read."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from fastapi.responses import StreamingResponse

from spaceport.web.words import iso

Cell = str | int | float | datetime | None
#: What makes spreadsheets take a text for a formula. Source: OWASP, CSV Injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(filename: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingResponse:
    """``filename`` is ours: letters, digits, dots and hyphens only."""
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_lines(head, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield _line(head)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[Cell]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([_written(cell) for cell in cells])
    return text.getvalue()


def _written(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return iso(cell)
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return "" if cell is None else str(cell)
