"""The forms for a new model and a new dataset."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import can_create_in
from spaceport.domain.account import Caller
from spaceport.domain.repo import RepoType
from spaceport.errors import AlreadyExists, InvalidName, NotAuthenticated
from spaceport.repos.repo_creation import create_repo
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of

#: As on the public hub, where /new is for a model.
_PATHS = {RepoType.MODEL: "/new", RepoType.DATASET: "/new-dataset"}


@dataclass(frozen=True)
class NewRepo:
    """What was typed, and what is wrong with it."""

    owner: str
    name: str = ""
    private: bool = False
    problem: str | None = None


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    for kind in _PATHS:
        _add_form(router, web, kind)
    return router


def _add_form(router: APIRouter, web: Web, kind: RepoType) -> None:
    def show(request: Request, visitor: Visitor, form: NewRepo, status: int = 200) -> Response:
        owners = _owners(web, visitor.caller)
        return web.renderer.page(
            request, visitor, "new_repo.html", status=status, kind=kind, form=form, owners=owners, to=_PATHS[kind]
        )

    @router.get(_PATHS[kind], include_in_schema=False)
    def form(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.caller.user is None:
            raise NotAuthenticated(f"sign in to make a {kind}")
        return show(request, visitor, NewRepo(visitor.caller.user.name))

    @router.post(_PATHS[kind], include_in_schema=False)
    def create(
        request: Request,
        csrf: Annotated[str, Form()] = "",
        owner: Annotated[str, Form()] = "",
        name: Annotated[str, Form()] = "",
        visibility: Annotated[str, Form()] = "public",
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        owner, name, private = owner.strip(), name.strip(), visibility == "private"
        try:
            repo = create_repo(web.services, visitor.caller, kind, name, owner or None, private)
        except (InvalidName, AlreadyExists) as error:
            status = 409 if isinstance(error, AlreadyExists) else 400
            return show(request, visitor, NewRepo(owner, name, private, str(error)), status)
        return leads_to(f"/{kind.prefix}{repo.full_name}", "repo-created")


def _owners(web: Web, caller: Caller) -> list[str]:
    """Oneself, and the organizations where one may create repos."""
    assert caller.user is not None
    with web.services.database.read() as tx:
        organizations = [tx.accounts.user(org_id) for org_id in caller.roles if can_create_in(caller, org_id)]
    return [caller.user.name, *sorted(each.name for each in organizations if each is not None)]
