"""Large files in the database: which there are, and which repo may use which."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, select, union_all, update

from spaceport.adapters import tables
from spaceport.adapters.community_tables import attachments
from spaceport.adapters.hub_tables import blobs, repo_blobs
from spaceport.adapters.rows import Rows, in_slices
from spaceport.domain.blob import Blob, Grant, Shelf


class SqlBlobs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, blobs, Blob)
        self._grants = Rows(connection, repo_blobs, Grant)

    def get(self, sha256: str) -> Blob | None:
        return self._rows.one(blobs.c.id == sha256)

    def by_xet_hash(self, xet_hash: str) -> Blob | None:
        return self._rows.one(blobs.c.xet_hash == xet_hash)

    def add(self, blob: Blob) -> None:
        known = self.get(blob.id)
        if known is None:
            self._rows.add(blob)
        elif known.xet_hash is None and blob.xet_hash is not None:
            self._rows.update(blob.id, xet_hash=blob.xet_hash)

    def remove(self, sha256: str) -> None:
        self._connection.execute(delete(blobs).where(blobs.c.id == sha256))

    def begin_removal(self, sha256: str, at: datetime) -> None:
        self._rows.update(sha256, removing_at=at)

    def grant(self, repo_id: str, sha256: str, sender_id: str | None = None, xet_hash: str | None = None) -> None:
        if not self.renew(repo_id, sha256):
            values = {"repo_id": repo_id, "blob_id": sha256, "sender_id": sender_id, "created_at": datetime.now(UTC)}
            self._connection.execute(insert(repo_blobs).values(**values))
        if xet_hash is not None:
            is_it = (repo_blobs.c.repo_id == repo_id) & (repo_blobs.c.blob_id == sha256)
            self._connection.execute(update(repo_blobs).where(is_it).values(xet_hash=xet_hash))

    def renew(self, repo_id: str, sha256: str) -> bool:
        table = repo_blobs
        changes: dict[str, Any] = {"created_at": datetime.now(UTC), "unnamed_at": None}
        statement = update(table).where(table.c.repo_id == repo_id, table.c.blob_id == sha256).values(changes)
        return bool(self._connection.execute(statement).rowcount)

    def take_on(self, repo_id: str, sha256s: Collection[str]) -> None:
        table = repo_blobs
        for some in in_slices(sha256s):
            is_it = (table.c.repo_id == repo_id) & table.c.blob_id.in_(some)
            self._connection.execute(update(table).where(is_it).values(sender_id=None))

    def uncommitted_bytes_of(self, sender_id: str, owner_id: str | None = None) -> int:
        of_owner = [select(table.c.id).where(table.c.owner_id == owner_id) for table in (tables.repos, tables.spaces)]
        is_of_owner = [] if owner_id is None else [repo_blobs.c.repo_id.in_(union_all(*of_owner))]
        return self._bytes_where(repo_blobs.c.sender_id == sender_id, *is_of_owner)

    def not_taken_on(self, repo_id: str) -> dict[str, int]:
        statement = select(blobs.c.id, blobs.c.size_bytes).join(repo_blobs, repo_blobs.c.blob_id == blobs.c.id)
        statement = statement.where(repo_blobs.c.repo_id == repo_id, repo_blobs.c.sender_id.is_not(None))
        return {str(sha256): int(size_bytes) for sha256, size_bytes in self._connection.execute(statement)}

    def is_granted(self, repo_id: str, sha256: str) -> bool:
        return self._grants.one(repo_blobs.c.repo_id == repo_id, repo_blobs.c.blob_id == sha256) is not None

    def is_granted_to_any(self, sha256: str) -> bool:
        is_attached = select(attachments.c.id).where(attachments.c.blob_id == sha256).limit(1)
        is_granted = self._grants.one(repo_blobs.c.blob_id == sha256) is not None
        return is_granted or self._connection.execute(is_attached).first() is not None

    def granted_to(self, repo_id: str) -> frozenset[str]:
        statement = select(repo_blobs.c.blob_id).where(repo_blobs.c.repo_id == repo_id)
        return frozenset(str(blob_id) for blob_id in self._connection.execute(statement).scalars())

    def bytes_of(self, repo_id: str) -> int:
        return self._bytes_where(repo_blobs.c.repo_id == repo_id, repo_blobs.c.sender_id.is_(None))

    def granted_blobs(self, repo_id: str) -> dict[str, Blob]:
        statement = select(blobs).join(repo_blobs, repo_blobs.c.blob_id == blobs.c.id)
        statement = statement.where(repo_blobs.c.repo_id == repo_id)
        return {row.id: Blob(**row._asdict()) for row in self._connection.execute(statement)}

    def grants_to(self, repo_id: str, sha256s: Collection[str]) -> dict[str, Grant]:
        is_of_repo = repo_blobs.c.repo_id == repo_id
        found = (self._grants.many(is_of_repo, repo_blobs.c.blob_id.in_(some)) for some in in_slices(sha256s))
        return {grant.blob_id: grant for some in found for grant in some}

    def total_bytes(self, sha256s: Collection[str]) -> int:
        total = select(func.coalesce(func.sum(blobs.c.size_bytes), 0))
        found = (self._connection.execute(total.where(blobs.c.id.in_(some))) for some in in_slices(sha256s))
        return sum(int(each.scalar_one()) for each in found)

    def by_xet_name(self, repo_id: str, name: str) -> Blob | None:
        is_named = (repo_blobs.c.xet_hash == name) | (repo_blobs.c.blob_id == name)
        grant = self._grants.one(repo_blobs.c.repo_id == repo_id, is_named)
        return None if grant is None else self.get(grant.blob_id)

    def copy_grants(self, source_id: str, target_id: str) -> None:
        for grant in self.grants_of(source_id):
            if grant.sender_id is None:
                self.grant(target_id, grant.blob_id, xet_hash=grant.xet_hash)

    def old_grants(self, before: datetime) -> list[Grant]:
        return self._grants.many(repo_blobs.c.created_at < before, order_by=repo_blobs.c.repo_id)

    def grants_of(self, repo_id: str) -> list[Grant]:
        return self._grants.many(repo_blobs.c.repo_id == repo_id, order_by=repo_blobs.c.blob_id)

    def revoke_all(self, repo_id: str, sha256s: Collection[str]) -> None:
        table = repo_blobs
        self._connection.execute(delete(table).where(table.c.repo_id == repo_id, table.c.blob_id.in_(list(sha256s))))

    def note_unnamed(self, grant: Grant, at: datetime | None) -> None:
        self._connection.execute(update(repo_blobs).where(*_as_seen(grant)).values(unnamed_at=at))

    def revoke(self, grant: Grant) -> None:
        self._connection.execute(delete(repo_blobs).where(*_as_seen(grant)))

    def all_together(self) -> Shelf:
        return self._together(select(func.count(), func.coalesce(func.sum(blobs.c.size_bytes), 0)).select_from(blobs))

    def unnamed_together(self) -> Shelf:
        table = repo_blobs
        is_unnamed = exists().where(table.c.blob_id == blobs.c.id, table.c.unnamed_at.is_not(None))
        return self._together(select(func.count(), func.coalesce(func.sum(blobs.c.size_bytes), 0)).where(is_unnamed))

    def unused(self, before: datetime) -> list[Blob]:
        is_granted = exists().where(repo_blobs.c.blob_id == blobs.c.id)
        is_attached = exists().where(attachments.c.blob_id == blobs.c.id)
        return self._rows.many(blobs.c.created_at < before, ~is_granted, ~is_attached)

    def _bytes_where(self, *conditions: ColumnElement[bool]) -> int:
        total = select(func.coalesce(func.sum(blobs.c.size_bytes), 0))
        statement = total.join(repo_blobs, repo_blobs.c.blob_id == blobs.c.id).where(*conditions)
        return int(self._connection.execute(statement).scalar_one())

    def _together(self, statement: Select[Any]) -> Shelf:
        count, size_bytes = self._connection.execute(statement).one()
        return Shelf(int(count), int(size_bytes))


def _as_seen(grant: Grant) -> tuple[ColumnElement[bool], ...]:
    """Not where it was renewed since."""
    table = repo_blobs
    return (table.c.repo_id == grant.repo_id, table.c.blob_id == grant.blob_id, table.c.created_at == grant.created_at)
