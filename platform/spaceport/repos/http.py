"""Git's smart HTTP protocol: clone, fetch and push with the real ``git``."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from spaceport.doing import way_of
from spaceport.domain.access import Action, Guarded, can, gated_words, is_kept_out, is_shut
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import NotAuthenticated, RepoDisabled, SpaceMoved
from spaceport.identity import caller_from_header
from spaceport.interfaces import Transaction
from spaceport.renames import named_any, new_location
from spaceport.repos.discussions.rights import has_own_pull_request
from spaceport.repos.finding import kind_of
from spaceport.repos.git_command import git_arguments, git_environment
from spaceport.repos.git_process import GitCommand, GitResponse
from spaceport.repos.hooks import install_hooks
from spaceport.repos.paths import hooks_dir, repo_path
from spaceport.repos.ticket import Ticket, seal
from spaceport.services import Services

_SERVICES = {"git-upload-pack": Action.FETCH, "git-receive-pack": Action.WRITE}
_NO_CACHE = {"Cache-Control": "no-cache, max-age=0, must-revalidate", "Expires": "Fri, 01 Jan 1980 00:00:00 GMT"}
#: What a fetch asks for: lists of commits.
_MAX_FETCH_REQUEST_BYTES = 64 * 1024**2
#: On top of the pack: commands, push options, framing. git itself refuses larger packs with a clear message.
_PUSH_OVERHEAD_BYTES = 16 * 1024**2
#: Of each process that unpacks a push. A pack of any size fits, because large files are read piece by piece.
_PUSH_MEMORY_BYTES = 1024**3
_PUSH_CPU_SECONDS = 900
#: A body beyond this is cut off: it is read to its end so that git's refusal can be seen, but not for ever.
_OVERSIZE_FACTOR = 2
_NOT_FOUND = "Repository not found\n"
#: The page that makes a repo of this kind, and the options of the Hub's command.
_MADE_BY = {
    RepoType.SPACE: ("new-space", " --type space --space-sdk gradio"),
    RepoType.MODEL: ("new", ""),
    RepoType.DATASET: ("new-dataset", " --type dataset"),
}
_PROTOCOL_VERSIONS = ("version=1", "version=2")


@dataclass(frozen=True)
class Refusal:
    """``text`` is printed by git after ``remote:``; ``code`` is for clients that speak LFS without git."""

    status: int
    text: str
    code: str | None = None


def decide(caller: Caller, space: Guarded | None, action: Action) -> Refusal | None:
    """
    Whether git may go on; None means yes. Pure.

    Nobody learns from the answer whether a private Space exists: anonymous callers are asked to sign in for it as for
    one that is not there, others get the same 404.

    Source: hub-api.md section 9.
    """
    if space is not None and can(caller, action, space):
        return None
    if caller.user is None:
        # Disabled repos, too: git sends an admin's token only after it was asked for one.
        return Refusal(401, "Sign in: any user name, and an access token as password\n")
    if space is not None and is_shut(caller, space):
        return Refusal(403, f"{RepoDisabled()}\n")
    if space is None or not can(caller, Action.READ, space):
        return Refusal(404, _NOT_FOUND)
    if action is Action.FETCH and is_kept_out(caller, space):
        return Refusal(403, f"{gated_words(caller, space)}\n", "GatedRepo")
    if caller.token is not None and caller.token.role == "read":
        return Refusal(403, "This token may only read: push with a token that has the role write\n")
    return Refusal(403, f"{caller.user.name} has no right to push to {space.full_name}\n")


def absent_words(kind: RepoType, owner: str, name: str, hub: str, is_push: bool) -> str:
    """
    What git prints of a repo that is not there, or that the caller may not see: the same for both. Pure.

    Source: git's remote-curl.c (show_http_message): each line of a text/plain answer is printed after ``remote:``.
    """
    full_name = "".join(filter(str.isprintable, f"{owner}/{name}"))[:200]
    noun = "Space" if kind is RepoType.SPACE else str(kind)
    said = f"{_NOT_FOUND}There is no {noun} {full_name} that you may see: look at the spelling"
    if not is_push:
        return f"{said}, or ask its owner.\n"
    page, options = _MADE_BY[kind]
    return (
        f"{said}, or make it before you push:\n"
        f"  on the page {hub}/{page}\n"
        f"  or with HF_ENDPOINT={hub} hf repos create {full_name}{options}\n"
    )


def make_git_router(services: Services) -> APIRouter:
    """Clone, fetch and push, with and without ``.git``; writes the hooks."""
    install_hooks(services.settings.data_dir)
    router = APIRouter(include_in_schema=False)

    for kind in RepoType:
        _add_routes(router, services, kind)
    return router


def _add_routes(router: APIRouter, services: Services, kind: RepoType) -> None:
    base = f"/{kind.prefix}{{owner}}/{{name}}"

    @router.get(f"{base}/info/refs")
    async def advertise(owner: str, name: str, request: Request, service: str = "") -> Response:
        if service not in _SERVICES:
            return PlainTextResponse("Use a git with the smart HTTP protocol (1.6.6 or newer)\n", 400)
        found = await run_in_threadpool(_open, services, request, kind, owner, name, service)
        if isinstance(found, Response):
            return found
        space, caller = found
        command = _command(services, request, space, caller, service, ("--stateless-rpc", "--advertise-refs"))
        return GitResponse(command, f"application/x-{service}-advertisement")

    # One route each: a path parameter for the service would swallow the POSTs of the pages below a Space.
    @router.post(f"{base}/git-upload-pack")
    async def fetch(owner: str, name: str, request: Request) -> Response:
        return await _talk(services, kind, owner, name, "git-upload-pack", request)

    @router.post(f"{base}/git-receive-pack")
    async def push(owner: str, name: str, request: Request) -> Response:
        return await _talk(services, kind, owner, name, "git-receive-pack", request)


async def _talk(services: Services, kind: RepoType, owner: str, name: str, service: str, request: Request) -> Response:
    found = await run_in_threadpool(_open, services, request, kind, owner, name, service)
    if isinstance(found, Response):
        return found
    if request.headers.get("content-type") != f"application/x-{service}-request":
        return PlainTextResponse("This address speaks the git protocol only\n", 415)
    space, caller = found
    command = _command(services, request, space, caller, service, ("--stateless-rpc",))
    is_gzipped = request.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip")
    return GitResponse(command, f"application/x-{service}-result", is_gzipped)


def _open(
    services: Services, request: Request, kind: RepoType, owner: str, name: str, service: str
) -> tuple[Space | Repo, Caller] | Response:
    """The repo and who asks, or the answer that says no."""
    try:
        caller = caller_from_header(services, request.headers.get("authorization"))
    except NotAuthenticated:
        why = "The password is not a valid access token. Account passwords do not work here: make a token at"
        text = f"{why} {services.settings.hub}/settings/tokens\n"
        return _refuse(Refusal(401, text))
    with services.database.read() as tx:
        try:
            space = find_for_git(tx, caller, kind, owner, name.removesuffix(".git"))
        except SpaceMoved as moved:
            # git follows the first redirect of a command and asks there for everything that follows.
            return RedirectResponse(new_location(request, moved), 307, headers=_NO_CACHE)
        refusal = decide(caller, space, _SERVICES[service])
        is_push = service == "git-receive-pack"
        if refusal is not None and space is not None and is_push and has_own_pull_request(tx, space, caller):
            # A guest: the hooks let pass what goes to pull requests of their own.
            refusal = None
    if refusal is None and space is not None:
        return space, caller
    if refusal is None or refusal.status == 404:
        words = absent_words(kind, owner, name.removesuffix(".git"), services.settings.hub, is_push)
        return _refuse(Refusal(404, words))
    return _refuse(refusal)


def find_for_git(tx: Transaction, caller: Caller, kind: RepoType, owner: str, name: str) -> Space | Repo | None:
    """Whoever may see it or not. Raises: SpaceMoved."""
    return named_any(tx, caller, kind, owner, name)


def _refuse(refusal: Refusal) -> Response:
    headers = {"WWW-Authenticate": 'Basic realm="Spaceport", charset="UTF-8"'} if refusal.status == 401 else {}
    return PlainTextResponse(refusal.text, refusal.status, headers={**headers, **_NO_CACHE})


def _command(
    services: Services, request: Request, space: Space | Repo, caller: Caller, service: str, options: Sequence[str]
) -> GitCommand:
    settings = services.settings
    is_push = service == "git-receive-pack"
    is_advertisement = "--advertise-refs" in options
    environment = {}
    if request.headers.get("git-protocol") in _PROTOCOL_VERSIONS:
        environment["GIT_PROTOCOL"] = request.headers["git-protocol"]
    if is_push and not is_advertisement and caller.user is not None:
        environment |= _hook_environment(services, request, space, caller)
    limit = _OVERSIZE_FACTOR * settings.max_push_bytes + _PUSH_OVERHEAD_BYTES if is_push else _MAX_FETCH_REQUEST_BYTES
    repo = str(repo_path(settings.data_dir, space.id, kind_of(space)))
    return GitCommand(
        arguments=[
            *git_arguments(hooks_dir(settings.data_dir), settings.max_push_bytes),
            service.removeprefix("git-"),
            *options,
            repo,
        ],
        environment=git_environment(**environment),
        max_input_bytes=limit,
        max_memory_bytes=_PUSH_MEMORY_BYTES if is_push else None,
        max_cpu_seconds=_PUSH_CPU_SECONDS if is_push else None,
        prefix=_packet(f"# service={service}\n") + b"0000" if is_advertisement else b"",
        headers=_NO_CACHE,
    )


def _hook_environment(services: Services, request: Request, space: Space | Repo, caller: Caller) -> dict[str, str]:
    """What ``hook.py`` needs to reach this hub and to say for whom it speaks."""
    hub = urlsplit(services.settings.internal_hub)
    assert caller.user is not None
    is_guest = not can(caller, Action.WRITE, space)
    ticket = Ticket(
        space.id,
        caller.user.id,
        services.clock.now().timestamp(),
        kind_of(space),
        is_guest,
        request.client.host if request.client else "",
        way_of(caller),
    )
    return {
        "SPACEPORT_HOOK_HOST": hub.hostname or "127.0.0.1",
        "SPACEPORT_HOOK_PORT": str(hub.port or 80),
        "SPACEPORT_HOOK_TICKET": seal(ticket, services.internal_secret),
    }


def _packet(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()
