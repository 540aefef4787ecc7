"""How files of each format are read, as nearly as possible like ``datasets`` does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from spaceport.repos.viewer.formats import MEDIA
from spaceport.repos.viewer.worker.database import column, quoted

#: What pandas takes for a missing value in CSV. Source: pandas.read_csv, ``na_values``.
_MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
    *("NULL", "NaN", "None", "n/a", "nan", "null"),
)
_CSV_TYPES = ("BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR")
#: Of one line of CSV or text, and of one object of JSON. Of lines DuckDB would take sixteen times as much at once.
MAX_LINE_BYTES, _BUFFER_BYTES = 16 * 1024**2, 32 * 1024**2
_EVERYTHING, _SMALL_BYTES, _SAMPLED_ROWS = -1, 256 * 1024**2, 1_000_000
_LINES = {"max_line_size": MAX_LINE_BYTES, "buffer_size": _BUFFER_BYTES}
#: Stands in no text: each line is one value.
_NEVER = "\x01"


@dataclass(frozen=True)
class Source:
    """Rows as SQL, and features that the columns alone do not tell."""

    sql: str
    parameters: list[Any]
    features: Mapping[str, Any] = field(default_factory=dict)


def source_of(connection: duckdb.DuckDBPyConnection, question: Mapping[str, Any]) -> Source:
    """Raises: ValueError, duckdb.Error."""
    format, options, files = question["format"], question["options"], question["files"]
    if format == "csv":
        return _csv(files, options, _sample(question))
    if format == "json":
        return _json(connection, files, options, _sample(question))
    if format == "text":
        return _text(files)
    return _media(connection, format, question)


def _sample(question: Mapping[str, Any]) -> int:
    """How many rows decide what the columns hold."""
    return _EVERYTHING if question["size_bytes"] <= _SMALL_BYTES else _SAMPLED_ROWS


def _csv(files: list[str], options: Mapping[str, Any], sample: int = _EVERYTHING) -> Source:
    arguments: dict[str, Any] = {
        "delim": str(options.get("delimiter") or options.get("sep") or ","),
        "quote": str(options.get("quotechar") or '"'),
        "auto_type_candidates": list(_CSV_TYPES),
        "nullstr": list(_MISSING),
        "sample_size": sample,
        "union_by_name": True,
        **_LINES,
        # Short lines are fine, and so are lines in quotes: together only where one thread reads.
        "null_padding": True,
        "parallel": False,
        "header": True,
    }
    names = options.get("names") or options.get("column_names")
    if isinstance(names, list):
        arguments |= {"names": [str(name) for name in names], "header": options.get("header") == 0}
    elif options.get("header", "infer") is None:
        arguments["header"] = False
    if isinstance(options.get("skiprows"), int):
        arguments["skip"] = options["skiprows"]
    return _reading("read_csv", files, arguments)


def _text(files: list[str]) -> Source:
    arguments = {"delim": _NEVER, "quote": "", "escape": "", "header": False, "auto_detect": False}
    # Lines may end in different ways in one file.
    arguments["strict_mode"] = False
    source = _reading("read_csv", files, arguments | _LINES, "columns = {'text': 'VARCHAR'}")
    return Source(f"SELECT coalesce(text, '') AS text FROM ({source.sql})", source.parameters)


def _json(
    connection: duckdb.DuckDBPyConnection, files: list[str], options: Mapping[str, Any], sample: int = _EVERYTHING
) -> Source:
    arguments = {
        "sample_size": sample,
        "map_inference_threshold": -1,
        "union_by_name": True,
        "maximum_object_size": MAX_LINE_BYTES,
    }
    source = _reading("read_json", files, arguments)
    inside = options.get("field")
    if isinstance(inside, str):
        unpacked = f"SELECT unnest({column(inside)}, max_depth := 2) FROM ({source.sql})"
        source = Source(unpacked, source.parameters)
    columns = ", ".join(_like_arrow(name, str(kind)) for name, kind in columns_of(connection, source).items())
    return Source(f"SELECT {columns} FROM ({source.sql})", source.parameters)


def columns_of(connection: duckdb.DuckDBPyConnection, source: Source) -> dict[str, Any]:
    """The types of DuckDB by the names of the columns."""
    shown = connection.execute(f"SELECT * FROM ({source.sql}) LIMIT 0", source.parameters)
    return {name: kind for name, kind, *_ in shown.description or ()}


def _like_arrow(name: str, kind: str) -> str:
    """Dates are moments and UUIDs are text where ``datasets`` reads JSON."""
    if kind in ("DATE", "TIMESTAMP"):
        return f"{column(name)}::TIMESTAMP_S AS {column(name)}"
    return f"{column(name)}::VARCHAR AS {column(name)}" if kind == "UUID" else column(name)


def _media(connection: duckdb.DuckDBPyConnection, format: str, question: Mapping[str, Any]) -> Source:
    """
    A folder of images or sounds: the rows are paths in the repo, with a label or with what metadata files say.

    ``question["media"]`` is a file of JSON lines with ``path`` and ``label``; ``question["metadata"]`` are pairs of a
    file and the folder that its names are relative to.
    """
    name, feature = MEDIA[format]
    if question["metadata"]:
        return _with_metadata(connection, name, feature, question["metadata"])
    file, labels = "{'bytes': NULL::BLOB, 'path': path}", question["labels"]
    read = "SELECT * FROM read_json(?, columns = {'path': 'VARCHAR', 'label': 'VARCHAR'})"
    if not labels:
        return Source(f"SELECT {file} AS {name} FROM ({read})", [question["media"]], {name: {"_type": feature}})
    sql = f"SELECT {file} AS {name}, list_position(?::VARCHAR[], label)::BIGINT - 1 AS label FROM ({read})"
    features = {name: {"_type": feature}, "label": {"names": labels, "_type": "ClassLabel"}}
    return Source(sql, [labels, question["media"]], features)


def _with_metadata(connection: duckdb.DuckDBPyConnection, name: str, feature: str, metadata: list[list[str]]) -> Source:
    parts: list[str] = []
    parameters: list[Any] = []
    features: dict[str, Any] = {}
    for file, folder in metadata:
        source = _table(connection, file)
        columns = []
        for found, kind in columns_of(connection, source).items():
            is_file = str(kind) == "VARCHAR" and (found == "file_name" or found.endswith("_file_name"))
            if not is_file:
                columns.append(column(found))
                continue
            called = found.removesuffix("file_name").removesuffix("_") or name
            features[called] = {"_type": feature}
            path = f"{quoted(folder)} || {column(found)}"
            columns.append(f"{{'bytes': NULL::BLOB, 'path': {path}}} AS {column(called)}")
        parts.append(f"SELECT {', '.join(columns)} FROM ({source.sql})")
        parameters += source.parameters
    if not features:
        raise ValueError("the metadata file has no column file_name that says which file a row is about")
    return Source(" UNION ALL BY NAME ".join(parts), parameters, features)


def _table(connection: duckdb.DuckDBPyConnection, file: str) -> Source:
    if file.endswith(".csv"):
        return _csv([file], {})
    return _reading("read_parquet", [file], {}) if file.endswith(".parquet") else _json(connection, [file], {})


def _reading(function: str, files: list[str], arguments: Mapping[str, Any], more: str = "") -> Source:
    """A call of one of DuckDB's readers; every value is a parameter."""
    given = [f"{name} = ?" for name in arguments] + ([more] if more else [])
    return Source(f"SELECT * FROM {function}({', '.join(['?', *given])})", [files, *arguments.values()])
