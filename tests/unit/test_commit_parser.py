"""The NDJSON of a commit, with whatever somebody may send in it."""

import base64
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport.errors import BadRequest
from spaceport.repos.commits.ndjson import CommitRequest, parse_commit
from spaceport.repos.commits.operations import AddBlob, AddLarge, Copy, Delete, check_operations

MAX_FILE_BYTES = 1000
HEADER = json.dumps({"key": "header", "value": {"summary": "x"}}).encode()


def parse(*lines: bytes) -> CommitRequest:
    return parse_commit(io.BytesIO(b"\n".join(lines)), lambda content: f"<{content!r}>", MAX_FILE_BYTES)


def line(key: str, **value: Any) -> bytes:
    return json.dumps({"key": key, "value": value}).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.text() | st.sampled_from(["..", ".git", "a/../b", "/etc/passwd", "a//b", "a/.GIT/b", "\0", "\ud800", "a/b"])
VALUES = st.dictionaries(
    st.sampled_from(["path", "oldPath", "content", "encoding", "oid", "algo", "size", "summary", "parentCommit"]),
    JSON | NAMES,
)
OBJECTS = st.builds(
    lambda key, value: json.dumps({"key": key, "value": value}).encode(),
    st.sampled_from(["header", "file", "lfsFile", "deletedFile", "deletedFolder", "x"]),
    VALUES,
)


@given(st.lists(st.binary(max_size=200) | OBJECTS | JSON.map(lambda found: json.dumps(found).encode()), max_size=5))
def test_anything_is_understood_or_refused(lines: list[bytes]) -> None:
    try:
        request = parse(HEADER, *lines)
        check_operations(request.operations)
    except BadRequest:
        return
    for each in request.operations:
        for path in (each.path, each.old_path if isinstance(each, Copy) else each.path):
            parts = path.split("/")
            assert not {"", ".", ".."} & set(parts)
            assert ".git" not in [part.lower() for part in parts]
            path.encode()


@given(st.binary(max_size=MAX_FILE_BYTES), st.booleans())
def test_contents_arrive_as_they_were(content: bytes, blank_lines: bool) -> None:
    kept: list[bytes] = []

    def keep(content: bytes) -> str:
        kept.append(content)
        return "id"

    text = line("file", path="a", content=base64.b64encode(content).decode(), encoding="base64")
    body = (b"\n\n" if blank_lines else b"\n").join([HEADER, text, b""])
    request = parse_commit(io.BytesIO(body), keep, MAX_FILE_BYTES)

    assert kept == [content]
    assert request.operations == (AddBlob("a", "id"),)


def test_each_key_becomes_its_operation() -> None:
    oid = "0" * 64
    request = parse(
        json.dumps({"key": "header", "value": {"summary": "s", "description": "d", "parentCommit": "abc"}}).encode(),
        line("lfsFile", path="l", algo="sha256", oid=oid, size=5),
        line("lfsFile", path="l", algo="sha256", oid=oid),
        line("deletedFile", path="f"),
        line("deletedFolder", path="d/"),
        line("file", path="new", oldPath="old"),
        line("file", path="new", oldPath="old", content="text", encoding="utf-8"),
    )

    assert (request.summary, request.description, request.parent) == ("s", "d", "abc")
    assert request.operations == (
        AddLarge("l", oid, 5),
        AddLarge("l", oid),
        Delete("f"),
        Delete("d"),
        Copy("new", "old", is_move=True),
        Delete("old"),
        AddBlob("new", "<b'text'>"),
    )


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(BadRequest, match="line 2 has more than"):
        parse(HEADER, b" " * 10_000_000)
