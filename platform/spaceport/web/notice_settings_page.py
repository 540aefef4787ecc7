"""What somebody wants to hear of, and of which repos; the button for that on every repo's page. No script is needed."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import Action, can
from spaceport.domain.repo import RepoType
from spaceport.domain.watch import WatchLevel
from spaceport.notify.watching import choose_kinds, forget_watch, signed_in, turn_watch
from spaceport.web.context import Web
from spaceport.web.finding import repos_by_ids
from spaceport.web.forms import check_form, leads_to
from spaceport.web.notice_words import KIND_WORDS
from spaceport.web.repo_pages import find_repo
from spaceport.web.visitor import visitor_of

_PATH = "/settings/notifications"

Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    _add_page(router, web)
    for kind in RepoType:
        for verb in ("watch", "unwatch"):
            _add_button(router, web, kind, verb)
    return router


def _add_page(router: APIRouter, web: Web) -> None:
    services = web.services

    @router.get(_PATH, include_in_schema=False)
    def choices(request: Request) -> Response:
        visitor = visitor_of(request)
        user = signed_in(visitor.caller)
        with services.database.read() as tx:
            quiet = tx.notices.quiet_of([user.id]).get(user.id, frozenset())
            watches = tx.watches.of_user(user.id)
            found = repos_by_ids(tx, [watch.repo_id for watch in watches])
        rows = [
            (watch, repo)
            for watch in watches
            if (repo := found.get(watch.repo_id)) is not None and can(visitor.caller, Action.READ, repo)
        ]
        shown: dict[str, Any] = {
            "kind_words": KIND_WORDS,
            "quiet": quiet,
            "rows": rows,
            "watching": WatchLevel.WATCHING,
        }
        return web.renderer.page(request, visitor, "notice_settings.html", **shown)

    @router.post(_PATH, include_in_schema=False)
    def choose(request: Request, csrf: Text = "", kinds: Texts = None) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        choose_kinds(services, visitor.caller, kinds or ())
        return leads_to(_PATH, "notices-chosen")

    @router.post(f"{_PATH}/{{repo_id}}/forget", include_in_schema=False)
    def forget(request: Request, repo_id: str, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        forget_watch(services, visitor.caller, repo_id)
        return leads_to(_PATH, "watch-gone")


def _add_button(router: APIRouter, web: Web, kind: RepoType, verb: str) -> None:
    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/{verb}", include_in_schema=False)
    def send(request: Request, owner: str, name: str, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_repo(web.services, visitor.caller, kind, owner, name)
        turn_watch(web.services, repo, visitor.caller, verb == "watch")
        return leads_to(f"/{kind.prefix}{repo.full_name}")
