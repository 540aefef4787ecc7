"""
The body of a commit over the API: one JSON object a line, read without holding all of it.

Source: hub-api.md section 7.2.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeVar

from spaceport.errors import BadRequest
from spaceport.repos.commits.operations import (
    MAX_MESSAGE_CHARACTERS,
    MAX_OPERATIONS,
    AddBlob,
    AddLarge,
    Copy,
    Delete,
    Operation,
    check_operation,
)

#: Of a line beside the content of its file: its path and the words around it.
_MARGIN_BYTES = 64 * 1024
#: Of all paths of a commit: they are kept until it is written.
_MAX_PATHS_BYTES = 16 * 1024**2
_MAX_ID_CHARACTERS = 64
#: A text of JSON from quote to quote.
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
#: More than any path has (``bad_path``), so that nothing longer is repeated in an answer.
MAX_PATH_CHARACTERS = 4096
_Each = TypeVar("_Each", bound=Operation)
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

    Operations are checked where they are read, as far as that goes without the repo; nothing of any length is kept.

    Raises: BadRequest, which names the line.
    """
    header: CommitRequest | None = None
    operations: list[Operation] = []
    paths_bytes = 0
    for number, line in _lines(body, max_file_bytes):
        key, value = _object(number, line)
        if header is None:
            if key != "header":
                raise BadRequest(f'line {number}: the first line must have the key "header", not {key!r}')
            header = _header(number, value)
            continue
        if key == "header":
            raise BadRequest(f"line {number}: there is a header already")
        for each in _operations(number, key, value, write_blob, max_file_bytes):
            operations.append(each)
            paths_bytes += len(each.path.encode()) + (len(each.old_path.encode()) if isinstance(each, Copy) else 0)
        if len(operations) > MAX_OPERATIONS or paths_bytes > _MAX_PATHS_BYTES:
            limits = f"{MAX_OPERATIONS:,} operations, with {_MAX_PATHS_BYTES // 1024**2} MiB of paths"
            raise BadRequest(f"a commit may have {limits}: make several commits")
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
    # Most of a long line is the content of its file: a million empty lists would take a hundred times their length.
    if len(line) > _MARGIN_BYTES and len(_TEXT.sub(b"", line)) > _MARGIN_BYTES:
        raise BadRequest(f"line {number} has more in it than a file")
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
    summary = _text(number, value, "summary", MAX_MESSAGE_CHARACTERS)
    description = _text(number, value, "description", MAX_MESSAGE_CHARACTERS, may_be_absent=True)
    parent = _text(number, value, "parentCommit", _MAX_ID_CHARACTERS, may_be_absent=True)
    return CommitRequest(summary, description, parent or None, ())


def _operations(
    number: int, key: str, value: dict[str, Any], write_blob: Callable[[bytes], str], max_file_bytes: int
) -> list[Operation]:
    path = _text(number, value, "path", MAX_PATH_CHARACTERS)
    if key in ("deletedFile", "deletedFolder"):
        return [_checked(number, Delete(path.rstrip("/")))]
    old_path = _text(number, value, "oldPath", MAX_PATH_CHARACTERS, may_be_absent=True)
    has_content = (value.get("content") if key == "file" else value.get("oid")) is not None
    if old_path and not has_content:
        return [_checked(number, Copy(path, old_path, is_move=True))]
    # With a content of its own the file is renamed and changed at once.
    renamed = [_checked(number, Delete(old_path))] if old_path and old_path != path else []
    if key == "lfsFile":
        return [*renamed, _checked(number, _large(number, path, value))]
    content = _content(number, value)
    if len(content) > max_file_bytes:
        raise BadRequest(f"line {number}: {path[:200]!r} has more than {max_file_bytes:,} bytes: send it as lfsFile")
    # The path first: what is written stays on the disk until the request is over.
    added = _checked(number, AddBlob(path, ""))
    return [*renamed, replace(added, object_id=write_blob(content))]


def _checked(number: int, operation: _Each) -> _Each:
    try:
        check_operation(operation)
    except BadRequest as error:
        raise type(error)(f"line {number}: {error}") from error
    return operation


def _large(number: int, path: str, value: dict[str, Any]) -> AddLarge:
    algorithm, size = value.get("algo", "sha256"), value.get("size")
    if algorithm != "sha256":
        raise BadRequest(f'line {number}: "algo" must be sha256')
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**63):
        raise BadRequest(f'line {number}: "size" must be a number of bytes')
    return AddLarge(path, _text(number, value, "oid", _MAX_ID_CHARACTERS), size)


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


def _text(
    number: int,
    value: dict[str, Any],
    key: str,
    max_characters: int | None = None,
    may_be_absent: bool = False,
    may_be_empty: bool = False,
) -> str:
    found = value.get(key)
    if found is None and may_be_absent:
        return ""
    if not isinstance(found, str):
        raise BadRequest(f'line {number}: "{key}" must be a text')
    if not found and not may_be_absent and not may_be_empty:
        raise BadRequest(f'line {number}: "{key}" must not be empty')
    if max_characters is not None and len(found) > max_characters:
        raise BadRequest(f'line {number}: "{key}" has {len(found):,} characters; {max_characters:,} are allowed')
    try:
        # JSON can name half of a character, which no other text can hold.
        found.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(f'line {number}: "{key}" is no Unicode text') from error
    return found
