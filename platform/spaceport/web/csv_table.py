"""The beginning of a CSV file as a table. Pure."""

import csv
from dataclasses import dataclass
from itertools import islice

from spaceport.web.table_view import MAX_COLUMNS, Column, Row, cell_of

MAX_ROWS = 100
#: Of one field: more is no table that anybody reads. Source: Python's own limit in ``csv``.
_MAX_FIELD_CHARACTERS = 131_072
_DELIMITERS = {".csv": ",;\t|", ".tsv": "\t"}


@dataclass(frozen=True)
class CsvTable:
    """``has_more`` rows than these; ``more_columns`` is how many are left out at the right."""

    columns: list[Column]
    rows: list[Row]
    more_columns: int
    has_more: bool


def read_csv_table(path: str, text: str) -> CsvTable | None:
    """
    The first line names the columns. None for another kind of file, and for what cannot be read as one.

    Source: RFC 4180.
    """
    delimiters = next((found for ending, found in _DELIMITERS.items() if path.lower().endswith(ending)), None)
    lines = text.splitlines(keepends=True)
    if delimiters is None or not lines:
        return None
    # The one that the first line has most of: people separate by semicolons where commas are decimal.
    delimiter = max(delimiters, key=lines[0].count)
    try:
        found = list(islice(csv.reader(lines, delimiter=delimiter, strict=False), MAX_ROWS + 2))
    except csv.Error:
        return None
    names = found[0] if found else []
    if len(names) < 2 or any(len(cell) > _MAX_FIELD_CHARACTERS for row in found for cell in row):
        return None
    rows = [
        Row(number, [cell_of(value, None) for value in _filled(values, len(names))])
        for number, values in enumerate(found[1 : MAX_ROWS + 1], 1)
        if values
    ]
    columns = [Column(name, "") for name in names[:MAX_COLUMNS]]
    return CsvTable(columns, rows, max(0, len(names) - MAX_COLUMNS), len(found) > MAX_ROWS + 1)


def _filled(values: list[str], count: int) -> list[str | None]:
    """As many as there are columns: what a short line lacks is nothing."""
    shown = min(count, MAX_COLUMNS)
    return [*values[:shown], *([None] * (shown - len(values)))]
