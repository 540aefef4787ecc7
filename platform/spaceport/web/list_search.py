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


@dataclass(frozen=True)
class Standing:
    """
    Where a page is in its list: ``preceding`` is where the page before it begins, the first one where that is None.

    ``before`` is how many come before it, None where these are more than are counted.
    """

    preceding: tuple[Place, str] | None
    before: int | None


def standing_of(tx: Transaction, wish: RepoQuery, caller: Caller, most: int) -> Standing | None:
    """None for the first page. Counts up to ``most`` repos."""
    if wish.after is None and wish.place is not Place.CARD:
        return None
    back = replace(wish, is_ascending=not wish.is_ascending)
    before = 1 + tx.listings.sample(replace(back, limit=most), caller).number if wish.after else 0
    if wish.place is Place.CARD:
        before += tx.listings.sample(replace(back, place=Place.HEAD, after=None, limit=most), caller).number
    return Standing(_preceding(tx, wish, back, caller), before if before < most else None)


def _preceding(tx: Transaction, wish: RepoQuery, back: RepoQuery, caller: Caller) -> tuple[Place, str] | None:
    # The repo that the address names is itself the last one of the page before.
    wanted = wish.limit if wish.after else wish.limit + 1
    found = tx.listings.page(replace(back, limit=wanted), caller) if wish.after else []
    left = wanted - len(found)
    if not left:
        return wish.place, cursor_of(wish, found[-1])
    if wish.place is not Place.CARD:
        return None
    heads = tx.listings.page(replace(back, place=Place.HEAD, after=None, limit=left), caller)
    if len(heads) < left:
        return None
    # Where the heads end with a page, the next one begins with the cards.
    return (Place.CARD, "") if left == 1 else (Place.HEAD, cursor_of(wish, heads[-1]))


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
