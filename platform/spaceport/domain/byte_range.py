"""Parts of files, as ``Range`` asks for them."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
#: No file has so many bytes: all numbers with more digits mean the same.
_MAX_DIGITS = 18


@dataclass(frozen=True)
class Part:
    """Bytes ``first`` to ``last`` of ``size_bytes``, both counted; the whole file unless ``is_partial``."""

    first: int
    last: int
    size_bytes: int
    is_partial: bool = False

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Content-Length": str(self.last - self.first + 1)}
        if self.is_partial:
            headers["Content-Range"] = f"bytes {self.first}-{self.last}/{self.size_bytes}"
        return headers


def part_of(header: str | None, size_bytes: int) -> Part | None:
    """
    What a ``Range`` header asks for; None when it lies outside of the file.

    Anything but one range of bytes is not understood and gets the whole file.

    Source: RFC 9110 section 14.2.
    """
    whole = Part(0, size_bytes - 1, size_bytes)
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or not (found[1] or found[2]):
        return whole
    if not found[1]:
        length = _number(found[2])
        return Part(max(0, size_bytes - length), size_bytes - 1, size_bytes, True) if length and size_bytes else None
    first, last = _number(found[1]), _number(found[2]) if found[2] else size_bytes - 1
    if found[2] and last < first:
        return whole
    return Part(first, min(last, size_bytes - 1), size_bytes, True) if first < size_bytes else None


def _number(digits: str) -> int:
    """Python refuses to read numbers of thousands of digits."""
    return int(digits) if len(digits) <= _MAX_DIGITS else 10**_MAX_DIGITS
