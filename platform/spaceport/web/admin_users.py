"""The admin's table of users and organizations: filtered and sorted here, one page at a time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from spaceport.domain.account import AccountKind, User
from spaceport.domain.quota import NO_LIMIT, Allowance, allowance_of
from spaceport.interfaces import Transaction
from spaceport.owner_usage import OwnerUse, everybodys
from spaceport.settings import Settings
from spaceport.web.table_query import page_number, table_query

ROWS = 50
_MAX_LENGTH = 200


@dataclass(frozen=True)
class UserRow:
    """What one owner has and may have; an organization never signs in."""

    user: User
    spaces: int
    running: int
    memory_bytes: int
    disk_bytes: int
    allowed: Allowance
    tokens: int
    signed_in_at: datetime | None

    @property
    def is_organization(self) -> bool:
        return self.user.kind is AccountKind.ORGANIZATION


#: What each column is sorted by; equal ones go by name.
SORTS: dict[str, Callable[[UserRow], Any]] = {
    "name": lambda row: row.user.name.lower(),
    "spaces": lambda row: row.spaces,
    "running": lambda row: row.running,
    "memory": lambda row: row.memory_bytes,
    "disk": lambda row: row.disk_bytes,
    "tokens": lambda row: row.tokens,
    "signed": lambda row: row.signed_in_at.timestamp() if row.signed_in_at else 0.0,
    "since": lambda row: row.user.created_at.timestamp(),
}


@dataclass(frozen=True)
class UsersWish:
    """What somebody wants to see of the table; ``page`` counts from 1."""

    sort: str = "name"
    down: bool = False
    words: str = ""
    page: int = 1

    def query(self, **changes: Any) -> str:
        """As part of an address; another order or filter begins at the first page."""
        values = {"sort": self.sort, "dir": "down" if self.down else "up", "filter": self.words} | changes
        return table_query(values)


@dataclass(frozen=True)
class UsersPage:
    """``rows`` are those of the page, in order, out of ``found``."""

    wish: UsersWish
    rows: list[UserRow]
    found: int

    @property
    def has_more(self) -> bool:
        return self.found > self.wish.page * ROWS


def read_wish(query: Mapping[str, str]) -> UsersWish:
    """What makes no sense is as if it was not asked for."""
    return UsersWish(
        sort=query.get("sort", "") if query.get("sort", "") in SORTS else "name",
        down=query.get("dir") == "down",
        words=query.get("filter", "")[:_MAX_LENGTH].strip(),
        page=page_number(query.get("page", "1")),
    )


def page_of(rows: Sequence[UserRow], wish: UsersWish) -> UsersPage:
    """One page of what is wanted, beyond the end the last one. Pure."""
    found = sorted(rows, key=SORTS["name"])
    found.sort(key=SORTS[wish.sort], reverse=wish.down)
    wish = replace(wish, page=max(1, min(wish.page, ceil(len(found) / ROWS))))
    return UsersPage(wish, found[(wish.page - 1) * ROWS : wish.page * ROWS], len(found))


def matching(users: Sequence[User], words: str) -> list[User]:
    """Those whose names hold all the words. Pure."""
    wanted = words.lower().split()
    return [user for user in users if all(word in f"{user.name} {user.fullname}".lower() for word in wanted)]


def rows_of(tx: Transaction, settings: Settings, users: Sequence[User]) -> list[UserRow]:
    """One row for each, in their order."""
    use, spaces = OwnerUse(tx, settings), Counter[str]()
    memory_bytes, running = Counter[str](), Counter[str]()
    for fact in tx.spaces.facts():
        spaces[fact.owner_id] += 1
        if held_bytes := use.of(fact):
            memory_bytes[fact.owner_id] += held_bytes
            running[fact.owner_id] += not fact.is_asleep
    quotas, everybody = tx.rulings.quotas(), everybodys(settings)
    disk_bytes, tokens, signed_in_at = tx.accounts.storage_of(), tx.accounts.token_counts(), tx.accounts.signed_in_at()
    return [
        UserRow(
            user,
            spaces[user.id],
            running[user.id],
            memory_bytes[user.id],
            disk_bytes.get(user.id, 0),
            allowance_of(quotas.get(user.id), NO_LIMIT if user.is_admin else everybody),
            tokens.get(user.id, 0),
            signed_in_at.get(user.id),
        )
        for user in users
    ]
