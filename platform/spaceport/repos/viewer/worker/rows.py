"""Rows of a split: by their place, or those that fit a condition."""

from pathlib import Path
from typing import Any

import duckdb

from spaceport.repos.viewer.worker.cells import Cells
from spaceport.repos.viewer.worker.database import column, connect

#: Of one answer, in characters; what the cells of a page share.
_PAGE_CHARACTERS = 3 * 1024**2
_MIN_CELL, _MAX_CELL = 30, 100_000
_TEXTS = ({"dtype": "string", "_type": "Value"}, {"dtype": "large_string", "_type": "Value"})
_BYTES = ({"dtype": "binary", "_type": "Value"}, {"dtype": "large_binary", "_type": "Value"})
_LISTS = ("List", "LargeList", "Sequence")
#: Columns of ours beside those of the table; it must have none of these names.
_FILE, _NUMBER = RESERVED = "spaceport file of this row", "file_row_number"


def read_rows(question: dict[str, Any]) -> dict[str, Any]:
    """
    ``offset`` and ``length`` in ``files`` that have ``num_rows`` each, in their order. Where the whole values of a page
    take more memory than there is, the largest columns are left out of it and told to be cut.
    """
    try:
        return _read(question, frozenset())
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        kind = type(error)
    # Only now, when nothing holds what was read any more.
    heavy = _heavy(question)
    if not heavy:
        raise kind
    return _read(question, heavy)


def _read(question: dict[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    connection = _connect(question)
    features, found = question["features"], []
    start = 0
    for file, number in zip(question["files"], question["num_rows"], strict=True):
        first = max(question["offset"] - start, 0)
        last = min(question["offset"] + question["length"] - start, number)
        if first < last:
            # Groups of rows that are not wanted are not even read. The first file has all columns.
            sql = (
                f"SELECT {_selection(features, left_out)} "
                f"FROM read_parquet(?, filename = '{_FILE}', union_by_name = true) "
                f"WHERE {column(_FILE)} = ? AND {_NUMBER} >= ? AND {_NUMBER} < ?"
            )
            files = list(dict.fromkeys((question["files"][0], file)))
            rows = connection.execute(sql, [files, file, first, last]).fetchall()
            found += [(start + first + number, values) for number, values in enumerate(rows)]
        start += number
    return _page(question, found, left_out)


def _heavy(question: dict[str, Any]) -> frozenset[str]:
    """Columns whose values are large, by what the files say of themselves."""
    sql = "SELECT path_in_schema, sum(total_uncompressed_size) FROM parquet_metadata(?) GROUP BY path_in_schema"
    sizes: dict[str, int] = {}
    for path, size in _connect(question).execute(sql, [question["files"]]).fetchall():
        name = next((each for each in question["features"] if path == each or path.startswith(f"{each}, ")), "")
        sizes[name] = sizes.get(name, 0) + int(size)
    rows = max(1, sum(question["num_rows"]))
    return frozenset(name for name, size in sizes.items() if name and size / rows > _MAX_CELL)


def find_rows(question: dict[str, Any]) -> dict[str, Any]:
    """
    Rows that fit ``condition`` (SQL that is our own, with ``parameters``), in ``order``.

    ``num_rows_total`` says how many there are in all.
    """
    connection = _connect(question)
    files, features = question["files"], question["features"]
    source = f"read_parquet(?, filename = '{_FILE}', union_by_name = true)"
    counted = connection.execute(
        f"SELECT count(*) FROM {source} WHERE {question['condition']}", [files, *question["parameters"]]
    ).fetchone()
    order = f"ORDER BY {question['order']}" if question["order"] else ""
    sql = (
        f"SELECT {column(_FILE)}, {_NUMBER}, {_selection(features)} FROM {source} "
        f"WHERE {question['condition']} {order} LIMIT ? OFFSET ?"
    )
    parameters = [files, *question["parameters"], question["length"], question["offset"]]
    rows = connection.execute(sql, parameters).fetchall()
    starts = dict(zip(files, _starts(question["num_rows"]), strict=True))
    found = [(starts[file] + number, values) for file, number, *values in rows]
    return _page(question, found) | {"num_rows_total": int(counted[0]) if counted else 0}


def _connect(question: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    return connect(question["memory_bytes"], [Path(question["source"])], Path(question["scratch"]))


def _selection(features: dict[str, Any], left_out: frozenset[str] = frozenset()) -> str:
    """Long values are cut where they are read: a page of novels or of vectors must not need a library's memory."""
    return ", ".join(
        "NULL" if name in left_out else bounded(column(name), feature) for name, feature in features.items()
    )


def bounded(name: str, feature: Any) -> str:
    """What is left is still longer than any cell may be, so that it is told to be cut."""
    if feature in _TEXTS:
        return f"left({name}::VARCHAR, {_MAX_CELL + 1})"
    if feature in _BYTES:
        # In a cell they are longer: written in base64.
        return f"{name}[:{_MAX_CELL}]"
    item = feature.get("feature") if isinstance(feature, dict) and feature.get("_type") in _LISTS else None
    if not isinstance(item, dict) or not isinstance(item.get("_type"), str):
        # No list, or one of fields: a map says the same of itself, and no part of it can be taken.
        return name
    # Each item takes three characters at least.
    few = f"{name}[:{_MAX_CELL // 2}]"
    return f"list_transform({few}, lambda item: left(item, {_MAX_CELL + 1}))" if item in _TEXTS else few


def _page(
    question: dict[str, Any], found: list[tuple[int, Any]], left_out: frozenset[str] = frozenset()
) -> dict[str, Any]:
    cells = Cells(Path(question["assets"]))
    features = question["features"]
    limit = _PAGE_CHARACTERS // max(1, len(found) * len(features))
    limit = max(_MIN_CELL, min(_MAX_CELL, limit))
    rows = []
    for number, (index, values) in enumerate(found):
        row, truncated = cells.row(number, values, features, limit)
        rows.append({"row_idx": index, "row": row, "truncated_cells": [*truncated, *sorted(left_out)]})
    return {"rows": rows, "media": cells.media}


def _starts(numbers: list[int]) -> list[int]:
    return [sum(numbers[:position]) for position in range(len(numbers))]
