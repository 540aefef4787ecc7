"""Collections and their items in the database."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, update

from spaceport.adapters.community_tables import collection_items, collections
from spaceport.adapters.rows import Rows
from spaceport.domain.collection import Collection, CollectionFilter, CollectionItem


class SqlCollections:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, collections, Collection)
        self._items = Rows(connection, collection_items, CollectionItem)
        self.add = self._rows.add
        self.update = self._rows.update
        self.by_ids = self._rows.by_ids
        self.add_item = self._items.add
        self.update_item = self._items.update

    def get(self, collection_id: str) -> Collection | None:
        return self._rows.one(collections.c.id == collection_id)

    def of_owner(self, owner_id: str) -> list[Collection]:
        table = collections
        return self._rows.many(table.c.owner_id == owner_id, order_by=(table.c.position, table.c.created_at))

    def visible_to(
        self, owner_ids: Sequence[str] | None, wanted: CollectionFilter, limit: int, offset: int = 0
    ) -> list[Collection]:
        conditions = _conditions(wanted)
        if owner_ids is not None:
            conditions.append(or_(collections.c.private.is_(False), collections.c.owner_id.in_(list(owner_ids))))
        newest = (collections.c.updated_at.desc(), collections.c.id)
        order = newest if wanted.sort == "lastModified" else (collections.c.upvotes.desc(), *newest)
        return self._rows.many(*conditions, order_by=order, limit=limit, offset=offset)

    def remove(self, collection_id: str) -> None:
        self._connection.execute(delete(collections).where(collections.c.id == collection_id))
        is_in_others = (collection_items.c.type == "collection") & (collection_items.c.target == collection_id)
        self._connection.execute(delete(collection_items).where(is_in_others))

    def items(self, collection_id: str) -> list[CollectionItem]:
        return self.items_of([collection_id])[collection_id]

    def items_of(self, collection_ids: Sequence[str]) -> dict[str, list[CollectionItem]]:
        table = collection_items
        found: dict[str, list[CollectionItem]] = defaultdict(list)
        order = (table.c.position, table.c.created_at, table.c.id)
        for item in self._items.many(table.c.collection_id.in_(list(collection_ids)), order_by=order):
            found[item.collection_id].append(item)
        return found

    def remove_item(self, item_id: str) -> None:
        self._connection.execute(delete(collection_items).where(collection_items.c.id == item_id))

    def touch(self, collection_id: str, at: datetime) -> None:
        self._connection.execute(update(collections).where(collections.c.id == collection_id).values(updated_at=at))


def _conditions(wanted: CollectionFilter) -> list[Any]:
    conditions: list[Any] = []
    if wanted.owners:
        conditions.append(func.lower(collections.c.owner).in_([owner.lower() for owner in wanted.owners]))
    if wanted.targets is not None:
        table = collection_items
        any_of_them = or_(*(and_(table.c.type == kind, table.c.target == target) for kind, target in wanted.targets))
        conditions.append(exists().where(table.c.collection_id == collections.c.id, any_of_them))
    if wanted.search:
        text = func.lower(collections.c.title + " " + collections.c.description)
        conditions.append(text.contains(wanted.search.lower(), autoescape=True))
    return conditions
