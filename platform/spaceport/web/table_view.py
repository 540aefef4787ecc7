"""Rows of a dataset as cells of a page. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

#: Characters of a cell that are shown at once, and behind a click.
_SHORT, _LONG = 200, 5_000
#: Columns of a page; a table of a thousand would be a page of megabytes.
MAX_COLUMNS = 60


@dataclass(frozen=True)
class Column:
    """``type`` in the words of ``datasets``."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        """Its head stands at the same side as its figures."""
        return self.type.startswith(("int", "uint", "float", "decimal"))


@dataclass(frozen=True)
class Cell:
    """
    ``kind`` is ``text``, ``number``, ``label``, ``data``, ``image``, ``audio``, ``video`` or ``nothing``.

    ``rest`` is the whole text where ``text`` is only its beginning. ``source`` is the address of a file.
    """

    kind: str
    text: str = ""
    rest: str = ""
    source: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Row:
    number: int
    cells: Sequence[Cell]


def columns_of(features: Mapping[str, Any]) -> list[Column]:
    return [Column(name, type_words(feature)) for name, feature in islice(features.items(), MAX_COLUMNS)]


def rows_of(features: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Of an answer of the viewer."""
    shown = list(islice(features.items(), MAX_COLUMNS))
    return [Row(row["row_idx"], [cell_of(row["row"].get(name), feature) for name, feature in shown]) for row in rows]


def cell_of(value: Any, feature: Any) -> Cell:
    if value is None:
        return Cell("nothing", "null")
    kind = feature.get("_type") if isinstance(feature, Mapping) else None
    if kind == "Image" and isinstance(value, Mapping):
        return Cell("image", source=value["src"], width=value.get("width"), height=value.get("height"))
    if kind == "Audio" and isinstance(value, list):
        return Cell("audio", source=value[0]["src"])
    if kind == "Video" and isinstance(value, Mapping):
        return Cell("video", source=value["src"])
    if kind == "ClassLabel" and isinstance(value, int):
        names = feature.get("names") or []
        return Cell("label", str(names[value]) if 0 <= value < len(names) else str(value))
    if isinstance(value, bool):
        return Cell("data", "true" if value else "false")
    if isinstance(value, int | float):
        return Cell("number", str(value))
    if isinstance(value, str):
        return _text("text", value)
    return _text("data", json.dumps(value, ensure_ascii=False))


def type_words(feature: Any) -> str:
    """``string``, ``list of int64``, ``label``: what stands below the name of a column."""
    if isinstance(feature, list):
        return f"list of {type_words(feature[0])}" if feature else "list"
    kind = feature.get("_type")
    if not isinstance(kind, str):
        return "struct"
    if kind == "Value":
        return str(feature.get("dtype"))
    if kind in ("List", "LargeList", "Sequence"):
        return f"list of {type_words(feature.get('feature') or {})}"
    if kind == "ClassLabel":
        return f"label, {len(feature.get('names') or [])} classes"
    return kind.lower()


def _text(kind: str, text: str) -> Cell:
    return Cell(kind, text) if len(text) <= _SHORT else Cell(kind, f"{text[:_SHORT]}…", text[:_LONG])
