"""
What a column holds, in figures. Nothing is sampled.

Source: https://huggingface.co/docs/dataset-viewer/statistics.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from spaceport.repos.viewer.worker.cells import plain
from spaceport.repos.viewer.worker.database import column, connect

_BINS = 10
#: A column of texts is one of labels when it has few of them. Source: the dataset viewer's documentation.
_MAX_LABELS, _MAX_LABEL_SHARE = 30, 0.2
_MAX_LABEL_CHARACTERS = 1000
_INTEGERS, _FLOATS = ("int", "uint"), ("float", "decimal")
_ROUND = 5


def measure(question: dict[str, Any]) -> dict[str, Any]:
    """``{"num_examples", "statistics"}`` of the rows; columns that nothing can be said of are left out."""
    connection = connect(question["memory_bytes"], [Path(question["source"])], Path(question["scratch"]))
    files = question["files"]
    of_rows = _Rows(connection, files, sum(question["num_rows"]))
    found = []
    for name, feature in question["features"].items():
        try:
            measured = of_rows.column(name, feature)
        except duckdb.BinderException:
            # The file calls the column something else than it is.
            continue
        if measured is not None:
            kind, values = measured
            found.append({"column_name": name, "column_type": kind, "column_statistics": values})
    return {"num_examples": of_rows.number, "statistics": found}


class _Rows:
    def __init__(self, connection: duckdb.DuckDBPyConnection, files: list[str], number: int) -> None:
        self._connection = connection
        self._files = files
        self.number = number

    def column(self, name: str, feature: Any) -> tuple[str, dict[str, Any]] | None:
        kind = feature.get("_type") if isinstance(feature, dict) else "List"
        expression = column(name)
        if kind == "ClassLabel":
            return "class_label", self._class_labels(expression, feature.get("names") or [])
        if kind in ("List", "Sequence", "LargeList"):
            return "list", self._numbers(f"len({expression})", expression, is_whole=True)
        if kind in ("Image", "Audio"):
            # Widths and lengths would need each file to be opened.
            return str(kind).lower(), self._share_of_nothing(expression) | dict.fromkeys(_NUMBERS)
        dtype = str(feature.get("dtype") or "") if kind == "Value" else ""
        if dtype == "bool":
            return "bool", self._share_of_nothing(expression) | {"frequencies": self._frequencies(expression)}
        if dtype.startswith(_INTEGERS):
            return "int", self._numbers(expression, expression, is_whole=True)
        if dtype.startswith(_FLOATS):
            return "float", self._numbers(f"{expression}::DOUBLE", expression, is_whole=False)
        if dtype.startswith(("timestamp", "date")):
            return "datetime", self._moments(expression)
        return self._texts(expression) if dtype in ("string", "large_string") else None

    def _texts(self, expression: str) -> tuple[str, dict[str, Any]]:
        unique, longest = self._row(f"count(DISTINCT {expression}), max(len({expression}))")
        is_label = unique <= _MAX_LABELS and unique <= _MAX_LABEL_SHARE * self.number
        if is_label and (longest or 0) <= _MAX_LABEL_CHARACTERS:
            values = {"n_unique": unique, "frequencies": self._frequencies(expression)}
            return "string_label", self._share_of_nothing(expression) | values
        return "string_text", self._numbers(f"len({expression})", expression, is_whole=True)

    def _class_labels(self, expression: str, names: Sequence[str]) -> dict[str, Any]:
        counted = dict(self._all(f"SELECT {expression}, count(*) FROM {_SOURCE} GROUP BY ALL"))
        without = int(counted.pop(-1, 0))
        nothing = int(counted.pop(None, 0))
        frequencies = {name: int(counted.get(index, 0)) for index, name in enumerate(names)}
        return {
            **_shares("nan", nothing, self.number),
            **_shares("no_label", without, self.number),
            "n_unique": len(names),
            "frequencies": frequencies,
        }

    def _numbers(self, expression: str, nothing: str, is_whole: bool) -> dict[str, Any]:
        source = f"(SELECT {expression} AS value FROM {_SOURCE})"
        # Values that are no number at all would make every figure none.
        wanted = "value IS NOT NULL" if is_whole else "value IS NOT NULL AND isfinite(value)"
        low, high, mean, median, deviation = self._row(
            "min(value), max(value), avg(value), median(value), stddev_samp(value)", source, wanted
        )
        return self._share_of_nothing(nothing) | {
            "min": plain(low),
            "max": plain(high),
            "mean": _rounded(mean),
            "median": _rounded(median),
            "std": _rounded(deviation),
            "histogram": None if low is None else self._histogram(source, wanted, low, high, is_whole),
        }

    def _histogram(self, source: str, wanted: str, low: Any, high: Any, is_whole: bool) -> dict[str, Any]:
        edges = bin_edges(low, high, is_whole)
        bins = self._all(
            f"SELECT list_count(list_filter(?::DOUBLE[], lambda edge: edge <= value::DOUBLE)) AS bin, count(*) "
            f"FROM {source} WHERE {wanted} GROUP BY bin",
            [edges[1:-1]],
        )
        counted = dict(bins)
        return {"hist": [int(counted.get(index, 0)) for index in range(len(edges) - 1)], "bin_edges": edges}

    def _moments(self, expression: str) -> dict[str, Any]:
        source = f"(SELECT epoch_us({expression}::TIMESTAMP) AS value FROM {_SOURCE})"
        low, high, mean, median, deviation = self._row(
            "min(value), max(value), avg(value), median(value), stddev_samp(value)", source, "value IS NOT NULL"
        )
        values: dict[str, Any] = {
            "min": _moment(low),
            "max": _moment(high),
            "mean": _moment(mean),
            "median": _moment(median),
            "std": None if deviation is None else f"{deviation / 1e6:.0f}s",
            "histogram": None,
        }
        if low is not None:
            histogram = self._histogram(source, "value IS NOT NULL", low, high, is_whole=True)
            values["histogram"] = histogram | {"bin_edges": [_moment(edge) for edge in histogram["bin_edges"]]}
        return self._share_of_nothing(expression) | values

    def _share_of_nothing(self, expression: str) -> dict[str, Any]:
        (nothing,) = self._row(f"count(*) - count({expression})")
        return _shares("nan", nothing, self.number)

    def _frequencies(self, expression: str) -> dict[str, int]:
        counted = self._all(
            f"SELECT {expression}::VARCHAR, count(*) FROM {_SOURCE} WHERE {expression} IS NOT NULL GROUP BY ALL "
            "ORDER BY 2 DESC, 1"
        )
        return {str(value): int(number) for value, number in counted}

    def _row(self, selection: str, source: str | None = None, wanted: str = "true") -> tuple[Any, ...]:
        return self._all(f"SELECT {selection} FROM {source or _SOURCE} WHERE {wanted}")[0]

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, [*parameters, self._files]).fetchall()


_SOURCE = "read_parquet(?, union_by_name = true)"
_NUMBERS = ("min", "max", "mean", "median", "std", "histogram")


def bin_edges(low: Any, high: Any, is_whole: bool) -> list[Any]:
    """
    Ten bins of equal width, or one for each whole number where there are fewer; each has its lower edge, the last both.

    Source: dataset-viewer, ``worker/statistics_utils.py``.
    """
    if is_whole:
        low, high = int(low), int(high)
        width = -(-(high - low + 1) // _BINS)
        edges = list(range(low, high + 1, width))
        return [*edges, high]
    low, high = float(low), float(high)
    if low == high:
        return [low, high]
    return [low + (high - low) * number / _BINS for number in range(_BINS)] + [high]


def _shares(name: str, number: int, total: int) -> dict[str, Any]:
    return {f"{name}_count": int(number), f"{name}_proportion": round(number / total, _ROUND) if total else 0.0}


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), _ROUND)


def _moment(microseconds: Any) -> str | None:
    if microseconds is None:
        return None
    try:
        moment = datetime.fromtimestamp(float(microseconds) / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.strftime("%Y-%m-%d %H:%M:%S")
