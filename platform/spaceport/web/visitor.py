"""Who looks at a page."""

from dataclasses import dataclass

from fastapi import Request

from spaceport.domain.account import ANONYMOUS, Caller
from spaceport.errors import NotFound
from spaceport.identity import caller_of, session_of
from spaceport.services import Services


@dataclass(frozen=True)
class Visitor:
    """
    ``csrf`` goes into every form of this visitor's session and has to come back with it; ``unread`` is the number of
    notices on the bell of every page.
    """

    caller: Caller
    csrf: str = ""
    unread: int = 0

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
        known = Visitor(caller, session.csrf_token if session else "", _unread(request, caller) if session else 0)
        request.state.visitor = known
    return known


def _unread(request: Request, caller: Caller) -> int:
    """Counted for what is looked at: a form that was sent leads to a page that counts anew."""
    if request.method != "GET":
        return 0
    services: Services = request.app.state.services
    with services.database.read() as tx:
        return tx.notices.unread_of(caller)


def admin_of(request: Request) -> Visitor:
    """Raises: NotFound for everybody else: the pages of admins are not there for them."""
    visitor = visitor_of(request)
    if not visitor.is_admin:
        raise NotFound("no such page")
    return visitor
