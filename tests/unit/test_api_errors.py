"""One table turns errors into answers, and it is complete."""

import base64
import inspect
import json

import pytest
from huggingface_hub.utils import parse_ratelimit_headers
from starlette.datastructures import QueryParams

from spaceport import errors
from spaceport.api.errors import ERROR_TABLE, error_response, respond, status_of
from spaceport.domain.repo import RepoType
from spaceport.list_query import read_query

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.SpaceportError)]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_has_a_line_of_its_own_in_the_table(kind: type[errors.SpaceportError]) -> None:
    assert kind in [each for each, _, _ in ERROR_TABLE]


@pytest.mark.parametrize("kind", CLASSES)
def test_the_line_of_each_error_is_reached(kind: type[errors.SpaceportError]) -> None:
    """A parent that stands before its child would hide it."""
    first = next(each for each, _, _ in ERROR_TABLE if issubclass(kind, each))

    assert first is kind


def test_what_is_absent_reads_the_same_whatever_its_name() -> None:
    one, other = errors.SpaceNotFound("no Space ada/secret"), errors.SpaceNotFound("no such Space")

    assert respond(one, is_anonymous=False).body == respond(other, is_anonymous=False).body
    assert respond(one, is_anonymous=True).status_code == 401
    assert respond(one, is_anonymous=True).headers["x-error-code"] == "RepoNotFound"


def test_a_bad_card_lists_its_problems() -> None:
    response = respond(errors.InvalidCard(["one", "two"]), is_anonymous=True)

    assert response.status_code == 400
    assert b'"errors":[{"message":"one"},{"message":"two"}]' in response.body


def test_the_message_in_the_header_is_one_latin_line() -> None:
    response = error_response(400, "first\r\nSet-Cookie: x=1\tend ✓ é")

    assert response.headers["x-error-message"] == "first Set-Cookie: x=1 end ? é"


def test_trying_again_is_told_only_where_it_helps() -> None:
    assert "retry-after" in error_response(503, "x").headers
    assert "retry-after" not in error_response(404, "x").headers
    assert status_of(errors.Unavailable("x"))[0] == 503


def test_who_asks_too_often_is_told_until_when_in_the_words_of_clients() -> None:
    told = respond(errors.TooManyAttempts("wait", 90, 10, 600), is_anonymous=False)
    plain = respond(errors.TooManyAttempts("wait"), is_anonymous=False)

    assert (told.status_code, told.headers["retry-after"]) == (429, "90")
    seen = parse_ratelimit_headers(told.headers)
    assert seen is not None
    assert (seen.remaining, seen.reset_in_seconds, seen.limit, seen.window_seconds) == (0, 90, 10, 600)
    assert "ratelimit-policy" not in plain.headers


def test_text_that_is_no_utf_8_is_answered_all_the_same() -> None:
    """JSON may hold lone surrogates, and an error repeats what was given."""
    response = respond(errors.InvalidCard(["given: \ud800"]), is_anonymous=False)

    assert json.loads(bytes(response.body)) == {"error": "given: ?", "errors": [{"message": "given: ?"}]}


@pytest.mark.parametrize("text", ["٣", "²", "-1", "x", "9" * 10])
def test_a_number_in_a_query_is_plain_digits(text: str) -> None:
    with pytest.raises(errors.BadRequest, match="positive whole number"):
        read_query(RepoType.MODEL, QueryParams({"limit": text}))


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "x", True, None, 1, "9" * 5000]
)
def test_a_cursor_of_no_time_of_this_world_is_refused(value: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(["created_at", value, "repo"]).encode()).decode()

    with pytest.raises(errors.BadRequest, match="cursor"):
        read_query(RepoType.MODEL, QueryParams({"sort": "createdAt", "cursor": cursor}))
