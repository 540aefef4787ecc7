"""What calls of Gradio's queue are counted under."""

import json

import pytest

from spaceport.gateway.queued_call import QueuedCall
from spaceport.gateway.visits import Visits
from spaceport.gateway.wire import RequestHead, read_request

BODY = json.dumps({"data": ['say "fn_index": 9, twice'], "fn_index": 12, "session_hash": "x"}).encode()


def head(path: bytes = b"/gradio_api/queue/join", method: bytes = b"POST") -> RequestHead:
    return read_request(method, path, "1.1", True, [(b"Host", b"a.localhost"), (b"Content-Length", b"9")])


@pytest.mark.parametrize("size", [1, 7, 30, 1000])
def test_a_function_is_read_from_the_body_in_whatever_pieces_it_comes(size: int) -> None:
    call = QueuedCall(head())
    for start in range(0, len(BODY), size):
        call.body(BODY[start : start + size])

    assert call.function == 12


@pytest.mark.parametrize("body", [b"", b"[]", b'{"fn_index": "x"}', b'{"fn_index": 123456}', b" " * 70_000 + BODY])
def test_what_is_not_said_soon_is_not_known(body: bytes) -> None:
    call = QueuedCall(head())
    call.body(body)

    assert call.function is None


def test_bodies_of_other_requests_are_not_read() -> None:
    call = QueuedCall(head(b"/upload"))
    call.body(BODY)

    assert call.function is None


def test_functions_are_counted_apart() -> None:
    visits = Visits(lambda: 0.0)
    for function in (2, 2, None):
        visits.answered("space", head(), 0.1, False, function)
    numbers = visits.take().numbers

    assert numbers["space|1970-01-01|queue fn 2|calls"] == 2
    assert numbers["space|1970-01-01|queue|calls"] == 1
