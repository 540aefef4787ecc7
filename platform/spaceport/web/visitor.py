"""Who looks at a page."""

from dataclasses import dataclass

from fastapi import Request

from spaceport.domain.account import ANONYMOUS, Caller
from spaceport.errors import NotFound
from spaceport.identity import caller_of, session_of


@dataclass(frozen=True)
class Visitor:
    """``csrf`` goes into every form of this visitor's session and has to come back with it."""

    caller: Caller
    csrf: str = ""

    @property
    def name(self) -> str | None:
        return self.caller.user.name if self.caller.user else None

    @property
    def is_admin(self) -> bool:
        return self.caller.user is not None and self.caller.user.is_admin


NOBODY = Visitor(ANONYMOUS)


def visitor_of(request: Request) -> Visitor:
    """
    The visitor, remembered for the error page. Reads the database: call it from a thread.

    Raises: NotAuthenticated for a wrong token in a header.
    """
    known: Visitor | None = getattr(request.state, "visitor", None)
    if known is None:
        caller = caller_of(request)
        if not caller.may_read_anything:
            # Pages show a person's own things: nothing for a token that is for some repos only.
            caller = ANONYMOUS
        session = session_of(request) if caller.user is not None and caller.token is None else None
        known = Visitor(caller, session.csrf_token if session else "")
        request.state.visitor = known
    return known


def admin_of(request: Request) -> Visitor:
    """Raises: NotFound for everybody else: the pages of admins are not there for them."""
    visitor = visitor_of(request)
    if not visitor.is_admin:
        raise NotFound("no such page")
    return visitor
