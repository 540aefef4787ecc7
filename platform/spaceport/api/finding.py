"""From a request to the Space it means and the right to do what it asks."""

from fastapi import Request

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.space import Desired, Space
from spaceport.errors import AccessDenied, NotAuthenticated, SpaceNotFound
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.renames import named
from spaceport.services import Services


def find_space(tx: Transaction, caller: Caller, owner: str, name: str, action: Action = Action.READ) -> Space:
    """
    The Space, if the caller may do this to it.

    Raises: SpaceNotFound for what is absent and what is private alike, SpaceMoved, NotAuthenticated, AccessDenied.
    """
    return allowed(named(tx, caller, owner, name), caller, action)


def allowed(space: Space | None, caller: Caller, action: Action = Action.READ) -> Space:
    """The Space, if it is there and the caller may do this to it. Raises: as ``find_space``."""
    if space is None or space.desired is Desired.DELETED:
        raise SpaceNotFound("no such Space")
    require(caller, action, space)
    return space


def request_of(services: Services, request: Request, owner: str, name: str, action: Action) -> tuple[Space, Caller]:
    """Space and caller of a request that changes something. Raises: as ``find_space``."""
    caller = caller_of(request)
    with services.database.read() as tx:
        return find_space(tx, caller, owner, name, action), caller


def signed_in(request: Request) -> Caller:
    """Raises: NotAuthenticated."""
    caller = caller_of(request)
    if caller.user is None:
        raise NotAuthenticated("Invalid username or password.")
    return caller


def signed_in_fully(request: Request) -> Caller:
    """For what is a person's own beside repos. Raises: NotAuthenticated, AccessDenied for a token of some repos."""
    caller = signed_in(request)
    if not caller.may_read_anything:
        raise AccessDenied("this token is for some repos only: use one with the role read or write")
    return caller


def base_url(request: Request) -> str:
    """
    The address the client used for the hub: clients refuse URLs with another host.

    Source: hub-api.md section 1, point 5.
    """
    return str(request.base_url).rstrip("/")
