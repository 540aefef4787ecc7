"""
What the batch call answers for each file: where to send it, where to get it, or why not. Pure.

Source: git-lfs docs/api/batch.md; hub-api.md section 7.6.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spaceport.domain.blob import Blob, is_sha256
from spaceport.repos.lfs.ticket import LIFETIME_SECONDS, Operation

#: ``address(operation, oid, size, chunk_bytes)`` makes a signed address; ``part`` a number from 1, or None.
Address = Callable[[Operation, str, int, int], str]
MAX_PARTS = 10_000


@dataclass(frozen=True)
class Asked:
    """One file of a batch."""

    oid: str
    size: int


@dataclass(frozen=True)
class UploadLimits:
    """
    In bytes. Files above ``part_bytes`` are sent in parts of that size, by clients that can.

    ``left_bytes`` is what this user may send before a branch names some of it; ``left_words`` says so.
    """

    max_file_bytes: int
    part_bytes: int
    free_bytes: int
    left_bytes: int
    left_words: str


def answer_uploads(
    asked: Iterable[Asked], granted: Mapping[str, Blob], limits: UploadLimits, in_parts: bool, address: Address
) -> list[dict[str, Any]]:
    """A file that this repo may use already has no ``actions``; one that only others have is sent again."""
    return [_upload(each, granted, limits, in_parts, address) for each in asked]


def answer_downloads(asked: Iterable[Asked], granted: Mapping[str, Blob], address: Address) -> list[dict[str, Any]]:
    """What this repo may not use is not there, whoever else has it."""
    answers = []
    for each in asked:
        blob = granted.get(each.oid)
        if blob is None:
            answers.append(_error(each, 404, "this repo has no such file"))
        elif blob.size_bytes != each.size:
            answers.append(_error(each, 422, f"the file has {blob.size_bytes} bytes, not {each.size}"))
        else:
            actions = {"download": _action(Operation.DOWNLOAD, address(Operation.DOWNLOAD, each.oid, each.size, 0))}
            answers.append({**_named(each), "authenticated": True, "actions": actions})
    return answers


def _upload(
    each: Asked, granted: Mapping[str, Blob], limits: UploadLimits, in_parts: bool, address: Address
) -> dict[str, Any]:
    if not is_sha256(each.oid) or each.size < 0:
        return _error(each, 422, "the oid must be a SHA-256 in lower-case hex, and the size a number of bytes")
    blob = granted.get(each.oid)
    if blob is not None and blob.size_bytes == each.size:
        return _named(each)
    if each.size > limits.max_file_bytes:
        allowed = f"{limits.max_file_bytes / 1024**3:.1f} GiB"
        return _error(each, 422, f"the file has {each.size / 1024**3:.1f} GiB; this hub takes files up to {allowed}")
    if each.size > limits.free_bytes:
        return _error(each, 507, "the hub's disk has no room for this file: ask the admin")
    if each.size > limits.left_bytes:
        return _error(each, 403, limits.left_words)
    chunk_bytes = _chunk_bytes(each.size, limits.part_bytes) if in_parts and each.size > limits.part_bytes else 0
    upload = _action(Operation.UPLOAD, address(Operation.UPLOAD, each.oid, each.size, chunk_bytes))
    if chunk_bytes:
        upload["header"] = _part_addresses(upload["href"], each.size, chunk_bytes)
    verify = _action(Operation.VERIFY, address(Operation.VERIFY, each.oid, each.size, 0))
    return {**_named(each), "authenticated": True, "actions": {"upload": upload, "verify": verify}}


def _chunk_bytes(size: int, part_bytes: int) -> int:
    """Larger parts where there would be too many."""
    return max(part_bytes, -(-size // MAX_PARTS))


def _part_addresses(href: str, size: int, chunk_bytes: int) -> dict[str, str]:
    """Exactly as many as the client counts: one for each started chunk."""
    count = -(-size // chunk_bytes)
    return {"chunk_size": str(chunk_bytes), **{str(number): f"{href}&part={number}" for number in range(1, count + 1)}}


def _named(each: Asked) -> dict[str, Any]:
    return {"oid": each.oid, "size": each.size}


def _action(operation: Operation, href: str) -> dict[str, Any]:
    return {"href": href, "expires_in": LIFETIME_SECONDS[operation]}


def _error(each: Asked, code: int, message: str) -> dict[str, Any]:
    return {**_named(each), "error": {"code": code, "message": message}}
