"""Collections and what is in them, for who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.collection import REPO_TYPES, Collection, CollectionItem, collection_id, is_paper
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, NotFound
from spaceport.interfaces import Transaction
from spaceport.repos.finding import find_any, find_by_id


@dataclass(frozen=True)
class ShownItem:
    """An item that the caller may see, with what it is; of a paper there is only its number."""

    item: CollectionItem
    target: Space | Repo | Collection | None

    @property
    def shown_id(self) -> str:
        """As clients name it."""
        if isinstance(self.target, Collection):
            return self.target.slug
        return self.target.full_name if self.target is not None else self.item.target


def find_collection(tx: Transaction, caller: Caller, slug: str, action: Action = Action.READ) -> Collection:
    """
    The collection whose id a slug ends in.

    Raises: NotFound for what is absent and what is private alike; NotAuthenticated, AccessDenied.
    """
    found_id = collection_id(slug)
    found = tx.collections.get(found_id) if found_id else None
    if found is None or not can(caller, Action.READ, found):
        raise NotFound("no such collection")
    require(caller, action, found)
    return found


def find_target(tx: Transaction, caller: Caller, item_type: str, item_id: str) -> str:
    """
    What an item is kept by: the id of a repo or a collection, or the number of a paper.

    Raises: NotFound for what is absent and what is private alike; BadRequest.
    """
    if item_type in REPO_TYPES:
        owner, slash, name = item_id.partition("/")
        repo = find_any(tx, RepoType(item_type), owner, name) if slash else None
        if repo is None or not can(caller, Action.READ, repo):
            raise NotFound(f"no such {item_type}")
        return repo.id
    if item_type == "collection":
        return find_collection(tx, caller, item_id).id
    if item_type == "paper":
        if not is_paper(item_id):
            raise BadRequest("a paper is named by its number of arXiv, such as 2307.09288")
        return item_id
    raise NotFound(f"this Spaceport has no {item_type}s")


def shown_items(tx: Transaction, caller: Caller, items: Sequence[CollectionItem], limit: int) -> list[ShownItem]:
    """The first of those that the caller may see."""
    found: list[ShownItem] = []
    for item in items:
        target = _target_of(tx, item)
        if item.type != "paper" and (target is None or not can(caller, Action.READ, target)):
            continue
        found.append(ShownItem(item, target))
        if len(found) == limit:
            break
    return found


def _target_of(tx: Transaction, item: CollectionItem) -> Space | Repo | Collection | None:
    if item.type in REPO_TYPES:
        return find_by_id(tx, item.type, item.target)
    return tx.collections.get(item.target) if item.type == "collection" else None
