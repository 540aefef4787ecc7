"""Files of static Spaces: which file a request means, and which part of it goes out. Decides only."""

import math
import mimetypes
import os
import re
import stat
import zlib
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote_to_bytes

from spaceport.gateway.wire import Header, RequestHead

#: What the system's table lacks or gets wrong.
_TYPES = {
    ".avif": "image/avif",
    ".cjs": "text/javascript",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".onnx": "application/octet-stream",
    ".safetensors": "application/octet-stream",
    ".ts": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".yaml": "text/plain",
    ".yml": "text/plain",
}
_RANGE = re.compile(rb"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Redirect:
    """A folder asked for without its slash; ``location`` is a path."""

    location: bytes


@dataclass(frozen=True)
class Missing:
    """Nothing that may be shown."""


@dataclass(frozen=True)
class FilePlan:
    """
    What goes out: ``lead``, then ``length`` bytes of the file from ``offset``; or only the head when there is no body.
    """

    status: int
    headers: list[Header]
    offset: int
    length: int
    lead: bytes = b""


def find_file(root: Path, index: str, target: bytes) -> Path | Redirect | Missing:
    """
    The file that a request target means below ``root``.

    Symbolic links are followed as long as they stay inside; git's own files are never shown.
    """
    path, question_mark, query = target.partition(b"?")
    decoded = unquote_to_bytes(path)
    parts = [part for part in decoded.split(b"/") if part]
    if b"\0" in decoded or b".." in parts or b"." in parts:
        return Missing()
    base = os.path.realpath(root)
    real = os.path.realpath(os.path.join(base, *(os.fsdecode(part) for part in parts)))
    if os.path.isdir(real):
        if not decoded.endswith(b"/"):
            # One slash at the front: two would make the first folder a host.
            return Redirect(b"/" + path.strip(b"/") + b"/" + question_mark + query)
        real = os.path.realpath(os.path.join(real, index if not parts else "index.html"))
    elif decoded.endswith(b"/"):
        return Missing()
    return Path(real) if _may_show(base, real) else Missing()


def plan_file(head: RequestHead, name: str, status: os.stat_result) -> FilePlan:
    """
    What to send of a file. ``name`` gives the type.

    Source: RFC 9110 sections 13 (conditions) and 14 (ranges; more than one range may be answered as none).
    """
    etag = b'"%x-%x"' % (status.st_mtime_ns, status.st_size)
    validators = [
        (b"ETag", etag),
        (b"Last-Modified", formatdate(status.st_mtime, usegmt=True).encode()),
        (b"Cache-Control", b"no-cache"),
    ]
    if _is_unchanged(head, etag, status.st_mtime):
        return FilePlan(304, validators, 0, 0)
    headers = [
        (b"Content-Type", content_type(name)),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Accept-Ranges", b"bytes"),
        *validators,
    ]
    wanted = _wanted_range(head, etag, status)
    if wanted is None:
        return FilePlan(200, headers, 0, status.st_size)
    first, last = wanted
    if first > last:
        return FilePlan(416, [*validators, (b"Content-Range", b"bytes */%d" % status.st_size)], 0, 0)
    headers.append((b"Content-Range", b"bytes %d-%d/%d" % (first, last, status.st_size)))
    return FilePlan(206, headers, first, last - first + 1)


def plan_led_file(head: RequestHead, name: str, status: os.stat_result, lead: bytes, covered: int) -> FilePlan:
    """
    What to send of a file whose first ``covered`` bytes are replaced by ``lead``.

    The lead is not part of the file, so its date tells nothing; parts are not offered.
    """
    etag = b'"%x-%x-%x"' % (status.st_mtime_ns, status.st_size, zlib.crc32(lead))
    validators = [(b"ETag", etag), (b"Cache-Control", b"no-cache")]
    if _is_unchanged(head, etag, math.inf):
        return FilePlan(304, validators, 0, 0)
    headers = [(b"Content-Type", content_type(name)), (b"X-Content-Type-Options", b"nosniff"), *validators]
    return FilePlan(200, headers, covered, max(0, status.st_size - covered), lead)


@lru_cache(maxsize=1024)
def content_type(name: str) -> bytes:
    """The type of a file by its name; compressed files are served as they are, never as an encoding."""
    guessed, encoding = mimetypes.guess_type(name)
    kind = _TYPES.get(os.path.splitext(name)[1].lower(), guessed)
    if encoding:
        kind = "application/gzip" if encoding == "gzip" else "application/octet-stream"
    kind = kind or "application/octet-stream"
    is_text = kind.startswith("text/") or kind in ("application/json", "application/manifest+json")
    return (f"{kind}; charset=utf-8" if is_text else kind).encode()


def _may_show(base: str, real: str) -> bool:
    relative = os.path.relpath(real, base)
    parts = relative.split(os.sep)
    if parts[0] == os.pardir or any(part.lower().startswith(".git") for part in parts):
        return False
    try:
        return stat.S_ISREG(os.stat(real).st_mode)
    except (OSError, ValueError):
        return False


def _is_unchanged(head: RequestHead, etag: bytes, modified_at: float) -> bool:
    if (tags := head.headers.first(b"if-none-match")) is not None:
        return tags.strip() == b"*" or etag in [tag.strip().removeprefix(b"W/") for tag in tags.split(b",")]
    since = _parse_date(head.headers.first(b"if-modified-since"))
    return since is not None and modified_at < since + 1


def _wanted_range(head: RequestHead, etag: bytes, status: os.stat_result) -> tuple[int, int] | None:
    """First and last byte; None for the whole file, first beyond last where the file is shorter than asked."""
    match = _RANGE.fullmatch(head.headers.first(b"range") or b"")
    if head.method != b"GET" or match is None or match.group(1, 2) == (b"", b""):
        return None
    condition = head.headers.first(b"if-range")
    if condition is not None and condition != etag and _parse_date(condition) != int(status.st_mtime):
        return None
    if len(match[1]) > 18 or len(match[2]) > 18:
        return None
    last = status.st_size - 1
    if not match[1]:
        return max(0, status.st_size - int(match[2])), last
    first = int(match[1])
    if match[2]:
        if int(match[2]) < first:
            return None
        last = min(last, int(match[2]))
    return (first, last) if first < status.st_size else (1, 0)


def _parse_date(value: bytes | None) -> int | None:
    if value is None:
        return None
    try:
        return int(parsedate_to_datetime(value.decode("latin-1")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
