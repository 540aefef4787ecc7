"""Who may visit the app of a Space: everybody or those with a right to it, and the links that let others in."""

from datetime import datetime, timedelta

from spaceport.domain.account import Caller
from spaceport.domain.app_access import LONGEST_SHARE_SECONDS, shared, sign_key
from spaceport.domain.gate import GATES
from spaceport.domain.space import Space
from spaceport.domain.visibility import Visibility
from spaceport.errors import BadRequest
from spaceport.rollout.config_change import change_config
from spaceport.services import Services


def set_visibility(services: Services, space: Space, caller: Caller, wanted: Visibility) -> None:
    """
    From now on and for visitors who are there; links of an earlier privacy open nothing.

    Raises: as ``require``.
    """
    with change_config(services, space, caller) as change:
        if wanted is not change.space.visibility:
            change.tx.spaces.update(
                change.space.id,
                private=wanted.is_private,
                is_app_open=wanted is Visibility.PROTECTED,
                links_version=change.space.links_version + (wanted is Visibility.PRIVATE),
            )
            change.tell(f"made {wanted}", private=wanted.is_private)


def set_gate(services: Services, space: Space, caller: Caller, wanted: str) -> None:
    """
    Who gets to the files and into the app of a public Space: empty for everybody, ``auto`` for who asks, ``manual``.

    From now on and for visitors who are there. An opened gate keeps the list of who was let in; a Space that is not
    public keeps its gate for when it is.

    Raises: BadRequest, and as ``require``.
    """
    if wanted not in GATES:
        raise BadRequest(f"a gate is one of {', '.join(GATES[1:])}, or empty for none; given: {wanted[:50]}")
    with change_config(services, space, caller) as change:
        if wanted != change.space.gated:
            is_shut_now = bool(wanted) and not change.space.gated
            links_version = change.space.links_version + is_shut_now
            change.tx.spaces.update(change.space.id, gated=wanted, links_version=links_version)
            change.tell(f"gate: {wanted}" if wanted else "gate opened", gated=wanted)


def make_link(services: Services, space: Space, caller: Caller, seconds: int) -> tuple[str, datetime]:
    """
    A ticket that lets whoever has it into a private or gated Space's app, and when it ends.

    Raises: BadRequest for a time that is not allowed and where the app is open, and as ``require``.
    """
    if not 60 <= seconds <= LONGEST_SHARE_SECONDS:
        raise BadRequest(f"a link may open the app for 60 to {LONGEST_SHARE_SECONDS} seconds; given: {seconds}")
    expires_at = services.clock.now() + timedelta(seconds=seconds)
    with change_config(services, space, caller) as change:
        if not change.space.is_app_private:
            raise BadRequest(f"{space.full_name} is {space.visibility}: its address is all that a visitor needs")
        key = sign_key(services.internal_secret, change.space.id, change.space.links_version)
        change.tell(f"a link to the app made, good for {seconds} seconds", link_seconds=seconds)
    return shared(key, expires_at.timestamp()), expires_at


def revoke_links(services: Services, space: Space, caller: Caller) -> None:
    """
    End all signed links to a private or gated Space's app, and all visits that began with one.

    Raises: as ``require``.
    """
    with change_config(services, space, caller) as change:
        change.tx.spaces.update(change.space.id, links_version=change.space.links_version + 1)
        change.tell("all links to the app revoked", links_revoked=True)
