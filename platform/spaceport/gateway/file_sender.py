"""Sends a file to a visitor, a piece at a time."""

import os
from typing import TYPE_CHECKING

from spaceport.gateway.answer import head_bytes
from spaceport.gateway.dressing import Dressing
from spaceport.gateway.static_files import FilePlan
from spaceport.gateway.wire import RequestHead

if TYPE_CHECKING:
    from spaceport.gateway.visitor import Visitor

_PIECE_BYTES = 256 * 1024


class FileSender:
    """
    A responder that reads as fast as the visitor takes.

    Reading is synchronous: a piece from the page cache takes less time than handing it to a thread. Owns ``file``.
    """

    def __init__(self, visitor: "Visitor", head: RequestHead, file: int, plan: FilePlan, dressing: Dressing) -> None:
        self._visitor = visitor
        self._file = file
        self._offset = plan.offset
        self._left = 0 if head.method == b"HEAD" else plan.length
        self._keep_alive = head.keep_alive and not visitor.must_close()
        length = None if plan.status == 304 else len(plan.lead) + plan.length
        lead = b"" if head.method == b"HEAD" else plan.lead
        start = head_bytes(head, plan.status, length, dressing.on(plan.headers), self._keep_alive)
        visitor.write(start + lead)

    def send(self) -> None:
        """Send until the visitor cannot take more; the rest follows when it can."""
        while self._left and self._visitor.is_writable:
            try:
                piece = os.pread(self._file, min(_PIECE_BYTES, self._left), self._offset)
            except OSError:
                piece = b""
            if not piece:
                # Cut short under our hands: a broken length tells the visitor, an end would be a lie.
                self._close()
                self._visitor.cut()
                return
            self._visitor.touch()
            self._offset += len(piece)
            self._left -= len(piece)
            self._visitor.write(piece)
        if not self._left and self._file >= 0:
            self._close()
            self._visitor.finish(self._keep_alive)

    def body(self, data: bytes) -> None:
        """Files have no use for a body."""

    def body_done(self) -> None:
        """Nor for its end."""

    def visitor_writable(self, is_writable: bool) -> None:
        if is_writable:
            self.send()

    def visitor_eof(self) -> bool:
        return False

    def visitor_lost(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
