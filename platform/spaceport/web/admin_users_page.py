"""Users and organizations for admins: what they have and how much they may."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from spaceport.domain.account import AccountKind, User
from spaceport.domain.quota import NO_LIMIT, Allowance, allowance_of
from spaceport.interfaces import Transaction
from spaceport.owner_usage import OwnerUse, everybodys
from spaceport.settings import Settings
from spaceport.web.context import Web
from spaceport.web.visitor import admin_of

_ROWS = 50
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


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/admin/-/users", include_in_schema=False)
    def users(request: Request, filter: str = "", page: int = 1) -> Response:
        visitor = admin_of(request)
        words, page = filter[:_MAX_LENGTH].strip(), max(1, min(page, 10**6))
        with web.services.database.read() as tx:
            wanted = matching(tx.accounts.users(), words)
            shown_users = wanted[(page - 1) * _ROWS : page * _ROWS]
            rows = rows_of(tx, web.services.settings, shown_users)
        return web.renderer.page(
            request,
            visitor,
            "admin_users.html",
            rows=rows,
            words=words,
            found=len(wanted),
            before=_query(words, page - 1) if page > 1 else None,
            after=_query(words, page + 1) if len(wanted) > page * _ROWS else None,
        )

    return router


def matching(users: Sequence[User], words: str) -> list[User]:
    """Those whose names hold all the words, by name. Pure."""
    found = [
        user for user in users if all(word in f"{user.name} {user.fullname}".lower() for word in words.lower().split())
    ]
    return sorted(found, key=lambda user: user.name.lower())


def rows_of(tx: Transaction, settings: Settings, users: Sequence[User]) -> list[UserRow]:
    """One row for each, in their order."""
    use, memory_bytes, running = OwnerUse(tx, settings), Counter[str](), Counter[str]()
    wanted = {user.id for user in users}
    for space in tx.spaces.all():
        if space.owner_id in wanted and use.of(space):
            memory_bytes[space.owner_id] += use.of(space)
            running[space.owner_id] += not space.is_asleep
    quotas, everybody = tx.rulings.quotas(wanted), everybodys(settings)
    facts = tx.spaces.facts()
    spaces = Counter(fact.owner_id for fact in facts)
    disk_bytes, tokens = tx.accounts.storage_of(wanted), tx.accounts.token_counts(wanted)
    signed_in_at = tx.accounts.signed_in_at(wanted)
    rows = []
    for user in users:
        rows.append(
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
        )
    return rows


def _query(words: str, page: int) -> str:
    return "?" + urlencode({key: value for key, value in (("filter", words), ("page", page)) if value})
