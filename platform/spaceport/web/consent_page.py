"""Where a person lets an app sign them in, or does not. Works without scripts."""

from collections.abc import Collection
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import QueryParams

from spaceport.domain.account import Caller, User
from spaceport.domain.oauth_rules import with_answer
from spaceport.domain.oauth_scopes import reaches_repos, wish_words
from spaceport.errors import AccessDenied, NotAuthenticated, OAuthError
from spaceport.interfaces import Transaction
from spaceport.oauth.consent import PARAMETERS, Ask, RefusedAsk, agree, is_agreed, may_sign_in, read_ask
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/oauth/authorize"
_CONTINUE = "/oauth/continue"
#: What a browser says of the way to us, and the parameter that keeps it while a page of ours is in between.
_CROSS_SITE, _CAME_FROM = "cross-site", "came_from"


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get(_PATH, include_in_schema=False)
    @router.get(f"{_PATH}/", include_in_schema=False)
    def question(request: Request) -> Response:
        visitor = visitor_of(request)
        try:
            with web.services.database.read() as tx:
                ask = _read(web, tx, request.url.query, visitor.caller)
                if _is_in_frame(request) and (web.services.settings.apps_scheme == "http" or _is_cross_site(request)):
                    return _new_tab_page(web, request, visitor, ask)
                agreed = _agreed_organizations(tx, visitor, ask)
                if agreed is None:
                    return _consent_page(web, tx, request, visitor, ask)
            return _with_code(web, _person(visitor), ask, agreed)
        except RefusedAsk as error:
            return _sent_back(error)
        except NotAuthenticated:
            if _hides_cookie(request):
                return _continue_page(web, request)
            return leads_to(f"/login?{urlencode({'next': f'{_CONTINUE}?{request.url.query}'})}")

    @router.post(_PATH, include_in_schema=False)
    def answer(
        request: Request,
        csrf: Annotated[str, Form()] = "",
        question: Annotated[str, Form()] = "",
        answer: Annotated[str, Form()] = "",
        orgs: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        """The question comes back with the answer and is checked again: nothing of it is trusted."""
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            with web.services.database.read() as tx:
                ask = _read(web, tx, question, visitor.caller)
            if answer != "allow":
                raise RefusedAsk("access_denied", "the person said no", ask.redirect_uri, ask.state)
            chosen = [each for each in dict.fromkeys(orgs or ()) if each in visitor.caller.roles]
            return _with_code(web, _person(visitor), ask, chosen if reaches_repos(ask.scopes) else [])
        except RefusedAsk as error:
            return _sent_back(error)

    @router.get(_CONTINUE, include_in_schema=False)
    def go_on(request: Request) -> Response:
        """
        A page between signing in and the app: browsers do not let a form, that of signing in, lead on to another host,
        not even by way of other addresses. This ends the way. Source: CSP Level 3, form-action.
        """
        return _continue_page(web, request)

    return router


def _hides_cookie(request: Request) -> bool:
    """
    Whether an app leads here within a frame of ours: browsers then keep the session's cookie (SameSite=Lax) back. A
    page of our own that leads to the same place gets it sent. Source: W3C Fetch Metadata, RFC 6265bis section 5.2.
    """
    return _is_in_frame(request) and request.headers.get("sec-fetch-site") not in ("same-origin", "none")


def _is_in_frame(request: Request) -> bool:
    return request.headers.get("sec-fetch-dest") == "iframe"


def _is_cross_site(request: Request) -> bool:
    """
    Whether the app's address shares no site with ours, as the browser told when the app led here: it may refuse the
    app's cookie in our frame then, and the app would ask again without end.
    """
    return _CROSS_SITE in (request.headers.get("sec-fetch-site"), request.query_params.get(_CAME_FROM))


def _new_tab_page(web: Web, request: Request, visitor: Visitor, ask: Ask) -> Response:
    """
    Apps remember by a cookie that is Secure, which browsers take over http from a page of its own alone, and in a frame
    of another site not at all.
    """
    address = f"{ask.known.terms.origins[0]}/"
    return web.renderer.page(request, visitor, "new_tab.html", goes_into_frames=True, known=ask.known, address=address)


def _continue_page(web: Web, request: Request) -> Response:
    came_from = f"&{_CAME_FROM}={_CROSS_SITE}" if _is_in_frame(request) and _is_cross_site(request) else ""
    target = f"{_PATH}?{request.url.query}{came_from}"
    return web.renderer.page(request, visitor_of(request), "continue.html", goes_into_frames=True, target=target)


def _read(web: Web, tx: Transaction, query: str, caller: Caller) -> Ask:
    """Raises: as ``read_ask``; NotAuthenticated where somebody could see the app who signs in; AccessDenied."""
    params = QueryParams(query)
    try:
        ask = read_ask(tx, web.services, {name: params.getlist(name) for name in PARAMETERS}, caller)
    except RefusedAsk:
        raise
    except OAuthError:
        if caller.user is None:
            raise NotAuthenticated("sign in first") from None
        raise
    if caller.user is not None and not may_sign_in(tx, ask.known, caller):
        names = ", ".join(sorted(ask.known.terms.org_names))
        raise AccessDenied(f"{ask.known.name} signs in members of {names} only, and you are none")
    return ask


def _agreed_organizations(tx: Transaction, visitor: Visitor, ask: Ask) -> list[str] | None:
    """Those of an earlier consent to all of this; None where the person has to be asked."""
    prompts = ask.prompt.split()
    if visitor.caller.user is None or not visitor.csrf:
        # A token in a header is no person who could agree.
        if "none" in prompts:
            raise RefusedAsk("login_required", "nobody is signed in", ask.redirect_uri, ask.state)
        raise NotAuthenticated("sign in first")
    grant = tx.sign_ins.grant_to(ask.known.app.id, visitor.caller.user.id)
    if grant is not None and is_agreed(grant, ask):
        return [each for each in grant.org_ids if each in visitor.caller.roles]
    if "none" in prompts:
        raise RefusedAsk("consent_required", "the person has not agreed to this yet", ask.redirect_uri, ask.state)
    return None


def _consent_page(web: Web, tx: Transaction, request: Request, visitor: Visitor, ask: Ask) -> Response:
    grant = tx.sign_ins.grant_to(ask.known.app.id, _person(visitor).id)
    orgs = [tx.accounts.user(each) for each in visitor.caller.roles] if reaches_repos(ask.scopes) else []
    target = urlsplit(ask.redirect_uri)
    return web.renderer.page(
        request,
        visitor,
        "consent.html",
        goes_into_frames=True,
        form_target=f"{target.scheme}://{target.netloc}",
        known=ask.known,
        host=target.netloc,
        wishes=wish_words(ask.scopes),
        is_more=grant is not None and not ask.scopes <= {*grant.scopes},
        orgs=sorted((org for org in orgs if org is not None), key=lambda org: org.name.lower()),
        chosen={*ask.org_ids, *(grant.org_ids if grant else ())},
        question=request.url.query,
    )


def _with_code(web: Web, user: User, ask: Ask, org_ids: Collection[str]) -> Response:
    code = agree(web.services, user, ask, org_ids)
    return RedirectResponse(with_answer(ask.redirect_uri, code=code, state=ask.state), status_code=303)


def _sent_back(error: RefusedAsk) -> Response:
    answer = {"error": error.code, "error_description": str(error), "state": error.state}
    return RedirectResponse(with_answer(error.redirect_uri, **answer), status_code=303)


def _person(visitor: Visitor) -> User:
    """Raises: NotAuthenticated."""
    if visitor.caller.user is None:
        raise NotAuthenticated("sign in first")
    return visitor.caller.user
