"""One visitor's connection."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from spaceport.gateway.answer import Answer, answer_bytes
from spaceport.gateway.context import GatewayContext
from spaceport.gateway.dressing import PLAIN, Dressing
from spaceport.gateway.headers import Peer
from spaceport.gateway.pages import refusal_answer
from spaceport.gateway.request_reader import RequestReader
from spaceport.gateway.roles import Responder
from spaceport.gateway.wire import Refusal, RequestHead

#: Requests that may wait behind the one being answered; more in one go is not a client but an attack.
_MAX_WAITING = 32
#: What a visitor still sends after an answer that closes the connection is read for this long, because closing on
#: unread bytes resets the connection and takes the answer with it.
_LINGER_SECONDS = 2.0
#: How long the last bytes of an answer may take to leave.
_FLUSH_SECONDS = 30.0
#: How long one half of a tunnel may outlive the other.
_HALF_OPEN_SECONDS = 30.0
_WRITE_BUFFER_BYTES = 256 * 1024

Respond = Callable[[GatewayContext, "Visitor", RequestHead], None]


@dataclass(slots=True, eq=False)
class _Incoming:
    """
    A request as it arrives; ``body`` holds what came before its turn.

    ``entered_at`` is when it passed the door of a private Space, in seconds since the epoch.
    """

    head: RequestHead
    is_complete: bool = False
    body: list[bytes] = field(default_factory=list)
    entered_at: float = math.inf


class Visitor(asyncio.Protocol):
    """
    Answers the requests of one connection in order, and holds its deadlines.

    ``respond`` either answers a request or sets a responder, which writes here and ends with ``finish``, ``answer`` or
    ``cut``. Reading stops while requests wait behind the current one and while the responder asks for it.
    """

    def __init__(self, context: GatewayContext, respond: Respond) -> None:
        self.peer = Peer(b"unknown")
        self.is_writable = True
        self._context = context
        self._respond = respond
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._reader = RequestReader(self, context.settings.max_header_bytes)
        self._waiting: deque[_Incoming] = deque()
        self._serving: _Incoming | None = None
        self._arriving: _Incoming | None = None
        self._responder: Responder | None = None
        self._refusal: Refusal | None = None
        #: After an upgrade was asked for: what came behind it, and later the tunnel.
        self._early: list[bytes] | None = None
        self._is_tunnel = False
        self._has_written = False
        self._is_held = False
        self._is_reading = True
        self._is_closing = False
        self._deadline = math.inf
        self._patience_seconds = 0.0
        self._was_touched = False

    # Called by responders.

    def set_responder(self, responder: Responder) -> None:
        self._responder = responder

    def write(self, data: bytes) -> None:
        self._has_written = True
        if not self._transport.is_closing():
            self._transport.write(data)

    def write_eof(self) -> None:
        if not self._transport.is_closing():
            self._transport.write_eof()

    def touch(self) -> None:
        """Something moved: the silence that ends an exchange begins anew."""
        self._was_touched = True

    def set_held(self, is_held: bool) -> None:
        """Stop or go on taking in what the visitor sends."""
        self._is_held = is_held
        self._choose_patience()
        self._update_reading()

    def note_entry(self, entered_at: float) -> None:
        """The request being answered passed the door of a private Space."""
        if self._serving is not None:
            self._serving.entered_at = entered_at

    def must_close(self) -> bool:
        """Whether the answer being given is the connection's last."""
        return self._is_closing or self._context.is_stopping

    def started_answer(self) -> None:
        """The answer's head is going out: from now on silence may be long."""
        if self._patience_seconds != self._context.settings.stream_idle_seconds:
            self._be_patient(self._context.settings.stream_idle_seconds)

    def answer(self, answer: Answer, dressing: Dressing = PLAIN) -> None:
        """Give a whole answer and finish; ``dressing`` is that of the Space in whose name it is given."""
        head = self._serving.head if self._serving else None
        keep_alive = head is not None and head.keep_alive and head.headers.upgrade is None and self._is_request_whole()
        keep_alive = keep_alive and not self.must_close()
        self.write(answer_bytes(head, answer, keep_alive, dressing))
        self.finish(keep_alive)

    def finish(self, keep_alive: bool) -> None:
        """The answer is written; go on with the next request, or close."""
        is_whole = self._is_request_whole()
        self._serving, self._responder, self._is_held = None, None, False
        if not keep_alive or not is_whole or self.must_close():
            self._close(lingers=not is_whole)
        elif self._waiting:
            self._serve(self._waiting.popleft(), self._respond)
        elif self._refusal is not None:
            self._refuse(self._refusal)
        else:
            settings = self._context.settings
            self._wait(settings.header_timeout_seconds if self._reader.is_in_head else settings.keep_alive_seconds)
        self._update_reading()

    def cut(self) -> None:
        """End before the answer is whole: the visitor can tell by its length or its missing last chunk."""
        self._serving, self._responder = None, None
        self._close(lingers=False)

    def switch(self, tunnel: Responder) -> None:
        """From now on bytes go to the tunnel unread."""
        self._responder, self._is_tunnel = tunnel, True
        self._be_patient(self._context.settings.stream_idle_seconds)
        early, self._early = self._early or [], None
        for data in early:
            tunnel.body(data)
        self.set_held(False)

    def serve_again(self, body: list[bytes], respond: Respond) -> None:
        """What the request waited for may be there: decide anew, with the body that was kept meanwhile."""
        if self._serving is None:
            return
        self._responder, self._is_held = None, False
        self._serving.body = body
        self._serve(self._serving, respond)
        self._update_reading()

    def expect_end(self) -> None:
        """One direction of the tunnel is done; the other gets a while."""
        self._wait(_HALF_OPEN_SECONDS)

    # Called by the gateway.

    def stop_if_idle(self) -> None:
        """The gateway is stopping: close, unless an answer is under way, which will be the last one then."""
        if self._responder is None:
            self._close(lingers=False)

    def abort(self) -> None:
        """Close now. Whatever is under way learns that the visitor is gone."""
        self._transport.abort()

    def check_welcome(self, is_welcome: Callable[[RequestHead, float], bool]) -> None:
        """Close if the one whose request is under way may not be here any more."""
        serving = self._serving
        if serving is not None and self._responder is not None and not is_welcome(serving.head, serving.entered_at):
            self.abort()

    def check_deadline(self, now: float) -> None:
        """Called about once a second."""
        if self._was_touched:
            self._was_touched = False
            if self._patience_seconds:
                self._deadline = now + self._patience_seconds
        if now < self._deadline:
            return
        if self._is_closing or self._responder is not None:
            self.abort()
        elif self._reader.is_in_head:
            self._refuse(Refusal(408, "the request took too long to arrive"))
        else:
            self._close(lingers=False)

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES)
        peer = transport.get_extra_info("peername")
        if peer:
            self.peer = self._context.peer_of(peer[0])
        self._wait(self._context.settings.header_timeout_seconds)
        self._context.visitors.add(self)
        limit = self._context.settings.max_connections
        if len(self._context.visitors) > 2 * limit:
            self.abort()
        elif len(self._context.visitors) > limit:
            self._refuse(Refusal(503, "too many connections: try again in a moment"))

    def data_received(self, data: bytes) -> None:
        if self._is_tunnel:
            if self._responder is not None:
                self._responder.body(data)
        elif self._early is not None:
            self._early.append(data)
            self._update_reading()
        elif not self._is_closing and self._refusal is None:
            try:
                self._early_after(self._reader.feed(data))
            except Refusal as refusal:
                self._refuse(refusal)

    def eof_received(self) -> bool:
        return self._responder.visitor_eof() if self._responder is not None else False

    def connection_lost(self, error: Exception | None) -> None:
        self._context.forget(self)
        self._is_closing = True
        responder, self._responder, self._serving = self._responder, None, None
        self._waiting.clear()
        if responder is not None:
            responder.visitor_lost()

    def pause_writing(self) -> None:
        self.is_writable = False
        if self._responder is not None:
            self._responder.visitor_writable(False)

    def resume_writing(self) -> None:
        self.is_writable = True
        if self._responder is not None:
            self._responder.visitor_writable(True)

    # Called by the reader.

    def head_started(self) -> None:
        self._arriving = None
        if self._serving is None:
            self._wait(self._context.settings.header_timeout_seconds)
        if len(self._waiting) >= _MAX_WAITING:
            raise Refusal(429, "too many requests at once on one connection")

    def request_arrived(self, head: RequestHead) -> None:
        if self._is_closing:
            return
        self._arriving = _Incoming(head)
        if self._serving is None and not self._waiting:
            self._serve(self._arriving, self._respond)
        else:
            self._waiting.append(self._arriving)
            self._update_reading()

    def request_body(self, data: bytes) -> None:
        if self._arriving is None:
            return
        if self._arriving is not self._serving:
            if self._arriving in self._waiting:
                self._arriving.body.append(data)
        elif self._responder is not None:
            self._responder.body(data)

    def request_done(self) -> None:
        if self._arriving is None:
            return
        self._arriving.is_complete = True
        if self._arriving is self._serving and self._responder is not None and self._arriving.head.has_body:
            self._choose_patience()
            self._responder.body_done()

    # Private.

    def _serve(self, incoming: _Incoming, respond: Respond) -> None:
        self._serving = incoming
        self._has_written = False
        self._choose_patience()
        respond(self._context, self, incoming.head)
        if self._serving is not incoming or self._responder is None:
            return
        early, incoming.body = incoming.body, []
        for data in early:
            self._responder.body(data)
        if incoming.is_complete and incoming.head.has_body:
            self._responder.body_done()

    def _early_after(self, rest: bytes | None) -> None:
        if rest is not None:
            self._early = [rest] if rest else []
            self._update_reading()

    def _refuse(self, refusal: Refusal) -> None:
        """Say no and close. What came before in good order is answered first."""
        self._refusal = refusal
        if self._serving is not None and self._is_request_whole():
            return
        is_in_answer = self._serving is not None and self._has_written
        responder, self._responder, self._serving = self._responder, None, None
        if responder is not None:
            # The request that is under way turned out to be broken itself.
            responder.visitor_lost()
        if not is_in_answer:
            self.write(answer_bytes(None, refusal_answer(refusal.status, refusal.message), keep_alive=False))
        self._close(lingers=True)

    def _close(self, lingers: bool) -> None:
        if self._transport.is_closing():
            return
        self._is_closing = True
        if lingers:
            self.write_eof()
            self._wait(_LINGER_SECONDS)
            self._update_reading()
        else:
            self._wait(_FLUSH_SECONDS)
            self._transport.close()

    def _is_request_whole(self) -> bool:
        serving = self._serving
        return serving is None or serving.is_complete or not serving.head.has_body

    def _choose_patience(self) -> None:
        """An upload that stands still is cut sooner than an answer that takes its time."""
        settings = self._context.settings
        is_uploading = not self._is_request_whole() and not self._is_held
        self._be_patient(settings.body_idle_seconds if is_uploading else settings.stream_idle_seconds)

    def _be_patient(self, seconds: float) -> None:
        """The deadline moves on with every sign of life."""
        self._patience_seconds = seconds
        self._deadline = self._context.loop.time() + seconds

    def _wait(self, seconds: float) -> None:
        """The deadline stands, whatever moves."""
        self._patience_seconds = 0.0
        self._deadline = self._context.loop.time() + seconds

    def _update_reading(self) -> None:
        wants = self._is_closing or not (self._waiting or self._is_held or self._early)
        if wants is self._is_reading or self._transport.is_closing():
            return
        self._is_reading = wants
        if wants:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
