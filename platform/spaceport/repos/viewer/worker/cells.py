"""From values of a table to cells of JSON: bounded, and with images and sounds put aside as files."""

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaceport.repos.viewer.image_size import HEADER_BYTES, image_size
from spaceport.repos.viewer.media_type import extension_of

_MEDIA = ("Image", "Audio", "Video")
_MAX_DEPTH = 50
_MAX_MEDIA_BYTES = 50 * 1024**2
#: Of one answer: each becomes a signed address.
_MAX_MEDIA = 10_000


@dataclass
class Cells:
    """
    ``media`` collects where in which row a file belongs: ``{"row", "at", "type", "asset" or "path", ...}``.

    An asset is a file in ``folder`` that is named by its content; a path is one of the repo.
    """

    folder: Path
    media: list[dict[str, Any]] = field(default_factory=list)

    def row(
        self, number: int, values: Sequence[Any], features: dict[str, Any], limit: int
    ) -> tuple[dict[str, Any], list[str]]:
        """The cells by column, and the names of those that were cut to ``limit`` characters."""
        cells: dict[str, Any] = {}
        truncated = []
        for (name, feature), value in zip(features.items(), values, strict=True):
            before = len(self.media)
            cell, is_cut = _cut(self._cell(value, feature, number, [name]), limit)
            if len(self.media) > _MAX_MEDIA:
                cell, is_cut = None, True
            if is_cut:
                truncated.append(name)
                # What is a text now has no place for them.
                del self.media[before:]
            cells[name] = cell
        return cells, truncated

    def _cell(self, value: Any, feature: Any, row: int, at: list[str | int]) -> Any:
        if value is None:
            return None
        if len(at) > _MAX_DEPTH:
            return "..."
        kind = feature.get("_type") if isinstance(feature, dict) else None
        if kind in _MEDIA:
            self._put_aside(value, str(kind), row, at)
            return None
        if kind == "Json" and isinstance(value, str):
            try:
                return plain(json.loads(value))
            except (ValueError, RecursionError):
                return value
        if isinstance(value, list | tuple):
            item = _item(feature, kind)
            return [self._cell(each, item, row, [*at, number]) for number, each in enumerate(value)]
        if isinstance(value, dict):
            fields = feature if isinstance(feature, dict) and not isinstance(kind, str) else {}
            named = {_key(key): (fields.get(key), each) for key, each in value.items()}
            return {key: self._cell(each, of_key, row, [*at, key]) for key, (of_key, each) in named.items()}
        return plain(value)

    def _put_aside(self, value: Any, kind: str, row: int, at: list[str | int]) -> None:
        content = value.get("bytes") if isinstance(value, dict) else None
        path = value.get("path") if isinstance(value, dict) else value
        found: dict[str, Any] = {"row": row, "at": at, "type": kind}
        if isinstance(content, bytes) and len(content) <= _MAX_MEDIA_BYTES:
            name = f"{hashlib.sha256(content).hexdigest()[:32]}.{extension_of(content[:64])}"
            if not (self.folder / name).exists():
                (self.folder / name).write_bytes(content)
            size = image_size(content[:HEADER_BYTES]) if kind == "Image" else None
            self.media.append(found | {"asset": name} | _sized(size))
        elif isinstance(path, str):
            self.media.append(found | {"path": path})


def plain(value: Any, depth: int = 0) -> Any:
    """A value in types that JSON has, not nested so deeply that readers of JSON give up."""
    if depth > _MAX_DEPTH:
        return "..."
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {_key(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, depth + 1) for each in value]
    return float(value) if isinstance(value, Decimal) and value == value.to_integral_value() else str(value)


def _key(key: Any) -> str:
    return str(plain(key))


def _cut(cell: Any, limit: int) -> tuple[Any, bool]:
    """A cell that is too long becomes the beginning of its text, as on the Hub."""
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
    return (cell, False) if len(text) <= limit else (text[:limit], True)


def _item(feature: Any, kind: Any) -> Any:
    if isinstance(feature, list) and feature:
        return feature[0]
    return feature.get("feature") if isinstance(feature, dict) and isinstance(kind, str) else None


def _sized(size: tuple[int, int] | None) -> dict[str, int]:
    return {} if size is None else {"width": size[0], "height": size[1]}
