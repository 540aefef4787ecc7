"""
Columns as ``datasets.Features`` are written in JSON.

Source: datasets 5.2, ``features/features.py``: what ``Features.to_dict`` gives, and what is stored in Parquet files
under the key ``huggingface``.
"""

import json
from typing import Any

#: Every page of rows carries the features.
_MAX_STORED_BYTES = 1024**2
_MAX_DEPTH = 50
_DTYPES = {
    "tinyint": "int8",
    "smallint": "int16",
    "integer": "int32",
    "bigint": "int64",
    "utinyint": "uint8",
    "usmallint": "uint16",
    "uinteger": "uint32",
    "ubigint": "uint64",
    "hugeint": "decimal128(38, 0)",
    "uhugeint": "decimal128(38, 0)",
    "float": "float32",
    "double": "float64",
    "boolean": "bool",
    "varchar": "string",
    "blob": "binary",
    "date": "date32",
    "time": "time64[us]",
    "timestamp": "timestamp[us]",
    "timestamp_s": "timestamp[s]",
    "timestamp_ms": "timestamp[ms]",
    "timestamp_ns": "timestamp[ns]",
    "timestamp with time zone": "timestamp[us, tz=UTC]",
    "interval": "duration[us]",
    "null": "null",
}


def stored_features(metadata: bytes | None) -> dict[str, Any] | None:
    """Those that ``datasets`` wrote into a Parquet file."""
    if metadata is None:
        return None
    try:
        features = json.loads(metadata[: _MAX_STORED_BYTES + 1])["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return {name: feature for name, feature in features.items() if is_feature(feature)} if _is_named(features) else None


def is_feature(value: Any, depth: int = 0) -> bool:
    """Whether it has the shape of one: anybody can write anything into a file."""
    if depth > _MAX_DEPTH:
        return False
    if isinstance(value, list):
        return len(value) == 1 and is_feature(value[0], depth + 1)
    if not _is_named(value):
        return False
    kind = value.get("_type")
    if not isinstance(kind, str):
        return all(is_feature(feature, depth + 1) for feature in value.values())
    if kind == "Value":
        return isinstance(value.get("dtype"), str)
    if kind == "ClassLabel":
        names = value.get("names")
        return isinstance(names, list) and all(isinstance(name, str) for name in names)
    return kind not in ("List", "LargeList", "Sequence") or is_feature(value.get("feature"), depth + 1)


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


def feature_of(kind: Any) -> Any:
    """The feature of a DuckDB type."""
    name = str(kind.id)
    if name == "list":
        return {"feature": feature_of(kind.children[0][1]), "_type": "List"}
    if name == "array":
        (_, item), (_, length) = kind.children
        return {"feature": feature_of(item), "length": int(length), "_type": "List"}
    if name == "struct":
        return {field: feature_of(of_field) for field, of_field in kind.children}
    if name == "map":
        fields = {field: feature_of(of_field) for field, of_field in kind.children}
        return {"feature": fields, "_type": "List"}
    if name == "decimal":
        children = dict(kind.children)
        return _value(f"decimal128({children['precision']}, {children['scale']})")
    if str(kind) == "JSON":
        return {"_type": "Json"}
    return _value(_DTYPES.get(name, "string"))


def _value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}
