"""Which repos somebody sees in lists: the rule of ``domain.access`` for READ as a condition, in this place only."""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_, select, true

from spaceport.adapters.hub_tables import memberships
from spaceport.domain.account import User
from spaceport.domain.space import Desired


def visible(table: Table, user: User | None) -> ColumnElement[bool]:
    """For ``spaces`` and ``repos``: what is public, one's own, and that of organizations one is a member of."""
    is_there: ColumnElement[bool] = table.c.desired != Desired.DELETED if "desired" in table.c else true()
    if user is not None and user.is_admin:
        return is_there
    allowed: list[ColumnElement[Any]] = [table.c.private.is_(False)]
    if user is not None:
        organizations = select(memberships.c.org_id).where(memberships.c.user_id == user.id)
        allowed += [table.c.owner_id == user.id, table.c.owner_id.in_(organizations)]
    return and_(is_there, or_(*allowed))
