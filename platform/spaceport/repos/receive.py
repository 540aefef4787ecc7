"""What the hub answers to the hooks of a push: may it come in, and what becomes of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from spaceport.addresses import page_url
from spaceport.domain.push import Push
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Desired, Space
from spaceport.errors import BadRequest, NotAuthenticated, SpaceNotFound, SpaceportError
from spaceport.repos.files import describe_hidden_files, describe_large_objects
from spaceport.repos.finding import kind_of
from spaceport.repos.large_files import check_new_pointers
from spaceport.repos.paths import MAIN, repo_path
from spaceport.repos.progress import tell_progress
from spaceport.repos.publish import inspect, publish_main
from spaceport.repos.repo_pushes import check_repo_push, publish_repo
from spaceport.repos.ticket import unseal
from spaceport.repos.tree import large_new_objects
from spaceport.services import Services

log = structlog.get_logger()
#: How long a ticket is good for: longer than any push may take.
TICKET_SECONDS = 2 * 3600
_ZERO = "0" * 40
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_NO_WAIT = "nowait"
_REFUSED, _ACCEPTED = "\0" + "1\n", "\0" + "0\n"


class HookQuestion(BaseModel):
    """What ``hook.py`` sends: old id, new id and name of each ref."""

    refs: list[tuple[str, str, str]]
    quarantine: str | None = None
    options: list[str] = []


@dataclass(frozen=True)
class Moved:
    """One ref of a push."""

    old: str
    new: str
    ref: str

    @property
    def is_deletion(self) -> bool:
        return set(self.new) == {"0"}


def make_hook_router(services: Services) -> APIRouter:
    """The endpoints of ``hook.py``; a ticket of the push opens them."""
    router = APIRouter(include_in_schema=False)

    @router.post("/internal/git-hook/pre-receive")
    def pre_receive(question: HookQuestion, request: Request) -> Response:
        repo, _ = _repo_of_ticket(services, request)
        moved = [Moved(*ref) for ref in question.refs]
        quarantine = _quarantine(services, repo, question.quarantine)
        if isinstance(repo, Space):
            problems, warnings = check_push(services, repo, moved, quarantine)
        else:
            main = next((each.new for each in moved if each.ref == MAIN), None)
            problems, warnings = check_refs(moved), []
            problems = problems or check_repo_push(services, repo, main, quarantine)
        lines = [f"Spaceport: {line}" for line in warnings]
        if problems:
            lines += ["Spaceport: this push was refused:", *(f"  - {line}" for line in problems)]
        return _chunked("\n".join([*lines, ""]) + (_REFUSED if problems else _ACCEPTED))

    @router.post("/internal/git-hook/post-receive")
    async def post_receive(question: HookQuestion, request: Request) -> Response:
        repo, pusher = await run_in_threadpool(_repo_of_ticket, services, request)
        moved = [Moved(*ref) for ref in question.refs]
        if not isinstance(repo, Space):
            await run_in_threadpool(publish_repo, services, repo.id)
            return _chunked(_ACCEPTED)
        return StreamingResponse(
            _after_push(services, repo, pusher, moved, question.options), media_type="text/plain; charset=utf-8"
        )

    return router


def check_refs(moved: Sequence[Moved]) -> list[str]:
    """Which refs may be pushed at all; pure."""
    problems = []
    for each in moved:
        if not each.ref.startswith((_HEADS, _TAGS)):
            problems.append(f"{each.ref} cannot be pushed: only branches and tags can")
        elif each.ref == MAIN and each.is_deletion:
            problems.append("main cannot be deleted: it is what is deployed")
    return problems


def branch_notes(moved: Sequence[Moved]) -> list[str]:
    """What to tell about branches that are stored but not deployed; pure."""
    branches = [each.ref.removeprefix(_HEADS) for each in moved if each.ref.startswith(_HEADS) and not each.is_deletion]
    if "main" in branches:
        return []
    notes = [f"{branch} is stored; only main is deployed" for branch in branches]
    if "master" in branches:
        notes.append("to deploy it, push it to main:  git push origin master:main")
    return notes


def check_push(
    services: Services, space: Space, moved: Sequence[Moved], quarantine: Path | None
) -> tuple[list[str], list[str]]:
    """Problems that refuse the push, and warnings. Nothing has moved yet: new objects are in ``quarantine``."""
    problems = check_refs(moved)
    warnings: list[str] = []
    limit = services.settings.max_file_bytes
    if problems:
        return problems, warnings
    # Whatever branch it is on and whether or not a later commit removed it: it would be stored for ever.
    files, others = large_new_objects(quarantine, limit) if quarantine is not None else ([], [])
    if others:
        return [describe_large_objects(others, limit)], warnings
    for each in moved:
        if each.ref == MAIN:
            inspection, _ = inspect(services, space.id, each.new, quarantine)
            problems += inspection.problems
            warnings += inspection.warnings
    if not problems and files:
        problems.append(describe_hidden_files(files, limit))
    if not problems and quarantine is not None:
        problems += check_new_pointers(services, space.id, quarantine)
    return problems, warnings


async def _after_push(
    services: Services, space: Space, pusher: str, moved: Sequence[Moved], options: Sequence[str]
) -> AsyncIterator[str]:
    for note in branch_notes(moved):
        yield f"Spaceport: {note}\n"
    main = next((each for each in moved if each.ref == MAIN), None)
    try:
        push = await run_in_threadpool(_publish, services, space, pusher, main.new) if main else None
        if push is not None and _NO_WAIT in options:
            yield f"Spaceport: accepted: watch at {page_url(space, services.settings)}\n"
        elif push is not None:
            async for line in tell_progress(services, push):
                yield line + "\n"
        elif main is not None:
            yield "Spaceport: superseded by a newer push\n"
    except SpaceportError as error:
        yield f"Spaceport: {error}\n"
    except Exception:
        # The push itself is stored, and repair publishes it if need be: say so instead of an ending in mid-air.
        log.exception("could not follow a push", space=space.full_name)
        yield f"Spaceport: stored, but its progress cannot be shown: watch at {page_url(space, services.settings)}\n"
    yield _ACCEPTED


def _publish(services: Services, space: Space, pusher: str, sha: str) -> Push | None:
    published = publish_main(services, space.id, pusher)
    if published is not None and published.sha == sha:
        return published
    # Somebody else published first: the repair round, or a push that came right after this one.
    with services.database.read() as tx:
        return tx.pushes.by_sha(space.id, sha)


def _repo_of_ticket(services: Services, request: Request) -> tuple[Space | Repo, str]:
    """
    The repo a hook speaks for, and the name of who pushes.

    Raises: NotAuthenticated, SpaceNotFound.
    """
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme != "Ticket":
        raise NotAuthenticated("this address is for the hooks of the hub")
    ticket = unseal(text, services.internal_secret, services.clock.now().timestamp(), TICKET_SECONDS)
    with services.database.read() as tx:
        is_space = ticket.kind == RepoType.SPACE
        repo = tx.spaces.get(ticket.repo_id) if is_space else tx.repos.get(ticket.repo_id)
        user = tx.accounts.user(ticket.user_id)
    if repo is None or user is None or (isinstance(repo, Space) and repo.desired is Desired.DELETED):
        raise SpaceNotFound("the repo is gone")
    return repo, user.name


def _quarantine(services: Services, repo: Space | Repo, path: str | None) -> Path | None:
    """The folder git named, if it is where it must be. Raises: BadRequest."""
    if path is None:
        return None
    found = Path(path).resolve()
    if found.parent != repo_path(services.settings.data_dir, repo.id, kind_of(repo)) / "objects":
        raise BadRequest("the quarantine is not inside the repo")
    return found


def _chunked(text: str) -> Response:
    async def once() -> AsyncIterator[str]:
        yield text

    return StreamingResponse(once(), media_type=PlainTextResponse.media_type)
