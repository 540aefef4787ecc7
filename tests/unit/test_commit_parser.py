"""The NDJSON of a commit, with whatever somebody may send in it."""

import base64
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport.errors import BadRequest
from spaceport.repos.commits import ndjson
from spaceport.repos.commits.ndjson import CommitRequest, parse_commit
from spaceport.repos.commits.operations import (
    MAX_MESSAGE_CHARACTERS,
    AddBlob,
    AddLarge,
    Copy,
    Delete,
    check_operations,
)

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
LONG = st.builds(lambda text, times: text * times, st.sampled_from(["a", "a/", "é", "\ud800"]), st.integers(500, 9000))
VALUES = st.dictionaries(
    st.sampled_from(["path", "oldPath", "content", "encoding", "oid", "algo", "size", "summary", "parentCommit"]),
    JSON | NAMES | LONG,
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
    except BadRequest:
        return
    # Nothing is left to be refused later, and nothing that is kept is long.
    check_operations(request.operations)
    assert len(request.summary) + len(request.description) <= 2 * MAX_MESSAGE_CHARACTERS
    (request.summary + request.description + (request.parent or "")).encode()
    for each in request.operations:
        for path in (each.path, each.old_path if isinstance(each, Copy) else each.path):
            parts = path.split("/")
            assert not {"", ".", ".."} & set(parts)
            assert ".git" not in [part.lower() for part in parts]
            assert len(path.encode()) <= 1000
        if isinstance(each, AddLarge):
            assert len(each.sha256) == 64


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


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("file", {"path": "a" * 5000, "content": ""}, 'line 2: "path" has 5,000 characters'),
        ("file", {"path": "a/" * 600 + "b", "content": ""}, "line 2: the path .* it is too long"),
        ("file", {"path": "new", "oldPath": "a" * 5000}, 'line 2: "oldPath" has 5,000 characters'),
        ("file", {"path": "new", "oldPath": "../b"}, "line 2: the path '../b' cannot be used"),
        ("file", {"path": "new", "oldPath": "../b", "content": ""}, "line 2: the path '../b' cannot be used"),
        ("file", {"path": "\ud800", "content": ""}, 'line 2: "path" is no Unicode text'),
        ("file", {"path": "a", "content": "\ud800", "encoding": "utf-8"}, 'line 2: "content" is no Unicode text'),
        ("deletedFolder", {"path": "a\udfff"}, 'line 2: "path" is no Unicode text'),
        ("lfsFile", {"path": "a", "oid": "0" * 65}, 'line 2: "oid" has 65 characters'),
        ("lfsFile", {"path": "a", "oid": "G" * 64}, 'line 2: "oid" of .* must be a SHA-256'),
        ("lfsFile", {"path": "a", "oid": "../../../etc/passwd"}, 'line 2: "oid" of .* must be a SHA-256'),
    ],
)
def test_what_is_wrong_is_said_with_its_line_before_anything_is_kept(key: str, value: Any, why: str) -> None:
    written: list[bytes] = []

    def write(content: bytes) -> str:
        written.append(content)
        return "id"

    with pytest.raises(BadRequest, match=why):
        parse_commit(io.BytesIO(HEADER + b"\n" + line(key, **value)), write, 100_000)
    assert not written


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"summary": "x" * 100_001}, '"summary" has 100,001 characters'),
        ({"summary": "x", "description": "x" * 100_001}, '"description" has 100,001'),
        ({"summary": "x", "parentCommit": "a" * 65}, '"parentCommit" has 65'),
        ({"summary": "\ud800"}, '"summary" is no Unicode text'),
        ({"summary": "x", "description": "\udfff"}, '"description" is no Unicode text'),
    ],
)
def test_the_header_has_limits_too(value: Any, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        parse_commit(io.BytesIO(line("header", **value)), lambda _: "id", 1_000_000)


def test_long_paths_do_not_add_up_to_more_than_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "_MAX_PATHS_BYTES", 1000)
    lines = [line("deletedFile", path=f"{'a' * 100}{number}") for number in range(11)]

    with pytest.raises(BadRequest, match="a commit may have"):
        parse(HEADER, *lines)


@pytest.mark.parametrize("filler", [b"[],", b'"",', b'{"a":1},'])
def test_a_long_line_that_is_no_file_is_not_even_read_as_json(filler: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of nothing take a hundred times their length."""
    monkeypatch.setattr(ndjson.json, "loads", None)
    text = b'{"key":"file","value":{"path":"a","content":[' + filler * 100_000 + b"0]}}"

    with pytest.raises(BadRequest, match="line 1 has more in it than a file"):
        parse_commit(io.BytesIO(text), lambda _: "id", 10_000_000)


def test_a_file_full_of_json_is_no_such_line() -> None:
    """Clients in a browser send text as it is."""
    content = '{"a": ["\\", [], {}]},' * 20_000
    request = parse_commit(
        io.BytesIO(HEADER + b"\n" + line("file", path="a.json", content=content, encoding="utf-8")), str, 10_000_000
    )

    assert [each.path for each in request.operations] == ["a.json"]


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(BadRequest, match="line 2 has more than"):
        parse(HEADER, b" " * 10_000_000)
