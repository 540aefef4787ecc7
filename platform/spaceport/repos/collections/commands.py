"""Collections as a whole: made, changed, deleted."""

from typing import Any

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.collection import (
    MAX_COLLECTIONS,
    THEMES,
    Collection,
    check_description,
    check_theme,
    check_title,
    moved,
    slug_title,
)
from spaceport.domain.names import new_id
from spaceport.errors import AlreadyExists, BadRequest
from spaceport.interfaces import Transaction
from spaceport.repos.collections.finding import find_collection
from spaceport.repos.creation import namespace_of
from spaceport.services import Services


class CollectionExists(AlreadyExists):
    """The owner has one of that title; ``slug`` is its address."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is a collection of that title: {slug}")
        self.slug = slug


def create_collection(
    services: Services, caller: Caller, owner: str, title: str, description: str, private: bool
) -> Collection:
    """Raises: NotAuthenticated, AccessDenied, UserNotFound, BadRequest, CollectionExists."""
    namespace = namespace_of(services, caller, owner)
    title, description = check_title(title), check_description(description)
    assert caller.user is not None
    now = services.clock.now()
    with services.database.begin() as tx:
        others = tx.collections.of_owner(namespace.id)
        _check_new(others, slug_title(title))
        collection = Collection(
            id=new_id(),
            owner_id=namespace.id,
            owner=namespace.name,
            creator_id=caller.user.id,
            title=title,
            slug_title=slug_title(title),
            description=description,
            private=private,
            theme=THEMES[len(others) % len(THEMES)],
            position=len(others),
            upvotes=0,
            created_at=now,
            updated_at=now,
        )
        tx.collections.add(collection)
    return collection


def change_collection(
    services: Services,
    caller: Caller,
    slug: str,
    title: str | None = None,
    description: str | None = None,
    private: bool | None = None,
    theme: str | None = None,
    position: int | None = None,
) -> Collection:
    """What is None stays. Raises: NotFound, NotAuthenticated, AccessDenied, BadRequest."""
    changes: dict[str, Any] = {"updated_at": services.clock.now()}
    if title is not None:
        changes |= {"title": check_title(title), "slug_title": slug_title(check_title(title))}
    if description is not None:
        changes["description"] = check_description(description)
    if private is not None:
        changes["private"] = private
    if theme is not None:
        changes["theme"] = check_theme(theme)
    with services.database.begin() as tx:
        collection = find_collection(tx, caller, slug, Action.CONFIGURE)
        tx.collections.update(collection.id, **changes)
        if position is not None:
            _place(tx, collection, position)
        return find_collection(tx, caller, slug)


def delete_collection(services: Services, caller: Caller, slug: str) -> None:
    """Raises: NotFound, NotAuthenticated, AccessDenied."""
    with services.database.begin() as tx:
        tx.collections.remove(find_collection(tx, caller, slug, Action.CONFIGURE).id)


def _check_new(others: list[Collection], wanted: str) -> None:
    for other in others:
        if other.slug_title == wanted:
            raise CollectionExists(other.slug)
    if len(others) >= MAX_COLLECTIONS:
        raise BadRequest(f"one owner may have {MAX_COLLECTIONS} collections: delete one first")


def _place(tx: Transaction, collection: Collection, position: int) -> None:
    order = [each.id for each in tx.collections.of_owner(collection.owner_id)]
    for place, each_id in enumerate(moved(order, collection.id, position)):
        tx.collections.update(each_id, position=place)
