"""The query of an admin's table: the order, the filter and the page that somebody wants. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

_DEFAULTS: dict[str, object] = {"sort": "name", "dir": "up", "page": 1}


def table_query(values: Mapping[str, Any]) -> str:
    """As part of an address; what is empty or as usual is left out."""
    return urlencode({key: value for key, value in values.items() if value and value != _DEFAULTS.get(key)})


def page_number(text: str) -> int:
    """Counts from 1; what makes no sense is the first page."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
