"""One page of a list: what has the words in its name, title, description or tags, then what has them in its card."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.repo_query import Place, RepoQuery
from spaceport.domain.space import Space
from spaceport.interfaces import Transaction
from spaceport.list_query import cursor_of


@dataclass(frozen=True)
class ListPage:
    """``following`` is where the next page begins: the place and the cursor in it. None for the last one."""

    heads: Sequence[Space | Repo]
    cards: Sequence[Space | Repo] = ()
    following: tuple[Place, str] | None = None

    @property
    def repos(self) -> list[Space | Repo]:
        return [*self.heads, *self.cards]


def search_page(tx: Transaction, wish: RepoQuery, caller: Caller) -> ListPage:
    """``wish.limit`` of them, from ``wish.after`` in ``wish.place``."""
    if wish.place is Place.CARD:
        return _with_cards(tx, wish, caller, [])
    heads = tx.listings.page(replace(wish, limit=wish.limit + 1), caller)
    if len(heads) > wish.limit:
        shown = heads[: wish.limit]
        return ListPage(shown, following=(Place.HEAD, cursor_of(wish, shown[-1])))
    if not wish.words:
        return ListPage(heads)
    return _with_cards(tx, replace(wish, place=Place.CARD, after=None), caller, heads)


def _with_cards(tx: Transaction, wish: RepoQuery, caller: Caller, heads: list[Space | Repo]) -> ListPage:
    room = wish.limit - len(heads)
    found = tx.listings.page(replace(wish, limit=room + 1), caller)
    if len(found) <= room:
        return ListPage(heads, found)
    cursor = cursor_of(wish, found[room - 1]) if room else ""
    return ListPage(heads, found[:room], (Place.CARD, cursor))
