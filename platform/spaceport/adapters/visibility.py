"""Which repos somebody sees in lists: the rule of ``domain.access`` for READ as a condition, in this place only."""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_, select, true

from spaceport.adapters.hub_tables import memberships
from spaceport.domain.account import Caller
from spaceport.domain.scopes import readable_ids
from spaceport.domain.space import Desired


def visible(table: Table, caller: Caller) -> ColumnElement[bool]:
    """
    For ``spaces`` and ``repos``: what is public, one's own, and that of organizations one is a member of. What is
    disabled is seen by admins alone.

    With a fine-grained token, what is private only as far as the token may read it.
    """
    is_there: ColumnElement[bool] = table.c.desired != Desired.DELETED if "desired" in table.c else true()
    is_public: ColumnElement[Any] = table.c.private.is_(False)
    user, token = caller.user, caller.token
    if user is None or not user.is_admin:
        is_there = and_(is_there, table.c.is_disabled.is_(False))
    if user is None:
        return and_(is_there, is_public)
    organizations = select(memberships.c.org_id).where(memberships.c.user_id == user.id)
    theirs = true() if user.is_admin else or_(table.c.owner_id == user.id, table.c.owner_id.in_(organizations))
    if token is not None and token.role == "fineGrained":
        ids = readable_ids(token.scopes)
        theirs = and_(theirs, or_(table.c.id.in_(ids), table.c.owner_id.in_(ids)))
    elif user.is_admin:
        return is_there
    return and_(is_there, or_(is_public, theirs))
