"""From the files of a split to Parquet files with the same rows, and what is known about them."""

import json
from pathlib import Path
from typing import Any

import duckdb

from spaceport.repos.viewer.worker.database import column, connect, quoted
from spaceport.repos.viewer.worker.features import feature_of, stored_features
from spaceport.repos.viewer.worker.lines import check_lines, lines_checked
from spaceport.repos.viewer.worker.rows import RESERVED, bounded
from spaceport.repos.viewer.worker.sources import Source, columns_of, source_of

#: Small enough that a page of rows is found in one group, large enough for few of them.
_ROWS_PER_GROUP = 10_000
_MAX_COLUMNS = 1000
#: In characters of JSON: every page of rows carries them.
_MAX_FEATURES = 2 * 1024**2
#: Of a file that is larger than this, only the first rows.
_LARGE_BYTES, _MAX_ROWS, _ALL_ROWS = 1024**3, 2_000_000, 2**62


def convert(question: dict[str, Any]) -> dict[str, Any]:
    """
    ``files`` are read as ``format`` with ``options`` and become ``0000.parquet`` in the folder ``out``; Parquet files
    stay what they are. Where whole values take more memory than there is, each is cut to what a cell may show.
    """
    try:
        return _convert(question, is_brief=False)
    except (duckdb.OutOfMemoryException, MemoryError):
        if question["format"] == "parquet":
            raise
    return _convert(question, is_brief=True)


def _convert(question: dict[str, Any], is_brief: bool) -> dict[str, Any]:
    files, out = [Path(file) for file in question["files"]], Path(question["out"])
    connection = connect(question["memory_bytes"], [Path(question["source"]), out], Path(question["scratch"]))
    max_rows = _ALL_ROWS
    if question["format"] == "parquet":
        features = _stored(connection, files)
    else:
        target = out / "0000.parquet"
        source = lines_checked(files, lambda: source_of(connection, question))
        if question["size_bytes"] > _LARGE_BYTES:
            max_rows = _MAX_ROWS
        # Parquet has fewer types than the source.
        kinds = lines_checked(files, lambda: columns_of(connection, source))
        features = {name: source.features.get(name) or feature_of(kind) for name, kind in kinds.items()}
        columns = ", ".join(f"{bounded(column(name), each)} AS {column(name)}" for name, each in features.items())
        copy = (
            f"COPY (SELECT {columns if is_brief else '*'} FROM ({source.sql}) LIMIT {max_rows}) "
            f"TO {quoted(str(target))} (FORMAT parquet, ROW_GROUP_SIZE {_ROWS_PER_GROUP})"
        )
        lines_checked(files, lambda: connection.execute(copy, source.parameters))
        files = [target]
    if len(features) > _MAX_COLUMNS:
        raise ValueError(f"the table has {len(features):,} columns; the viewer shows tables of up to {_MAX_COLUMNS:,}")
    if reserved := [name for name in features if name.lower() in RESERVED]:
        raise ValueError(f"no rows can be shown of a table with a column {reserved[0]}: rename it")
    if len(json.dumps(features)) > _MAX_FEATURES:
        raise ValueError("the columns of the table take too long to describe: their names or types are too many")
    measured = _measured(connection, [str(file) for file in files])
    if not sum(measured["num_rows"]):
        check_lines([Path(file) for file in question["files"]])
    is_cut = is_brief or sum(measured["num_rows"]) == max_rows
    return {"features": features, "is_cut": is_cut, **measured}


def _stored(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> dict[str, Any]:
    """The features of the first file, as ``datasets`` takes them."""
    if not files:
        return {}
    first = str(files[0])
    kinds = columns_of(connection, Source("SELECT * FROM read_parquet(?)", [first]))
    found = connection.execute("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'huggingface'", [first]).fetchone()
    stored = stored_features(bytes(found[0]) if found else None) or {}
    return {name: stored.get(name) or feature_of(kind) for name, kind in kinds.items()}


def _measured(connection: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, Any]:
    if not names:
        return {"num_rows": [], "num_bytes_memory": 0}
    counted = dict(
        connection.execute("SELECT file_name, num_rows FROM parquet_file_metadata(?)", [names]).fetchall(),
    )
    memory = connection.execute("SELECT sum(total_uncompressed_size) FROM parquet_metadata(?)", [names]).fetchone()
    return {
        "num_rows": [int(counted[name]) for name in names],
        "num_bytes_memory": int(memory[0] or 0) if memory else 0,
    }
