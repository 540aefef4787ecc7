"""What is in a collection: added, annotated, moved, taken out."""

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.collection import (
    MAX_ITEMS,
    Collection,
    CollectionItem,
    check_item_type,
    check_note,
    moved,
)
from spaceport.domain.names import new_id
from spaceport.errors import AlreadyExists, BadRequest, Conflict, NotFound
from spaceport.interfaces import Transaction
from spaceport.repos.collections.finding import find_collection, find_target
from spaceport.services import Services


def add_item(services: Services, caller: Caller, slug: str, item_type: str, item_id: str, note: str = "") -> Collection:
    """At the end. Raises: NotFound, NotAuthenticated, AccessDenied, BadRequest, Conflict when it is there already."""
    item_type, note = check_item_type(item_type), check_note(note)
    now = services.clock.now()
    try:
        with services.database.begin() as tx:
            collection = find_collection(tx, caller, slug, Action.CONFIGURE)
            target = find_target(tx, caller, item_type, item_id)
            position = len(tx.collections.items(collection.id))
            if position >= MAX_ITEMS:
                raise BadRequest(f"a collection may have {MAX_ITEMS:,} items")
            tx.collections.add_item(CollectionItem(new_id(), collection.id, item_type, target, position, note, now))
            tx.collections.touch(collection.id, now)
            return find_collection(tx, caller, slug)
    except AlreadyExists as error:
        raise Conflict(f"this {item_type} is in the collection already") from error


def change_item(
    services: Services, caller: Caller, slug: str, item_id: str, position: int | None = None, note: str | None = None
) -> CollectionItem:
    """What is None stays. Raises: NotFound, NotAuthenticated, AccessDenied, BadRequest."""
    with services.database.begin() as tx:
        collection = find_collection(tx, caller, slug, Action.CONFIGURE)
        item = _find_item(tx, collection, item_id)
        if note is not None:
            tx.collections.update_item(item.id, note=check_note(note))
        if position is not None:
            _order(tx, moved([each.id for each in tx.collections.items(collection.id)], item.id, position))
        tx.collections.touch(collection.id, services.clock.now())
        return _find_item(tx, collection, item_id)


def remove_item(services: Services, caller: Caller, slug: str, item_id: str) -> None:
    """Raises: NotFound, NotAuthenticated, AccessDenied."""
    with services.database.begin() as tx:
        collection = find_collection(tx, caller, slug, Action.CONFIGURE)
        tx.collections.remove_item(_find_item(tx, collection, item_id).id)
        _order(tx, [each.id for each in tx.collections.items(collection.id)])
        tx.collections.touch(collection.id, services.clock.now())


def _find_item(tx: Transaction, collection: Collection, item_id: str) -> CollectionItem:
    for item in tx.collections.items(collection.id):
        if item.id == item_id:
            return item
    raise NotFound("no such item in this collection")


def _order(tx: Transaction, ids: list[str]) -> None:
    for place, each_id in enumerate(ids):
        tx.collections.update_item(each_id, position=place)
