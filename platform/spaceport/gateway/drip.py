"""Answers that begin before there is anything to say, for a client that gives up on silence."""

from dataclasses import replace
from typing import TYPE_CHECKING

from spaceport.domain.route import Route, Upstream
from spaceport.gateway.answer import NEVER_CACHED, head_bytes
from spaceport.gateway.context import GatewayContext
from spaceport.gateway.dressing import Dressing
from spaceport.gateway.exchange import Exchange
from spaceport.gateway.headers import ResponsePlan
from spaceport.gateway.pages import Message
from spaceport.gateway.wire import LAST_CHUNK, Framing, RequestHead, ResponseHead, chunk

if TYPE_CHECKING:
    from spaceport.gateway.visitor import Visitor

#: What gradio_client asks with five seconds of patience and answers with JSON, before and after Gradio 5.
_JSON_PATHS = frozenset(
    {
        b"/config",
        b"/info",
        b"/queue/join",
        b"/upload",
        b"/gradio_api/info",
        b"/gradio_api/queue/join",
        b"/gradio_api/upload",
    }
)


def needs_signs_of_life(head: RequestHead) -> bool:
    """
    Whether this is gradio_client's, which waits five seconds for each read but for ever altogether.

    Source: hub-api.md section 10.6.
    """
    agent = head.headers.first(b"user-agent") or b""
    return b"gradio_client/" in agent and head.path in _JSON_PATHS and head.method in (b"GET", b"POST")


class Drip:
    """
    A JSON answer with status 200 that consists of blanks until the real one is there.

    A failure can only be told by something that is not JSON: the message itself, in plain words.
    """

    def __init__(self, visitor: "Visitor", head: RequestHead, dressing: Dressing) -> None:
        self.head = head
        self.framing = Framing.UNTIL_CLOSE if head.is_http10 else Framing.CHUNKED
        self.keep_alive = head.keep_alive and not head.is_http10 and not visitor.must_close()
        self._visitor = visitor
        headers = [(b"Content-Type", b"application/json"), *NEVER_CACHED]
        if self.framing is Framing.CHUNKED:
            headers.append((b"Transfer-Encoding", b"chunked"))
        visitor.write(head_bytes(head, 200, None, dressing.on(headers), self.keep_alive))
        self.blank()

    def blank(self) -> None:
        """One more sign of life."""
        self._write(b" ")

    def fail(self, message: Message) -> None:
        """Say why there will be no JSON, and finish."""
        reason = f" ({message.reason})" if message.reason else ""
        self._write(f"{message.heading}: {message.sentence}{reason}\n".encode())
        if self.framing is Framing.CHUNKED:
            self._visitor.write(LAST_CHUNK)
        self._visitor.finish(self.keep_alive)

    def _write(self, data: bytes) -> None:
        self._visitor.write(chunk(data) if self.framing is Framing.CHUNKED else data)


class DrippedExchange(Exchange):
    """An exchange whose answer has begun: only the body of a good answer can still be passed on."""

    def __init__(
        self, context: GatewayContext, visitor: "Visitor", route: Route, upstream: Upstream, drip: Drip
    ) -> None:
        super().__init__(context, visitor, _without_encodings(drip.head), route, upstream)
        self._drip = drip

    def started(self, head: ResponseHead) -> None:
        if head.status == 200:
            self._visitor.started_answer()
            self._plan = ResponsePlan(b"", self._drip.framing, self._drip.keep_alive)
        else:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.abort()
            self._give_up(f"it answered with status {head.status}")

    def _tell(self, message: Message) -> None:
        self._drip.fail(message)


def _without_encodings(head: RequestHead) -> RequestHead:
    """The head of the answer is out and promised no compression."""
    headers = [header for header in head.headers.all if header[0].lower() != b"accept-encoding"]
    return replace(head, headers=replace(head.headers, all=(*headers, (b"Accept-Encoding", b"identity"))))
