"""Collections. Source: hub-api.md section 11.3."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from spaceport.api.collection_json import LISTED_ITEMS, LOOKED_AT_ITEMS, collection_json, read_collection_json
from spaceport.api.errors import error_response
from spaceport.api.finding import signed_in
from spaceport.api.paging import offset_of, page_of
from spaceport.domain.account import Caller
from spaceport.domain.collection import CollectionFilter, check_sort
from spaceport.domain.scopes import readable_ids
from spaceport.errors import BadRequest, NotFound
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.repos.collections import commands, items
from spaceport.repos.collections.finding import ShownItem, find_target, shown_items
from spaceport.services import Services


class NewCollection(BaseModel):
    title: str
    namespace: str | None = None
    description: str = ""
    private: bool = False


class CollectionChanges(BaseModel):
    title: str | None = None
    description: str | None = None
    position: int | None = None
    private: bool | None = None
    theme: str | None = None


class Named(BaseModel):
    id: str
    type: str


class NewItem(BaseModel):
    item: Named
    note: str | None = None


class ItemChanges(BaseModel):
    position: int | None = None
    note: str | None = None


def make_collections_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/collections")
    _add_list(router, services)
    _add_collection(router, services)
    _add_items(router, services)
    return router


def _add_list(router: APIRouter, services: Services) -> None:
    @router.get("")
    def list_collections(
        request: Request,
        owner: Annotated[list[str] | None, Query()] = None,
        item: Annotated[list[str] | None, Query()] = None,
        sort: str = "lastModified",
        q: str = "",
        limit: Annotated[int, Query(ge=1)] = 20,
        cursor: str | None = None,
    ) -> Response:
        caller, offset, limit = caller_of(request), offset_of(cursor), min(limit, 100)
        with services.database.read() as tx:
            targets = _targets(tx, caller, item) if item is not None else None
            wanted = CollectionFilter(tuple(owner or ()), targets, q, check_sort(sort))
            found = tx.collections.visible_to(_owner_ids(caller), wanted, limit + 1, offset) if targets != () else []
            inside = tx.collections.items_of([each.id for each in found])
            first = [item for each in found[:limit] for item in inside.get(each.id, [])[:LOOKED_AT_ITEMS]]
            shown = _by_collection(shown_items(tx, caller, first))
        rows = [collection_json(each, shown[each.id][:LISTED_ITEMS], is_listed=True) for each in found[:limit]]
        return page_of(request, rows, limit, offset, len(found))

    @router.post("")
    def create(body: NewCollection, request: Request) -> Response:
        caller = signed_in(request)
        assert caller.user is not None
        owner = body.namespace or caller.user.name
        try:
            made = commands.create_collection(services, caller, owner, body.title, body.description, body.private)
        except commands.CollectionExists as error:
            # Clients read ``slug`` of this answer when they asked with exists_ok.
            return error_response(409, str(error), slug=error.slug)
        return JSONResponse(collection_json(made, []))


def _add_collection(router: APIRouter, services: Services) -> None:
    @router.get("/{namespace}/{slug}")
    def one(namespace: str, slug: str, request: Request) -> dict[str, Any]:
        return read_collection_json(services, caller_of(request), slug)

    @router.patch("/{namespace}/{slug}")
    def change(namespace: str, slug: str, body: CollectionChanges, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        commands.change_collection(services, caller, slug, **body.model_dump())
        return {"success": True, "data": read_collection_json(services, caller, slug)}

    @router.delete("/{namespace}/{slug}")
    def delete(namespace: str, slug: str, request: Request) -> dict[str, Any]:
        commands.delete_collection(services, signed_in(request), slug)
        return {"success": True}


def _add_items(router: APIRouter, services: Services) -> None:
    @router.post("/{namespace}/{slug}/items")
    def add(namespace: str, slug: str, body: NewItem, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        items.add_item(services, caller, slug, body.item.type, body.item.id, body.note or "")
        return read_collection_json(services, caller, slug)

    @router.patch("/{namespace}/{slug}/items/{item_id}")
    def change_item(namespace: str, slug: str, item_id: str, body: ItemChanges, request: Request) -> dict[str, Any]:
        items.change_item(services, signed_in(request), slug, item_id, body.position, body.note)
        return {"success": True}

    @router.delete("/{namespace}/{slug}/items/{item_id}")
    def remove_item(namespace: str, slug: str, item_id: str, request: Request) -> dict[str, Any]:
        items.remove_item(services, signed_in(request), slug, item_id)
        return {"success": True}


def _owner_ids(caller: Caller) -> list[str] | None:
    """Whose private collections the caller sees; None for everybody's."""
    if caller.user is None:
        return []
    theirs = [caller.user.id, *caller.roles]
    if caller.token is not None and not caller.may_read_anything:
        readable = readable_ids(caller.token.scopes)
        return [each for each in theirs if each in readable]
    return None if caller.user.is_admin else theirs


def _by_collection(items: Sequence[ShownItem]) -> Mapping[str, list[ShownItem]]:
    found: dict[str, list[ShownItem]] = defaultdict(list)
    for shown in items:
        found[shown.item.collection_id].append(shown)
    return found


def _targets(tx: Transaction, caller: Caller, given: list[str]) -> tuple[tuple[str, str], ...]:
    """``models/owner/name`` as type and id; what is not there is left out. Raises: BadRequest."""
    found = []
    for text in given:
        plural, slash, item_id = text.partition("/")
        if not slash or not plural.endswith("s"):
            raise BadRequest(f'"item" is like models/owner/name; given: {text[:100]}')
        item_type = plural.removesuffix("s")
        try:
            found.append((item_type, find_target(tx, caller, item_type, item_id)))
        except NotFound:
            continue
    return tuple(found)
