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
from spaceport.repos.finding import find_any, find_by_ids


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


def shown_items(tx: Transaction, caller: Caller, items: Sequence[CollectionItem]) -> list[ShownItem]:
    """Those that the caller may see, in their order; of any number of collections, at the cost of three queries."""
    repos = find_by_ids(tx, [(item.type, item.target) for item in items if item.type in REPO_TYPES])
    inner = tx.collections.by_ids([item.target for item in items if item.type == "collection"])
    targets: dict[tuple[str, str], Space | Repo | Collection] = {**repos, **{("collection", it.id): it for it in inner}}
    pairs = [(item, targets.get((item.type, item.target))) for item in items]
    return [ShownItem(item, target) for item, target in pairs if _is_shown(caller, item, target)]


def _is_shown(caller: Caller, item: CollectionItem, target: Space | Repo | Collection | None) -> bool:
    return item.type == "paper" or (target is not None and can(caller, Action.READ, target))
