"""Xorbs in the database: their chunks, and the large files in which these are found."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, exists, func, insert, select

from spaceport.adapters.rows import Rows
from spaceport.adapters.xorb_tables import sent_xorbs, xorb_spans, xorbs
from spaceport.domain.xorb import XorbSpan


class SqlXorbs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._spans = Rows(connection, xorb_spans, XorbSpan)

    def chunks(self, xorb_id: str) -> bytes | None:
        found: bytes | None = self._connection.execute(select(xorbs.c.chunks).where(xorbs.c.id == xorb_id)).scalar()
        return found

    def spans(self, xorb_id: str) -> list[XorbSpan]:
        return self._spans.many(xorb_spans.c.xorb_id == xorb_id, order_by=xorb_spans.c.chunk_start)

    def add(self, xorb_id: str, chunks: bytes) -> None:
        if not self._connection.execute(select(exists().where(xorbs.c.id == xorb_id))).scalar():
            self._connection.execute(insert(xorbs).values(id=xorb_id, chunks=chunks, created_at=datetime.now(UTC)))

    def add_spans(self, blob_id: str, spans: Iterable[XorbSpan]) -> None:
        known = self._spans.many(xorb_spans.c.blob_id == blob_id)
        # Chunks that are in a file several times are read from the first place.
        fresh = {_key(span): span for span in reversed(list(spans))}
        for span in known:
            fresh.pop(_key(span), None)
        if fresh:
            self._connection.execute(insert(xorb_spans), [vars(span) for span in fresh.values()])

    def note_sent(self, xorb_id: str, sender_id: str, size_bytes: int) -> None:
        is_it = (sent_xorbs.c.xorb_id == xorb_id) & (sent_xorbs.c.sender_id == sender_id)
        values = {"xorb_id": xorb_id, "sender_id": sender_id, "size_bytes": size_bytes, "created_at": datetime.now(UTC)}
        self._connection.execute(delete(sent_xorbs).where(is_it))
        self._connection.execute(insert(sent_xorbs).values(values))

    def bytes_sent_by(self, sender_id: str) -> int:
        statement = select(func.coalesce(func.sum(sent_xorbs.c.size_bytes), 0))
        return int(self._connection.execute(statement.where(sent_xorbs.c.sender_id == sender_id)).scalar_one())

    def forget_sent(self, xorb_id: str) -> None:
        self._connection.execute(delete(sent_xorbs).where(sent_xorbs.c.xorb_id == xorb_id))

    def forget_sent_before(self, oldest: datetime) -> None:
        self._connection.execute(delete(sent_xorbs).where(sent_xorbs.c.created_at < oldest))

    def forget_lost(self) -> int:
        is_found = exists().where(xorb_spans.c.xorb_id == xorbs.c.id)
        return self._connection.execute(delete(xorbs).where(~is_found)).rowcount


def _key(span: XorbSpan) -> tuple[str, int, int]:
    return span.xorb_id, span.chunk_start, span.chunk_end
