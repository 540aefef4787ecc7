"""The apps that somebody has let act for them, and the way to stop it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.account import User
from spaceport.domain.oauth import OAuthGrant
from spaceport.domain.oauth_scopes import ALL_SCOPES, wish_words
from spaceport.errors import NotAuthenticated
from spaceport.interfaces import Transaction
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import visitor_of

_PATH = "/settings/connected-apps"


@dataclass(frozen=True)
class ConnectedApp:
    """``space`` is the Space's full name, empty for the command line."""

    grant: OAuthGrant
    name: str
    space: str
    wishes: list[str]
    orgs: list[str]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get(_PATH, include_in_schema=False)
    def connected(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.caller.user is None or not visitor.csrf:
            raise NotAuthenticated("sign in to see the apps that you let in")
        with web.services.database.read() as tx:
            apps = _apps_of(tx, visitor.caller.user)
        return web.renderer.page(request, visitor, "connected_apps.html", apps=apps)

    @router.post(f"{_PATH}/{{grant_id}}/revoke", include_in_schema=False)
    def revoke(request: Request, grant_id: str, csrf: Annotated[str, Form()] = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        assert visitor.caller.user is not None
        with web.services.database.begin() as tx:
            tx.sign_ins.remove_grant(visitor.caller.user.id, grant_id)
        return leads_to(_PATH, "app-revoked")

    return router


def _apps_of(tx: Transaction, user: User) -> list[ConnectedApp]:
    found = []
    for grant in tx.sign_ins.grants_of(user.id):
        app = tx.sign_ins.app(grant.app_id)
        space = tx.spaces.get(app.space_id) if app is not None and app.space_id else None
        may_all = app is not None and app.space_id is None and {*grant.scopes} >= ALL_SCOPES
        orgs = [tx.accounts.user(each) for each in grant.org_ids]
        found.append(
            ConnectedApp(
                grant,
                name=space.full_name if space is not None else app.name if app is not None else "",
                space=space.full_name if space is not None else "",
                wishes=["do whatever you may do"] if may_all else wish_words(grant.scopes),
                orgs=sorted(org.name for org in orgs if org is not None),
            )
        )
    return found
