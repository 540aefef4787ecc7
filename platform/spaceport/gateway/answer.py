"""Answers that the gateway gives by itself, and how they look on the wire."""

from dataclasses import dataclass, field
from email.utils import formatdate

from spaceport.gateway.dressing import PLAIN, Dressing
from spaceport.gateway.headers import connection_header
from spaceport.gateway.wire import Header, RequestHead, response_bytes

NEVER_CACHED: tuple[Header, ...] = ((b"Cache-Control", b"no-store"),)


@dataclass(frozen=True)
class Answer:
    """A whole answer. ``headers`` are besides Date, Content-Type, Content-Length and Connection."""

    status: int
    body: bytes
    content_type: bytes
    headers: list[Header] = field(default_factory=list)


def head_bytes(
    request: RequestHead | None, status: int, length: int | None, headers: list[Header], keep_alive: bool
) -> bytes:
    """The head of an answer of our own; ``length`` is that of the body, None where there is none to speak of."""
    framing = [] if length is None else [(b"Content-Length", b"%d" % length)]
    date = (b"Date", formatdate(usegmt=True).encode())
    return response_bytes(
        status,
        b"",
        [date, *headers, *framing, *connection_header(request is not None and request.is_http10, keep_alive)],
    )


def answer_bytes(request: RequestHead | None, answer: Answer, keep_alive: bool, dressing: Dressing = PLAIN) -> bytes:
    """The answer as sent; without its body when the request was HEAD."""
    headers = dressing.on([(b"Content-Type", answer.content_type), *answer.headers])
    head = head_bytes(request, answer.status, len(answer.body), headers, keep_alive)
    return head if request is not None and request.method == b"HEAD" else head + answer.body
