"""The forms for a new model and a new dataset."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.licenses import LICENSES, check_license
from spaceport.domain.repo import RepoType
from spaceport.errors import AlreadyExists, InvalidCard, InvalidName, NotAuthenticated
from spaceport.removal import removed_if_refused
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.first_card import card_of_license
from spaceport.repos.paths import MAIN
from spaceport.repos.repo_creation import create_repo
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.new_owners import owners_for
from spaceport.web.visitor import Visitor, visitor_of

#: As on the public hub, where /new is for a model.
_PATHS = {RepoType.MODEL: "/new", RepoType.DATASET: "/new-dataset"}


@dataclass(frozen=True)
class NewRepo:
    """What was typed, and what is wrong with it."""

    owner: str
    name: str = ""
    private: bool = False
    license: str = ""
    problem: str | None = None


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    for kind in _PATHS:
        _add_form(router, web, kind)
    return router


def _add_form(router: APIRouter, web: Web, kind: RepoType) -> None:
    def show(request: Request, visitor: Visitor, form: NewRepo, status: int = 200) -> Response:
        owners = owners_for(web.services, visitor.caller)
        return web.renderer.page(
            request,
            visitor,
            "new_repo.html",
            status=status,
            kind=kind,
            form=form,
            owners=owners,
            licenses=sorted(LICENSES),
            to=_PATHS[kind],
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
        license: Annotated[str, Form()] = "",
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        owner, name, private = owner.strip(), name.strip(), visibility == "private"
        try:
            card = first_card(license.strip())
            repo = create_repo(web.services, visitor.caller, kind, name, owner or None, private)
            if card is not None:
                with removed_if_refused(web.services, repo, visitor.caller):
                    write_commit(web.services, repo, visitor.caller, MAIN, [card], "Add a card with the licence")
        except (InvalidName, AlreadyExists, InvalidCard) as error:
            status = 409 if isinstance(error, AlreadyExists) else 400
            return show(request, visitor, NewRepo(owner, name, private, license, str(error)), status)
        return leads_to(f"/{kind.prefix}{repo.full_name}", "repo-created")


def first_card(license_id: str) -> AddFile | None:
    """A README that names the licence, where one was chosen. Raises: InvalidCard."""
    if not license_id:
        return None
    if problem := check_license(license_id):
        raise InvalidCard([f'"license" {problem}'])
    return AddFile("README.md", card_of_license(license_id))
