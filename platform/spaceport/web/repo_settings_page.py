"""The settings of a model or a dataset."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import Action
from spaceport.domain.access_request import AccessRequest
from spaceport.domain.account import Caller
from spaceport.domain.gate import GATES
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import AlreadyExists, BadRequest, InvalidName, UserNotFound
from spaceport.repos.repo_creation import remove_repo
from spaceport.repos.repo_moving import move_repo
from spaceport.repos.repo_settings import change_settings
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.gate import answer_request, requests_of
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.settings_view import Typed
from spaceport.web.visitor import Visitor, visitor_of

_MENDABLE = (BadRequest, InvalidName, AlreadyExists, UserNotFound)

Text = Annotated[str, Form()]
Do = Callable[[Repo, Caller], object]


class RepoSettings:
    """The page and what its forms have in common, for one type of repos."""

    def __init__(self, web: Web, kind: RepoType) -> None:
        self._web = web
        self._kind = kind
        self.path = f"/{kind.prefix}{{owner}}/{{name}}/settings"

    def show(self, request: Request, visitor: Visitor, repo: Repo, typed: Typed | None = None) -> Response:
        return self._web.renderer.page(
            request,
            visitor,
            "repo_settings.html",
            status=400 if typed else 200,
            tab="settings",
            typed=typed or Typed(),
            requests=_requests(self._web, repo),
            **head_context(self._web.services, visitor.caller, self._kind, repo),
        )

    def find(self, visitor: Visitor, owner: str, name: str) -> Repo:
        """Raises: SpaceNotFound, AccessDenied, NotAuthenticated."""
        repo = find_repo(self._web.services, visitor.caller, self._kind, owner, name, Action.CONFIGURE)
        assert isinstance(repo, Repo)
        return repo

    def change(
        self, request: Request, owner: str, name: str, csrf: str, section: str, do: Do, **values: str
    ) -> Response:
        """Do it and lead back to the section, or show the page again with what is wrong and what was typed."""
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = self.find(visitor, owner, name)
        try:
            done = do(repo, visitor.caller)
        except _MENDABLE as error:
            return self.show(request, visitor, repo, Typed(section, str(error), values))
        now = done if isinstance(done, Repo) else repo
        return leads_to(f"/{self._kind.prefix}{now.full_name}/settings", "repo-saved", section)


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    for kind in (RepoType.DATASET, RepoType.MODEL):
        forms = RepoSettings(web, kind)
        _add_page(router, web, forms, kind)
        _add_access(router, web, forms)
    return router


def _add_page(router: APIRouter, web: Web, forms: RepoSettings, kind: RepoType) -> None:
    services = web.services

    @router.get(forms.path, include_in_schema=False)
    def page(request: Request, owner: str, name: str) -> Response:
        visitor = visitor_of(request)
        return forms.show(request, visitor, forms.find(visitor, owner, name))

    @router.post(f"{forms.path}/name", include_in_schema=False)
    def rename(
        request: Request, owner: str, name: str, csrf: Text = "", to_owner: Text = "", to_name: Text = ""
    ) -> Response:
        def do(repo: Repo, caller: Caller) -> Repo:
            return move_repo(services, repo, caller, to_owner.strip(), to_name.strip())

        return forms.change(request, owner, name, csrf, "name", do, to_owner=to_owner, to_name=to_name)

    @router.post(f"{forms.path}/delete", include_in_schema=False)
    def delete(request: Request, owner: str, name: str, csrf: Text = "", confirm: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = forms.find(visitor, owner, name)
        if confirm.strip() != repo.full_name:
            return forms.show(
                request, visitor, repo, Typed("delete", gettext("type %(name)s to confirm", name=repo.full_name))
            )
        remove_repo(services, repo, visitor.caller)
        return leads_to(f"/{kind.plural}", "repo-deleted")


def _add_access(router: APIRouter, web: Web, forms: RepoSettings) -> None:
    services = web.services

    @router.post(f"{forms.path}/access", include_in_schema=False)
    def access(
        request: Request,
        owner: str,
        name: str,
        csrf: Text = "",
        visibility: Text = "",
        gated: Text = "",
        discussions: Annotated[bool, Form()] = False,
    ) -> Response:
        def do(repo: Repo, caller: Caller) -> object:
            if visibility not in ("public", "private") or gated not in GATES:
                raise BadRequest("choose public or private, and one of the gates")
            private = visibility == "private"
            return change_settings(services, repo, caller, private=private, gated=gated, has_discussions=discussions)

        return forms.change(request, owner, name, csrf, "access", do)

    @router.post(f"{forms.path}/requests", include_in_schema=False)
    def answer(
        request: Request, owner: str, name: str, csrf: Text = "", user: Text = "", status: Text = ""
    ) -> Response:
        def do(repo: Repo, caller: Caller) -> None:
            answer_request(services, repo, caller, user, status)

        return forms.change(request, owner, name, csrf, "requests", do, user=user)


def _requests(web: Web, repo: Repo) -> list[tuple[str, AccessRequest]]:
    with web.services.database.read() as tx:
        return requests_of(tx, repo)
