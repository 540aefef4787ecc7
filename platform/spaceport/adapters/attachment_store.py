"""Attachments in the database."""

from sqlalchemy import Connection, delete, func, select

from spaceport.adapters.community_tables import attachments
from spaceport.adapters.rows import Rows
from spaceport.domain.attachment import Attachment


class SqlAttachments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, attachments, Attachment)
        self.add = self._rows.add

    def get(self, attachment_id: str) -> Attachment | None:
        return self._rows.one(attachments.c.id == attachment_id)

    def remove(self, attachment_id: str) -> None:
        self._connection.execute(delete(attachments).where(attachments.c.id == attachment_id))

    def bytes_of(self, author_id: str) -> int:
        statement = select(func.coalesce(func.sum(attachments.c.size_bytes), 0))
        return int(self._connection.execute(statement.where(attachments.c.author_id == author_id)).scalar_one())
