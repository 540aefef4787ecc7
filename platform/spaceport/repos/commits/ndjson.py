"""
The body of a commit over the API: one JSON object a line, read without holding all of it.

Source: hub-api.md section 7.2.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from spaceport.errors import BadRequest
from spaceport.repos.commits.operations import MAX_OPERATIONS, AddBlob, AddLarge, Copy, Delete, Operation

#: Of a line beside the content of its file: its path and the words around it.
_MARGIN_BYTES = 64 * 1024
_KEYS = ("header", "file", "lfsFile", "deletedFile", "deletedFolder")


@dataclass(frozen=True)
class CommitRequest:
    """What a client asks for. ``parent`` is a full or short commit id."""

    summary: str
    description: str
    parent: str | None
    operations: tuple[Operation, ...]


def parse_commit(body: BinaryIO, write_blob: Callable[[bytes], str], max_file_bytes: int) -> CommitRequest:
    """
    Read a commit line by line; contents of files go to ``write_blob``, which returns their git id.

    Raises: BadRequest, which names the line.
    """
    header: CommitRequest | None = None
    operations: list[Operation] = []
    for number, line in _lines(body, max_file_bytes):
        key, value = _object(number, line)
        if header is None:
            if key != "header":
                raise BadRequest(f'line {number}: the first line must have the key "header", not {key!r}')
            header = _header(number, value)
            continue
        if key == "header":
            raise BadRequest(f"line {number}: there is a header already")
        operations += _operations(number, key, value, write_blob, max_file_bytes)
        if len(operations) > MAX_OPERATIONS:
            raise BadRequest(f"a commit may have {MAX_OPERATIONS:,} operations: make several commits")
    if header is None:
        raise BadRequest('the body is empty: its first line must have the key "header"')
    return CommitRequest(header.summary, header.description, header.parent, tuple(operations))


def _lines(body: BinaryIO, max_file_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their numbers from 1."""
    # Base64 has four characters for three bytes; JSON may write each of them as six ("\\u0041"), but nobody does.
    longest = max_file_bytes * 4 // 3 + _MARGIN_BYTES
    number = 0
    while line := body.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise BadRequest(
                f"line {number} has more than {longest:,} bytes: files over {max_file_bytes:,} bytes go as lfsFile, "
                "their bytes before the commit"
            )
        if line.strip():
            yield number, line


def _object(number: int, line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"line {number} is no JSON") from error
    if not isinstance(found, dict) or not isinstance(found.get("value"), dict):
        raise BadRequest(f'line {number} must be an object with "key" and "value"')
    key = found.get("key")
    if not isinstance(key, str) or key not in _KEYS:
        raise BadRequest(f'line {number}: "key" must be one of [{", ".join(_KEYS)}]; given: {str(key)[:50]!r}')
    return key, found["value"]


def _header(number: int, value: dict[str, Any]) -> CommitRequest:
    summary = _text(number, value, "summary")
    description = _text(number, value, "description", may_be_absent=True)
    return CommitRequest(summary, description, _text(number, value, "parentCommit", may_be_absent=True) or None, ())


def _operations(
    number: int, key: str, value: dict[str, Any], write_blob: Callable[[bytes], str], max_file_bytes: int
) -> list[Operation]:
    path = _text(number, value, "path")
    if key in ("deletedFile", "deletedFolder"):
        return [Delete(path.rstrip("/"))]
    old_path = _text(number, value, "oldPath", may_be_absent=True)
    has_content = (value.get("content") if key == "file" else value.get("oid")) is not None
    if old_path and not has_content:
        return [Copy(path, old_path, is_move=True)]
    # With a content of its own the file is renamed and changed at once.
    renamed: list[Operation] = [Delete(old_path)] if old_path and old_path != path else []
    if key == "lfsFile":
        return [*renamed, _large(number, path, value)]
    content = _content(number, value)
    if len(content) > max_file_bytes:
        raise BadRequest(f"line {number}: {path[:200]!r} has more than {max_file_bytes:,} bytes: send it as lfsFile")
    return [*renamed, AddBlob(path, write_blob(content))]


def _large(number: int, path: str, value: dict[str, Any]) -> AddLarge:
    algorithm, size = value.get("algo", "sha256"), value.get("size")
    if algorithm != "sha256":
        raise BadRequest(f'line {number}: "algo" must be sha256')
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**63):
        raise BadRequest(f'line {number}: "size" must be a number of bytes')
    return AddLarge(path, _text(number, value, "oid"), size)


def _content(number: int, value: dict[str, Any]) -> bytes:
    content, encoding = _text(number, value, "content", may_be_empty=True), value.get("encoding", "base64")
    try:
        if encoding == "utf-8":
            return content.encode()
        if encoding == "base64":
            return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest(f'line {number}: "content" is no {encoding}') from error
    raise BadRequest(f'line {number}: "encoding" must be base64 or utf-8')


def _text(number: int, value: dict[str, Any], key: str, may_be_absent: bool = False, may_be_empty: bool = False) -> str:
    found = value.get(key)
    if found is None and may_be_absent:
        return ""
    if not isinstance(found, str):
        raise BadRequest(f'line {number}: "{key}" must be a text')
    if not found and not may_be_absent and not may_be_empty:
        raise BadRequest(f'line {number}: "{key}" must not be empty')
    return found
