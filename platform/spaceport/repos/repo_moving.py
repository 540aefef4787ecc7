"""A model or dataset gets another name or owner; what it was called before leads to where it is now."""

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller, User
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import check_name, new_id
from spaceport.domain.redirect import RepoRedirect
from spaceport.domain.repo import Repo
from spaceport.errors import AlreadyExists, SpaceNotFound
from spaceport.interfaces import Transaction
from spaceport.owner_usage import check_storage
from spaceport.repos.creation import namespace_of
from spaceport.services import Services


def move_repo(services: Services, repo: Repo, caller: Caller, owner: str, name: str) -> Repo:
    """
    Rename a model or dataset, or hand it to another namespace; rights on both sides are needed.

    Raises: InvalidName, UserNotFound, AccessDenied, AlreadyExists when the name is taken, and as ``require``.
    """
    require(caller, Action.MOVE, repo)
    namespace = namespace_of(services, caller, owner)
    check_name(name, f"{repo.type} name")
    now = services.clock.now()
    with services.database.begin() as tx:
        current = tx.repos.get(repo.id)
        if current is None:
            raise SpaceNotFound(f"no {repo.type} {repo.full_name}")
        require(caller, Action.MOVE, current)
        _check_free(tx, current, namespace, name)
        if (current.owner_id, current.name) == (namespace.id, name):
            return current
        if namespace.id != current.owner_id:
            check_storage(tx, services.settings, namespace.id, current.used_bytes)
        _leave_redirect(services, tx, current, namespace, name)
        tx.repos.update(current.id, owner_id=namespace.id, owner=namespace.name, name=name, modified_at=now)
        moved = tx.repos.get(current.id)
        assert moved is not None
        details = {"command": "move", "from": current.full_name, "to": moved.full_name}
        summary = f"moved from {current.full_name} to {moved.full_name}"
        tx.history.add(current.id, now, HappeningKind.COMMAND, caller.name, summary, details)
    return moved


def _check_free(tx: Transaction, repo: Repo, namespace: User, name: str) -> None:
    """Another spelling of its own name is free. Raises: AlreadyExists."""
    found = tx.repos.by_name(repo.type, namespace.name, name)
    if found is not None and found.id != repo.id:
        raise AlreadyExists(
            f"A {repo.type} repository called {namespace.name}/{name} already exists: choose another name"
        )


def _leave_redirect(services: Services, tx: Transaction, repo: Repo, namespace: User, name: str) -> None:
    """The new name belongs to it itself, so that nothing leads from there to anywhere else."""
    tx.repo_redirects.remove_name(repo.type, namespace.name, name)
    if (repo.owner.lower(), repo.name.lower()) != (namespace.name.lower(), name.lower()):
        now = services.clock.now()
        tx.repo_redirects.put(RepoRedirect(new_id(), repo.id, repo.type, repo.owner, repo.name, now))
