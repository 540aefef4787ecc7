"""Old names of repos: where they lead, for pages, API and git alike."""

from urllib.parse import quote

from starlette.requests import Request

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Desired, Space
from spaceport.errors import SpaceMoved
from spaceport.interfaces import Transaction


def named(tx: Transaction, caller: Caller, owner: str, name: str) -> Space | None:
    """
    The Space that has this name now.

    Raises: SpaceMoved when one had it before, unless the caller may not see that one.
    """
    space = tx.spaces.by_name(owner, name)
    if space is None and (moved := moved_space(tx, caller, owner, name)) is not None:
        raise SpaceMoved(moved.full_name)
    return space


def named_any(tx: Transaction, caller: Caller, kind: RepoType, owner: str, name: str) -> Space | Repo | None:
    """
    The repo that has this name now; a Space that is being removed is not there any more.

    Raises: SpaceMoved as ``named``.
    """
    if kind is RepoType.SPACE:
        space = named(tx, caller, owner, name)
        return None if space is None or space.desired is Desired.DELETED else space
    repo = tx.repos.by_name(kind, owner, name)
    if repo is None and (redirect := tx.repo_redirects.by_name(kind, owner, name)) is not None:
        moved = tx.repos.get(redirect.repo_id)
        if moved is not None and can(caller, Action.READ, moved):
            raise SpaceMoved(moved.full_name)
    return repo


def moved_space(tx: Transaction, caller: Caller, owner: str, name: str) -> Space | None:
    """The Space that had this name before, if the caller may see it."""
    redirect = tx.redirects.by_name(owner, name)
    space = tx.spaces.get(redirect.space_id) if redirect else None
    if space is None or space.desired is Desired.DELETED or not can(caller, Action.READ, space):
        return None
    return space


def new_location(request: Request, moved: SpaceMoved) -> str:
    """The address asked for with the new name in it, as path and query: valid on whatever host the client uses."""
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    segments = raw_path.partition(b"?")[0].decode("latin-1").split("/")
    place = _place_of_name(segments)
    suffix = ".git" if segments[place + 1].endswith(".git") else ""
    segments[place : place + 2] = [quote(moved.full_name) + suffix]
    query = request.url.query
    return "/".join(segments) + (f"?{query}" if query else "")


def _place_of_name(segments: list[str]) -> int:
    """Where the owner stands: after ``/api/models``, after ``/spaces`` or ``/datasets``, or first for a model."""
    if segments[1] == "api":
        return 3
    return 2 if segments[1] in (RepoType.SPACE.plural, RepoType.DATASET.plural) else 1
