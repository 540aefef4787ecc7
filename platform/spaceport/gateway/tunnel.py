"""After an upgrade: bytes both ways, whatever they mean."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from spaceport.gateway.upstream import UpstreamConnection
from spaceport.gateway.wire import ResponseHead

if TYPE_CHECKING:
    from spaceport.gateway.visitor import Visitor


class Tunnel:
    """
    Joins a visitor and an instance that agreed on another protocol, WebSocket for example.

    Each side may finish on its own: an end is passed on, and the other direction stays open until it ends too.
    ``on_end`` is called once, when the tunnel is gone.
    """

    def __init__(self, visitor: "Visitor", upstream: UpstreamConnection, on_end: Callable[[], None]) -> None:
        self._visitor = visitor
        self._upstream = upstream
        self._on_end = on_end
        self._visitor_ended = False
        self._upstream_ended = False

    # From the visitor.

    def body(self, data: bytes) -> None:
        self._visitor.touch()
        self._upstream.write(data)

    def body_done(self) -> None:
        """A tunnel has no body that could be done."""

    def visitor_writable(self, is_writable: bool) -> None:
        self._upstream.set_reading(is_writable)

    def visitor_eof(self) -> bool:
        self._visitor_ended = True
        if self._upstream_ended:
            return False
        self._upstream.write_eof()
        self._visitor.expect_end()
        return True

    def visitor_lost(self) -> None:
        self._upstream.close()
        self._on_end()

    # From the instance.

    def received(self, data: bytes) -> None:
        self._visitor.touch()
        self._visitor.write(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def upstream_writable(self, is_writable: bool) -> None:
        self._visitor.set_held(not is_writable)

    def upstream_eof(self) -> bool:
        self._upstream_ended = True
        if self._visitor_ended:
            return False
        self._visitor.write_eof()
        self._visitor.expect_end()
        return True

    def upstream_lost(self, reason: str) -> None:
        self._on_end()
        self._visitor.cut()

    # An instance that switched protocols sends no answers any more.

    def informed(self, head: ResponseHead) -> None:
        raise AssertionError("no HTTP in a tunnel")

    started = informed

    def finished(self, is_reusable: bool) -> None:
        raise AssertionError("no HTTP in a tunnel")

    def switched(self, head: ResponseHead, rest: bytes) -> None:
        raise AssertionError("no HTTP in a tunnel")
