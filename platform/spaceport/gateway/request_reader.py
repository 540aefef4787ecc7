"""Turns a visitor's bytes into requests: httptools (llhttp) with limits and with the checks it leaves to us."""

from typing import NoReturn, Protocol

import httptools

from spaceport.gateway.wire import Header, Refusal, RequestHead, header_lines, lower, read_request, request_bytes


class RequestListener(Protocol):
    """Told about requests in the order of their bytes."""

    def head_started(self) -> None:
        """The first byte of a head is here."""

    def request_arrived(self, head: RequestHead) -> None:
        """A head is complete and in order."""

    def request_body(self, data: bytes) -> None:
        """More of the body of the last request. Never empty."""

    def request_done(self) -> None:
        """The last request is complete."""


class RequestReader:
    """
    Parses the requests of one connection, trailers dropped.

    ``is_in_head`` is true from the first byte of a head to its last. After an error the reader is useless.
    """

    def __init__(self, listener: RequestListener, max_head_bytes: int) -> None:
        self.is_in_head = False
        self._listener = listener
        self._max_head_bytes = max_head_bytes
        self._parser = httptools.HttpRequestParser(self)
        self._refusal: Refusal | None = None
        self._ignored: RequestHead | None = None
        self._silent_bytes = 0
        self._is_heard = False
        self._url = b""
        self._headers: list[Header] = []

    def feed(self, data: bytes) -> bytes | None:
        """
        Take in bytes. Answers None, or after an upgrade what came behind the head: feed no more then.

        Raises: Refusal.
        """
        self._is_heard = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            return rest if self._ignored is None else self._feed_as_plain(self._ignored, rest)
        except httptools.HttpParserError as error:
            raise self._refusal or Refusal(400, f"the request is malformed: {error}") from None
        # A head, trailer or chunk extension without an end reaches no callback and grows inside the parser.
        self._silent_bytes = 0 if self._is_heard else self._silent_bytes + len(data)
        if self._silent_bytes > self._max_head_bytes:
            raise Refusal(431, "the request's headers are too long")
        return None

    # Called by the parser.

    def on_message_begin(self) -> None:
        self.is_in_head = True
        self._is_heard = True
        self._url = b""
        self._headers = []
        try:
            self._listener.head_started()
        except Refusal as refusal:
            self._stop(refusal)

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers end up here too and are dropped with the list.
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        parser = self._parser
        self.is_in_head = False
        self._is_heard = True
        headers, self._headers = self._headers, []
        try:
            head = read_request(
                parser.get_method(), self._url, parser.get_http_version(), parser.should_keep_alive(), headers
            )
            if head.headers.size_bytes + len(head.target) > self._max_head_bytes:
                raise Refusal(431, "the request's headers are too long")
            if head.headers.upgrade == b"h2c" or (head.headers.upgrade and head.has_body):
                self._ignored = head
            else:
                self._listener.request_arrived(head)
        except Refusal as refusal:
            self._stop(refusal)

    def on_body(self, data: bytes) -> None:
        self._is_heard = True
        self._listener.request_body(data)

    def on_message_complete(self) -> None:
        self._is_heard = True
        if self._ignored is None:
            self._listener.request_done()

    # Private.

    def _feed_as_plain(self, head: RequestHead, rest: bytes) -> bytes | None:
        """
        Read a request again as if it had not asked to switch.

        HTTP/2 without TLS is never spoken here (it would carry requests past every check), but Java's client asks for
        it on each first request and is content with HTTP/1.1. llhttp takes all that follows for the other protocol.
        """
        self._ignored = None
        self._parser = httptools.HttpRequestParser(self)
        dropped = (b"upgrade", b"connection", b"http2-settings")
        headers = [header for header in head.headers.all if lower(header[0]) not in dropped]
        return self.feed(request_bytes(head.method, self._url, header_lines(headers)) + rest)

    def _stop(self, refusal: Refusal) -> NoReturn:
        # httptools wraps what a callback raises; the refusal is kept aside to be raised whole.
        self._refusal = refusal
        raise refusal
