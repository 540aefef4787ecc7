"""Who talks to whom inside one exchange: the visitor's side, the instance's side, and what stands between them."""

from typing import Protocol

from spaceport.gateway.wire import ResponseHead


class Responder(Protocol):
    """Answers one request of a visitor; called by the visitor's connection."""

    def body(self, data: bytes) -> None:
        """More of the request's body. Never empty."""

    def body_done(self) -> None:
        """The request's body is complete."""

    def visitor_writable(self, is_writable: bool) -> None:
        """The visitor stopped or went on taking data: writes after a stop are only kept in memory."""

    def visitor_eof(self) -> bool:
        """The visitor will send nothing more. Answers whether the connection stays open for the other direction."""

    def visitor_lost(self) -> None:
        """The visitor is gone; nothing may be written any more."""


class Receiver(Protocol):
    """Receives one answer of an instance; called by the connection to the instance."""

    def informed(self, head: ResponseHead) -> None:
        """A 1xx came, which is not the answer yet."""

    def started(self, head: ResponseHead) -> None:
        """The head of the answer is here."""

    def received(self, data: bytes) -> None:
        """More of the answer's body. Never empty."""

    def flush(self) -> None:
        """All that has arrived was told: what was kept back must go out now. Not called after ``finished``."""

    def finished(self, is_reusable: bool) -> None:
        """The answer is complete; ``is_reusable``: the connection may serve another request."""

    def switched(self, head: ResponseHead, rest: bytes) -> None:
        """101: from here on bytes mean something else; ``rest`` are the first of them."""

    def upstream_writable(self, is_writable: bool) -> None:
        """The instance stopped or went on taking data."""

    def upstream_eof(self) -> bool:
        """The instance will send nothing more (after ``switched`` only). Answers whether to stay open."""

    def upstream_lost(self, reason: str) -> None:
        """The connection ended before the answer did."""
