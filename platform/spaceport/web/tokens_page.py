"""Personal access tokens: the list, and making and revoking them. No script is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport import doing, identity
from spaceport.errors import BadRequest, NotAuthenticated
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.token_scopes import scope_words, scopes_of
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/settings/tokens"
#: How long a token may be made for, in days; 0 is for good.
_DAYS = (0, 7, 30, 90, 365)

Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Fields:
    """The form as it is shown: as somebody sent it, or empty."""

    name: str = ""
    role: str = "write"
    reads: str = ""
    writes: str = ""
    everywhere: Sequence[str] = ()
    days: int = 0
    problem: str = ""


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    services = web.services

    def show(request: Request, visitor: Visitor, fields: Fields, secret: str = "") -> Response:
        user = visitor.caller.user
        if user is None:
            raise NotAuthenticated("sign in to see your tokens")
        with services.database.read() as tx:
            tokens = tx.accounts.tokens_of(user.id)
            scopes = {each.id: scope_words(tx, visitor.caller, each.scopes) for each in tokens}
        return web.renderer.page(
            request,
            visitor,
            "tokens.html",
            status=400 if fields.problem else 200,
            tokens=tokens,
            scopes=scopes,
            fields=fields,
            secret=secret,
            days=_DAYS,
        )

    @router.get(_PATH, include_in_schema=False)
    def tokens(request: Request) -> Response:
        return show(request, visitor_of(request), Fields())

    @router.post(_PATH, include_in_schema=False)
    def create(
        request: Request,
        csrf: Text = "",
        name: Text = "",
        role: Text = "write",
        reads: Text = "",
        writes: Text = "",
        everywhere: Annotated[list[str] | None, Form()] = None,
        days: Annotated[int, Form()] = 0,
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        fields = Fields(name.strip(), role, reads, writes, everywhere or (), days)
        try:
            secret = _make(web, visitor, fields)
        except BadRequest as error:
            return show(request, visitor, Fields(name, role, reads, writes, everywhere or (), days, str(error)))
        return show(request, visitor, Fields(), secret)

    @router.post(f"{_PATH}/{{token_id}}/revoke", include_in_schema=False)
    def revoke(request: Request, token_id: str, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        assert visitor.caller.user is not None
        with services.database.begin() as tx:
            names = [each.name for each in tx.accounts.tokens_of(visitor.caller.user.id) if each.id == token_id]
            tx.accounts.remove_token(visitor.caller.user.id, token_id)
        doing.tell(f"token {names[0]} revoked" if names else "no such token", visitor.caller.user.name)
        return leads_to(_PATH, "revoked")

    return router


def _make(web: Web, visitor: Visitor, fields: Fields) -> str:
    """The secret of a new token. Raises: BadRequest."""
    services, user = web.services, visitor.caller.user
    assert user is not None
    if not fields.name:
        raise BadRequest("Give the token a name, so that you know it again.")
    if fields.days not in _DAYS:
        raise BadRequest(gettext("a token ends after %(days)s days, or never", days=", ".join(map(str, _DAYS[1:]))))
    scopes = None
    if fields.role == identity.FINE_GRAINED:
        with services.database.read() as tx:
            scopes = scopes_of(tx, visitor.caller, fields.reads, fields.writes, fields.everywhere)
    expires_at = services.clock.now() + timedelta(days=fields.days) if fields.days else None
    return identity.create_token(services, user, fields.name, fields.role, scopes, expires_at)
