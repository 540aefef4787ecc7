"""A Space gets another name or owner; what it was called before leads to where it is now."""

from spaceport.deployments import still_there
from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller, User
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import check_name, new_id
from spaceport.domain.redirect import Redirect
from spaceport.domain.sleep import deeper_words
from spaceport.domain.space import Desired, Rest, Space
from spaceport.errors import AlreadyExists
from spaceport.interfaces import Transaction
from spaceport.oauth.space_apps import renew_space_app
from spaceport.owner_usage import check_storage
from spaceport.repos.creation import free_subdomain, namespace_of
from spaceport.services import Services


def move(services: Services, space: Space, caller: Caller, owner: str, name: str) -> Space:
    """
    Rename a Space, or hand it to another user; the subdomain changes with the name.

    Allowed with rights on both sides: everybody within the own namespace, an admin anywhere. What runs is started
    anew, without a gap, because an app reads its name from its environment.

    Raises: InvalidName, UserNotFound, AccessDenied (also where a quota is full), AlreadyExists when the name is taken,
    and as ``require``.
    """
    require(caller, Action.MOVE, space)
    namespace = namespace_of(services, caller, owner)
    check_name(name, "Space name")
    now = services.clock.now()
    with services.database.begin() as tx:
        current = still_there(tx, space)
        _check_free(tx, current, namespace, name)
        if (current.owner_id, current.name) == (namespace.id, name):
            return current
        _leave_redirect(services, tx, current, namespace, name)
        changes: dict[str, object] = {
            "owner_id": namespace.id,
            "owner": namespace.name,
            "name": name,
            "subdomain": _subdomain(tx, current, namespace, name),
            "modified_at": now,
        }
        if namespace.id != current.owner_id:
            taken_bytes = current.used_bytes + (current.volume_used_bytes or 0)
            check_storage(tx, services.settings, namespace.id, taken_bytes)
            # Whom the owner before let in with a link is not let in by the new one.
            changes["links_version"] = current.links_version + 1
        if current.desired is Desired.RUNNING and current.rest is Rest.AWAKE and current.target_release_id:
            changes["generation"] = current.generation + 1
        if current.rest is Rest.FROZEN:
            # What is frozen knows the old name only: the next visit starts it anew.
            changes |= {"rest": Rest.STOPPED, "rest_reason": deeper_words(current, "it got another name")}
        tx.spaces.update(current.id, **changes)
        moved = tx.spaces.get(current.id)
        assert moved is not None
        renew_space_app(services, tx, moved)
        details = {"command": "move", "from": current.full_name, "to": moved.full_name}
        summary = f"moved from {current.full_name} to {moved.full_name}"
        tx.history.add(current.id, now, HappeningKind.COMMAND, caller.name, summary, details)
    services.events.publish(Event(EventKind.COMMANDED, space.id))
    return moved


def _check_free(tx: Transaction, space: Space, namespace: User, name: str) -> None:
    """Another spelling of its own name is free. Raises: AlreadyExists."""
    found = tx.spaces.by_name(namespace.name, name)
    if found is not None and found.id != space.id:
        raise AlreadyExists(f"A space repository called {namespace.name}/{name} already exists: choose another name")


def _leave_redirect(services: Services, tx: Transaction, space: Space, namespace: User, name: str) -> None:
    """The new name belongs to it itself, so that nothing leads from there to anywhere else."""
    tx.redirects.remove_name(namespace.name, name)
    if (space.owner.lower(), space.name.lower()) != (namespace.name.lower(), name.lower()):
        redirect = Redirect(new_id(), space.id, space.owner, space.name, space.subdomain, services.clock.now())
        tx.redirects.put(redirect)


def _subdomain(tx: Transaction, space: Space, namespace: User, name: str) -> str:
    if (space.owner.lower(), space.name.lower()) == (namespace.name.lower(), name.lower()):
        return space.subdomain
    return free_subdomain(tx, namespace.name, name, space.id)
