"""Collections as the Hub's clients read them. Source: hub-api.md section 11.3."""

from collections.abc import Sequence
from html import escape
from typing import Any

from spaceport.api.space_json import date_json
from spaceport.domain.account import Caller
from spaceport.domain.collection import Collection
from spaceport.repos.collections.finding import ShownItem, find_collection, shown_items
from spaceport.services import Services

#: Of each collection in a list: so many are shown, and looked for among so many.
LISTED_ITEMS = 4
LOOKED_AT_ITEMS = 20


def collection_json(collection: Collection, items: Sequence[ShownItem], is_listed: bool = False) -> dict[str, Any]:
    """In a list without ``position``: the client adds it, and a second one is an error there."""
    answer: dict[str, Any] = {
        "slug": collection.slug,
        "title": collection.title,
        "description": collection.description,
        "owner": {"_id": collection.owner_id, "name": collection.owner, "fullname": collection.owner, "avatarUrl": ""},
        "items": [_item_json(item, position) for position, item in enumerate(items)],
        "lastUpdated": date_json(collection.updated_at),
        "private": collection.private,
        "theme": collection.theme,
        "upvotes": collection.upvotes,
    }
    return answer if is_listed else answer | {"position": collection.position}


def read_collection_json(services: Services, caller: Caller, slug: str) -> dict[str, Any]:
    """With all items that the caller may see. Raises: NotFound."""
    with services.database.read() as tx:
        collection = find_collection(tx, caller, slug)
        items = shown_items(tx, caller, tx.collections.items(collection.id))
    return collection_json(collection, items)


def _item_json(shown: ShownItem, position: int) -> dict[str, Any]:
    item, target = shown.item, shown.target
    answer: dict[str, Any] = {"_id": item.id, "id": shown.shown_id, "type": item.type, "position": position}
    if item.note:
        answer["note"] = {"text": item.note, "html": escape(item.note)}
    if isinstance(target, Collection):
        answer |= {"id": target.id, "slug": target.slug, "title": target.title}
    return answer
