"""One discussion or pull request: what was said, and forms to say more, close it, merge it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import Action, can
from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest
from spaceport.repos.diff import diff_of
from spaceport.repos.discussions import merging, talking
from spaceport.repos.discussions.code_lines import find_lines
from spaceport.repos.discussions.finding import find_discussion, require_discussions
from spaceport.repos.discussions.pull_refs import pull_state
from spaceport.repos.paths import repo_path
from spaceport.web.context import Web
from spaceport.web.discussion_view import rights_in, rows_of
from spaceport.web.forms import check_form, leads_to
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.review import review_of
from spaceport.web.visitor import visitor_of


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_page, _add_forms)


def _add_page(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/discussions/{{number}}", include_in_schema=False)
    def discussion(request: Request, owner: str, name: str, number: int) -> Response:
        visitor = visitor_of(request)
        caller = visitor.caller
        repo = find_repo(services, caller, kind, owner, name)
        require_discussions(caller, repo)
        with services.database.read() as tx:
            found = find_discussion(tx, repo, number)
            events = tx.discussions.events(found.id)
        pull = pull_state(services, repo, found, with_diff=False) if found.is_pull_request else None
        rows, left_out = rows_of(caller, repo, events, pull)
        # A patch shows the contents of files, which a gated repo keeps from those who were not let in.
        has_diff = pull is not None and pull.head is not None and pull.commits and can(caller, Action.FETCH, repo)
        folder = repo_path(services.settings.data_dir, repo.id, kind)
        diff = diff_of(folder, pull.base, pull.head) if has_diff and pull and pull.head else None
        places = [row.place for row in rows if row.place is not None]
        lines = find_lines(services, repo, places, pull.base, pull.head) if diff and pull and places else {}
        return web.renderer.page(
            request,
            visitor,
            "discussion.html",
            tab="discussions",
            discussion=found,
            review=review_of(rows, lines, diff),
            left_out=left_out,
            pull=pull,
            diff=diff,
            may=rights_in(caller, repo, found),
            **head_context(services, caller, kind, repo),
        )


def _add_forms(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/discussions/{{number}}", include_in_schema=False)
    def act(
        request: Request,
        owner: str,
        name: str,
        number: int,
        csrf: Annotated[str, Form()] = "",
        action: Annotated[str, Form()] = "comment",
        text: Annotated[str, Form()] = "",
        head: Annotated[str, Form()] = "",
        reply_to: Annotated[str | None, Form(max_length=64)] = None,
    ) -> Response:
        """The button that was pressed says what to do; what stands in the box is said as well."""
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        caller = visitor.caller
        repo = find_repo(services, caller, kind, owner, name)
        base = f"/{kind.prefix}{repo.full_name}/discussions"
        match action:
            case "comment":
                added = talking.comment(services, repo, caller, number, text, reply_to=reply_to or None)
                return leads_to(f"{base}/{number}", section=f"comment-{added.id}")
            case "open" | "closed":
                talking.change_status(services, repo, caller, number, action, text)
            case "merge":
                merging.merge(services, repo, caller, number, text, seen=head)
            case "rename":
                talking.rename(services, repo, caller, number, text)
            case "delete":
                talking.delete(services, repo, caller, number)
                return leads_to(base)
            case _:
                raise BadRequest("this button is not known here")
        return leads_to(f"{base}/{number}", section="end")

    @router.post(
        f"/{kind.prefix}{{owner}}/{{name}}/discussions/{{number}}/comments/{{event_id}}/hide", include_in_schema=False
    )
    def hide(
        request: Request, owner: str, name: str, number: int, event_id: str, csrf: Annotated[str, Form()] = ""
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        talking.hide_comment(services, repo, visitor.caller, number, event_id)
        return leads_to(f"/{kind.prefix}{repo.full_name}/discussions/{number}")
