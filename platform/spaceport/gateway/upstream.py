"""One connection to an instance."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, cast

import httptools

from spaceport.gateway.roles import Receiver
from spaceport.gateway.wire import Framing, Header, Refusal, ResponseHead, read_response

if TYPE_CHECKING:
    from spaceport.gateway.pool import UpstreamPool

#: Longest head of an answer, in bytes.
_MAX_HEAD_BYTES = 256 * 1024
#: How long the last bytes may take to leave for an instance that does not read.
_FLUSH_SECONDS = 30.0


@dataclass(slots=True)
class _Answer:
    """What is known of the answer that is coming in."""

    is_head: bool
    status: bytes = b""
    headers: list[Header] = field(default_factory=list)
    head: ResponseHead | None = None
    switching: ResponseHead | None = None
    broken: str = ""
    is_complete: bool = False
    is_reusable: bool = True
    needs_new_parser: bool = False


class UpstreamConnection(asyncio.Protocol):
    """
    Sends one request after another and parses the answers; between two of them it waits in the pool.

    What the parser sees is only noted while it runs, and acted upon when it is done with the bytes at hand: the next
    request must never start in the middle of the last answer's bytes.
    """

    def __init__(self, pool: "UpstreamPool", address: tuple[str, int]) -> None:
        self.address = address
        self.idle_since = 0.0
        self.has_answered = False
        self._pool = pool
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._receiver: Receiver | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._is_raw = False
        self._answer = _Answer(is_head=False)
        self._silent_bytes = 0
        self._is_heard = False

    # Called by the exchange and the pool.

    def start(self, receiver: Receiver, head: bytes, is_head: bool) -> None:
        """Send a request head (``is_head``: its method is HEAD) and pass the answer to ``receiver``."""
        self._receiver = receiver
        self.has_answered = False
        self._answer = _Answer(is_head)
        self._silent_bytes = 0
        self._transport.write(head)

    def hand_over(self, receiver: Receiver) -> None:
        """Pass everything that still comes to somebody else."""
        self._receiver = receiver

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def write_eof(self) -> None:
        if not self._transport.is_closing():
            self._transport.write_eof()

    def set_reading(self, is_reading: bool) -> None:
        if self._transport.is_closing():
            return
        if is_reading:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def close(self) -> None:
        """Close after what was written is sent; nobody is told."""
        self._receiver = None
        if self._transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._transport.abort)
        self._transport.close()

    def abort(self) -> None:
        """Close now; nobody is told."""
        self._receiver = None
        self._transport.abort()

    def is_usable(self) -> bool:
        return not self._transport.is_closing()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        receiver = self._receiver
        if receiver is None:
            # Nothing was asked for: a goodbye such as 408, or a broken app.
            self._pool.discard(self)
            self._transport.abort()
            return
        self.has_answered = True
        if self._is_raw:
            receiver.received(data)
            return
        self._is_heard = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._switch(receiver, data[upgrade.args[0] :])
            return
        except httptools.HttpParserError as error:
            if not self._answer.is_complete:
                self._fail(f"it sent something that is not HTTP ({self._answer.broken or error})")
                return
            self._answer.is_reusable = False
        if self._answer.is_complete:
            self._finish()
            return
        receiver.flush()
        # A head or trailer without an end reaches no callback that matters and grows in memory.
        self._silent_bytes = 0 if self._is_heard else self._silent_bytes + len(data)
        if self._silent_bytes > _MAX_HEAD_BYTES:
            self._fail("its headers are too long")

    def eof_received(self) -> bool:
        receiver = self._receiver
        if receiver is not None and self._is_raw:
            return receiver.upstream_eof()
        if receiver is not None and self._answer.head is not None and self._answer.head.framing is Framing.UNTIL_CLOSE:
            self._answer.is_reusable = False
            self._finish()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._pool.discard(self)
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.upstream_lost("it closed the connection before its answer was complete")

    def pause_writing(self) -> None:
        if self._receiver is not None:
            self._receiver.upstream_writable(False)

    def resume_writing(self) -> None:
        if self._receiver is not None:
            self._receiver.upstream_writable(True)

    # Called by the parser.

    def on_message_begin(self) -> None:
        if self._answer.is_complete:
            self._answer.is_reusable = False
        self._answer.status = b""
        self._answer.headers = []

    def on_status(self, status: bytes) -> None:
        self._answer.status += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._answer.head is not None:
            return
        status = self._parser.get_status_code()
        try:
            head = read_response(status, self._answer.status, tuple(self._answer.headers), self._answer.is_head)
        except Refusal as refusal:
            self._refuse(refusal.message)
        if status < 200:
            self._answer.switching = head if status == 101 else None
            if status != 101 and self._receiver is not None:
                self._receiver.informed(head)
            return
        self._answer.head = head
        if self._receiver is not None:
            self._receiver.started(head)
        if head.framing is Framing.NONE:
            # llhttp does not know that this answers a HEAD, and would take the next answer for the body.
            self._answer.is_complete = True
            self._answer.is_reusable = self._answer.is_reusable and self._parser.should_keep_alive()
            self._answer.needs_new_parser = self._answer.is_head

    def on_body(self, data: bytes) -> None:
        if self._answer.is_complete:
            self._answer.is_reusable = False
        elif self._receiver is not None:
            self._is_heard = True
            self._receiver.received(data)

    def on_message_complete(self) -> None:
        if self._answer.head is None or self._answer.is_complete:
            return
        self._answer.is_complete = True
        self._answer.is_reusable = self._answer.is_reusable and self._parser.should_keep_alive()

    # Private.

    def _finish(self) -> None:
        receiver, self._receiver = self._receiver, None
        if self._answer.needs_new_parser:
            self._parser = httptools.HttpResponseParser(self)
        if receiver is not None:
            receiver.finished(self._answer.is_reusable and not self._transport.is_closing())

    def _switch(self, receiver: Receiver, rest: bytes) -> None:
        if self._answer.switching is None:
            self._fail("it switched protocols without saying so")
            return
        self._is_raw = True
        receiver.switched(self._answer.switching, rest)

    def _fail(self, reason: str) -> None:
        receiver, self._receiver = self._receiver, None
        self._transport.abort()
        if receiver is not None:
            receiver.upstream_lost(reason)

    def _refuse(self, reason: str) -> NoReturn:
        self._answer.broken = reason
        raise ValueError(reason)
