"""What the hub answers to the hooks of a push: may it come in, and what becomes of it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from spaceport import doing
from spaceport.addresses import page_url
from spaceport.domain.account import User
from spaceport.domain.discussion import DiscussionStatus
from spaceport.domain.push import Push
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, NotAuthenticated, SpaceNotFound, SpaceportError
from spaceport.repos.after_push import after_push
from spaceport.repos.discussions.rights import find_pull_request
from spaceport.repos.door import check_commits
from spaceport.repos.finding import find_by_id, folder_of, kind_of
from spaceport.repos.paths import MAIN
from spaceport.repos.progress import tell_progress
from spaceport.repos.refs import HEADS, Moved, check_refs, is_pull
from spaceport.repos.ticket import unseal
from spaceport.services import Services

log = structlog.get_logger()
#: How long a ticket is good for: longer than any push may take.
TICKET_SECONDS = 2 * 3600
_NO_WAIT = "nowait"
_REFUSED, _ACCEPTED = "\0" + "1\n", "\0" + "0\n"


class HookQuestion(BaseModel):
    """What ``hook.py`` sends: old id, new id and name of each ref."""

    refs: list[tuple[str, str, str]]
    quarantine: str | None = None
    options: list[str] = []


def make_hook_router(services: Services) -> APIRouter:
    """The endpoints of ``hook.py``; a ticket of the push opens them."""
    router = APIRouter(include_in_schema=False)

    @router.post("/internal/git-hook/pre-receive")
    def pre_receive(question: HookQuestion, request: Request) -> Response:
        repo, pusher, is_guest = _repo_of_ticket(services, request)
        moved = [Moved(*ref) for ref in question.refs]
        quarantine = _quarantine(services, repo, question.quarantine)
        problems = check_refs(moved) or check_pulls(services, repo, moved, pusher, is_guest)
        warnings: tuple[str, ...] = ()
        if not problems:
            verdict = check_commits(services, repo, moved, quarantine)
            problems, warnings = [*verdict.problems, *verdict.missing], verdict.warnings
        lines = [f"Spaceport: {line}" for line in warnings]
        if problems:
            lines += ["Spaceport: this push was refused:", *(f"  - {line}" for line in problems)]
        return _chunked("\n".join([*lines, ""]) + (_REFUSED if problems else _ACCEPTED))

    @router.post("/internal/git-hook/post-receive")
    async def post_receive(question: HookQuestion, request: Request) -> Response:
        repo, pusher, _ = await run_in_threadpool(_repo_of_ticket, services, request)
        moved = [Moved(*ref) for ref in question.refs]
        return StreamingResponse(
            _follow(services, repo, pusher.name, moved, question.options), media_type="text/plain; charset=utf-8"
        )

    return router


def check_pulls(
    services: Services, repo: Space | Repo, moved: Sequence[Moved], pusher: User, is_guest: bool
) -> list[str]:
    """Which pull requests may be pushed to, and that a guest pushes to nothing else."""
    problems: list[str] = []
    with services.database.read() as tx:
        for each in moved:
            found = find_pull_request(tx, repo, each.ref)
            if is_guest and (found is None or found.author_id != pusher.id):
                problems.append(f"{each.ref}: you may push to pull requests of your own (refs/pr/N) only")
            elif is_pull(each.ref) and found is None:
                problems.append(f"{each.ref}: there is no such pull request; open one first")
            elif found is not None and found.status is DiscussionStatus.MERGED:
                problems.append(f"{each.ref}: this pull request is merged; open another one")
    return problems


def branch_notes(moved: Sequence[Moved]) -> list[str]:
    """What to tell about branches that are stored but not deployed; pure."""
    branches = [each.ref.removeprefix(HEADS) for each in moved if each.ref.startswith(HEADS) and not each.is_deletion]
    if "main" in branches:
        return []
    notes = [f"{branch} is stored; only main is deployed" for branch in branches]
    if "master" in branches:
        notes.append("to deploy it, push it to main:  git push origin master:main")
    return notes


async def _follow(
    services: Services, repo: Space | Repo, pusher: str, moved: Sequence[Moved], options: Sequence[str]
) -> AsyncIterator[str]:
    """Do what follows a push, and tell of it; what becomes of a Space until it runs or failed."""
    if isinstance(repo, Space):
        for note in branch_notes(moved):
            yield f"Spaceport: {note}\n"
    try:
        push = await run_in_threadpool(after_push, services, repo, moved, pusher)
        if isinstance(repo, Space):
            async for line in _progress(services, repo, push, moved, options):
                yield f"{line}\n"
    except SpaceportError as error:
        yield f"Spaceport: {error}\n"
    except Exception:
        # The push itself is stored, and repair publishes it if need be: say so instead of an ending in mid-air.
        log.exception("could not follow a push", repo=repo.full_name)
        where = f": watch at {page_url(repo, services.settings)}" if isinstance(repo, Space) else ""
        yield f"Spaceport: stored, but what follows cannot be shown{where}\n"
    yield _ACCEPTED


async def _progress(
    services: Services, space: Space, push: Push | None, moved: Sequence[Moved], options: Sequence[str]
) -> AsyncIterator[str]:
    if push is not None and _NO_WAIT in options:
        yield f"Spaceport: accepted: watch at {page_url(space, services.settings)}"
    elif push is not None:
        async for line in tell_progress(services, push):
            yield line
    elif any(each.ref == MAIN for each in moved):
        yield "Spaceport: superseded by a newer push"


def _repo_of_ticket(services: Services, request: Request) -> tuple[Space | Repo, User, bool]:
    """
    The repo a hook speaks for, who pushes, and whether as a guest.

    Raises: NotAuthenticated, SpaceNotFound.
    """
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme != "Ticket":
        raise NotAuthenticated("this address is for the hooks of the hub")
    ticket = unseal(text, services.internal_secret, services.clock.now().timestamp(), TICKET_SECONDS)
    with services.database.read() as tx:
        repo = find_by_id(tx, ticket.kind, ticket.repo_id)
        user = tx.accounts.user(ticket.user_id)
    if repo is None or user is None:
        raise SpaceNotFound("the repo is gone")
    doing.name_actor(user.name, f"git, {ticket.via}", ticket.address)
    doing.tell("pushed", kind_of(repo).prefix + repo.full_name)
    return repo, user, ticket.is_guest


def _quarantine(services: Services, repo: Space | Repo, path: str | None) -> Path | None:
    """The folder git named, if it is where it must be. Raises: BadRequest."""
    if path is None:
        return None
    found = Path(path).resolve()
    if found.parent != folder_of(services, repo) / "objects":
        raise BadRequest("the quarantine is not inside the repo")
    return found


def _chunked(text: str) -> Response:
    async def once() -> AsyncIterator[str]:
        yield text

    return StreamingResponse(once(), media_type=PlainTextResponse.media_type)
