"""What one revision has that another has not, and a form that makes a pull request of it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import Action
from spaceport.domain.discussion import MAX_TITLE_CHARACTERS
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, RevisionNotFound
from spaceport.repos.ancestry import HistoryTooLong
from spaceport.repos.between import Between, between
from spaceport.repos.branches import list_refs
from spaceport.repos.commits.propose import propose_branch
from spaceport.repos.diff import diff_of
from spaceport.repos.discussions.finding import can_propose
from spaceport.repos.finding import folder_of
from spaceport.repos.revisions import resolve_revision
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import Visitor, visitor_of

_MAIN = "main"
#: Branches and tags to choose from; others are reached by address.
_MAX_REFS = 200
Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_pages)


def _add_pages(router: APIRouter, web: Web, kind: RepoType) -> None:
    services, path = web.services, f"/{kind.prefix}{{owner}}/{{name}}/compare"

    @router.get(path, include_in_schema=False)
    def choose(request: Request, owner: str, name: str, base: str = _MAIN, head: str = "") -> Response:
        """Where the form with two revisions leads."""
        visitor = visitor_of(request)
        repo = find_repo(services, visitor.caller, kind, owner, name, Action.FETCH)
        if not head:
            return _show(web, request, visitor, kind, repo, base, "")
        return leads_to(f"/{kind.prefix}{repo.full_name}/compare/{quote(base, safe='')}..{quote(head, safe='')}")

    @router.get(f"{path}/{{rest:path}}", include_in_schema=False)
    def compare(request: Request, owner: str, name: str, rest: str) -> Response:
        visitor = visitor_of(request)
        # What changed is what files hold.
        repo = find_repo(services, visitor.caller, kind, owner, name, Action.FETCH)
        return _show(web, request, visitor, kind, repo, *_ends_of(rest))

    @router.post(f"{path}/{{rest:path}}", include_in_schema=False)
    def propose(
        request: Request, owner: str, name: str, rest: str, csrf: Text = "", title: Text = "", description: Text = ""
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        base, head = _ends_of(rest)
        if base != _MAIN:
            raise BadRequest("pull requests go to main: compare with that")
        try:
            discussion = propose_branch(services, repo, visitor.caller, head, title, description)
        except BadRequest as error:
            return _show(web, request, visitor, kind, repo, base, head, (str(error), title, description))
        return leads_to(f"/{kind.prefix}{repo.full_name}/discussions/{discussion.number}", "proposed")


def _ends_of(rest: str) -> tuple[str, str]:
    """
    Of ``base..head``; three dots, as elsewhere, mean the same. No ref has two dots in its name.

    Raises: RevisionNotFound.

    Source: git-check-ref-format(1).
    """
    base, dots, head = rest.partition("..")
    if not (base and dots and head.removeprefix(".")):
        raise RevisionNotFound("two revisions are compared as base..head")
    return base, head.removeprefix(".")


def _show(
    web: Web,
    request: Request,
    visitor: Visitor,
    kind: RepoType,
    repo: Space | Repo,
    base: str,
    head: str,
    typed: tuple[str, str, str] = ("", "", ""),
) -> Response:
    """``typed`` is what was wrong with the form, and what stood in it."""
    folder = folder_of(web.services, repo)
    refs = list_refs(folder)
    branches = [ref.name for ref in refs.branches]
    found, diff, problem, status = None, None, typed[0], 400 if typed[0] else 200
    try:
        base_sha = resolve_revision(folder, base)
        if head:
            head_sha = resolve_revision(folder, head)
            found = between(folder, base_sha, head_sha)
            diff = diff_of(folder, found.start, head_sha)
    except RevisionNotFound as error:
        problem, status = str(error), 400 if typed[0] else 404
    except HistoryTooLong as error:
        problem, status = str(error), 400
    return web.renderer.page(
        request,
        visitor,
        "compare.html",
        status=status,
        tab="files",
        base_name=base,
        head_name=head,
        names=[*branches[:_MAX_REFS], *(ref.name for ref in refs.tags[:_MAX_REFS])],
        found=found,
        diff=diff,
        problem=problem,
        may_propose=bool(
            found and found.commits and base == _MAIN and head in branches and can_propose(visitor.caller, repo)
        ),
        title=typed[1] or _title_of(found),
        description=typed[2],
        **head_context(web.services, visitor.caller, kind, repo),
    )


def _title_of(found: Between | None) -> str:
    """That of the commit, where there is one."""
    return found.commits[0].title[:MAX_TITLE_CHARACTERS] if found and len(found.commits) == 1 else ""
