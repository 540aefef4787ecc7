"""One's own password, and the browsers that are signed in. No script is needed."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport import identity
from spaceport.domain.account import Session, User
from spaceport.errors import BadRequest, NotAuthenticated, SpaceportError, TooManyAttempts
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/settings/account"

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    _add_password(router, web)
    _add_sessions(router, web)
    return router


def _add_password(router: APIRouter, web: Web) -> None:
    services = web.services

    def show(request: Request, visitor: Visitor, status: int = 200, problem: str = "") -> Response:
        user, session = _signed_in(request, visitor)
        now = services.clock.now()
        with services.database.read() as tx:
            sessions = [each for each in tx.accounts.sessions_of(user.id) if each.expires_at > now]
        return web.renderer.page(
            request, visitor, "account.html", status=status, sessions=sessions, own=session.id, problem=problem
        )

    @router.get(_PATH, include_in_schema=False)
    def account(request: Request) -> Response:
        return show(request, visitor_of(request))

    @router.post(f"{_PATH}/password", include_in_schema=False)
    def change_password(request: Request, csrf: Text = "", current: Text = "", password: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        user, session = _signed_in(request, visitor)
        try:
            # Whoever finds a browser open does not get the account with it.
            identity.check_password(services, user.name, current, request.client.host if request.client else "")
            identity.set_password(services, user, password, session.id)
        except (NotAuthenticated, BadRequest, TooManyAttempts) as error:
            return show(request, visitor, *_answer_to(error))
        return leads_to(_PATH, "password")


def _add_sessions(router: APIRouter, web: Web) -> None:
    @router.post(f"{_PATH}/sessions/end-others", include_in_schema=False)
    def end_others(request: Request, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        user, session = _signed_in(request, visitor)
        with web.services.database.begin() as tx:
            tx.accounts.remove_sessions(user.id, but=session.id)
        return leads_to(_PATH, "others-out")

    @router.post(f"{_PATH}/sessions/{{session_id}}/end", include_in_schema=False)
    def end(request: Request, session_id: str, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        user, _ = _signed_in(request, visitor)
        with web.services.database.begin() as tx:
            if session_id in [each.id for each in tx.accounts.sessions_of(user.id)]:
                tx.accounts.remove_session(session_id)
        return leads_to(_PATH, "browser-out")


def _signed_in(request: Request, visitor: Visitor) -> tuple[User, Session]:
    """Raises: NotAuthenticated, also for a token in place of a browser's session."""
    user = visitor.caller.user
    session = identity.session_of(request) if user is not None and visitor.caller.token is None else None
    if user is None or session is None:
        raise NotAuthenticated("sign in to see your account")
    return user, session


def _answer_to(error: SpaceportError) -> tuple[int, str]:
    if isinstance(error, NotAuthenticated):
        return 403, gettext("The current password is another one.")
    return 429 if isinstance(error, TooManyAttempts) else 400, str(error)
