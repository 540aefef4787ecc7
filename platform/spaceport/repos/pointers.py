"""LFS pointers: the small text that stands in git for a large file."""

import re
from dataclasses import dataclass

#: A blob of git with more bytes is no pointer. Source: git-lfs docs/spec.md, "The Pointer".
MAX_POINTER_BYTES = 1024
_MIN_POINTER_BYTES = 120
_VERSION = "https://git-lfs.github.com/spec/v1"
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"(?:ext-\d-[A-Za-z0-9_.-]+ [^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\n"
    rb"size (0|[1-9]\d{0,18})\n?"
)


@dataclass(frozen=True)
class Pointer:
    """Which large file it means, and how many bytes that has."""

    sha256: str
    size_bytes: int


def may_be_pointer(size_bytes: int) -> bool:
    """Whether a file of this size is worth a look."""
    return _MIN_POINTER_BYTES <= size_bytes <= MAX_POINTER_BYTES


def parse_pointer(content: bytes) -> Pointer | None:
    """None for anything that is not exactly a pointer. Source: git-lfs docs/spec.md."""
    if len(content) > MAX_POINTER_BYTES:
        return None
    found = _POINTER.fullmatch(content)
    return Pointer(found[1].decode(), int(found[2])) if found else None


def format_pointer(sha256: str, size_bytes: int) -> bytes:
    """The canonical text, byte for byte what git-lfs writes."""
    return f"version {_VERSION}\noid sha256:{sha256}\nsize {size_bytes}\n".encode()
