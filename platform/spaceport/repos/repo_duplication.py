"""A model or dataset of one's own made of another one: history, card and large files; no likes, no discussions."""

from dataclasses import replace

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.names import check_name, new_id
from spaceport.domain.repo import Repo
from spaceport.domain.trending import first_score
from spaceport.errors import AlreadyExists, SpaceNotFound
from spaceport.owner_usage import check_storage
from spaceport.repos.copying import copy_git
from spaceport.repos.creation import namespace_of
from spaceport.repos.large_files import note_storage
from spaceport.repos.new_folder import kept_if_done
from spaceport.repos.paths import repo_path
from spaceport.repos.repo_creation import add_repo
from spaceport.repos.repo_pushes import publish_repo
from spaceport.services import Services


def duplicate_repo(
    services: Services, source: Repo, caller: Caller, owner: str, name: str, private: bool | None = None
) -> Repo:
    """
    A copy in a namespace of the caller's. Without a word it is as private as the original; that of a gated one is
    private, because the gate is not copied.

    Raises: InvalidName, UserNotFound, AccessDenied, AlreadyExists, Unavailable when the repo cannot be copied, and as
    ``require``.
    """
    require(caller, Action.DUPLICATE, source)
    namespace = namespace_of(services, caller, owner)
    check_name(name, f"{source.type} name")
    with services.database.read() as tx:
        if tx.repos.by_name(source.type, namespace.name, name) is not None:
            raise AlreadyExists(f"You already created this {source.type} repo: {namespace.name}/{name}")
    repo_id, now = new_id(), services.clock.now()
    copy_git(services, source, repo_id)
    with kept_if_done(repo_path(services.settings.data_dir, repo_id, source.type)), services.database.begin() as tx:
        current = tx.repos.get(source.id)
        if current is None:
            raise SpaceNotFound(f"no {source.type} {source.full_name}")
        require(caller, Action.DUPLICATE, current)
        check_storage(tx, services.settings, namespace.id, current.used_bytes)
        copy = replace(
            current,
            id=repo_id,
            owner_id=namespace.id,
            owner=namespace.name,
            creator_id=caller.user.id if caller.user else None,
            name=name,
            private=bool(current.private or current.gated) if private is None else private,
            created_at=now,
            modified_at=now,
            likes=0,
            downloads=0,
            trending=first_score(now),
            gated="",
            is_disabled=False,
            has_discussions=True,
        )
        add_repo(tx, copy, caller, {"command": "created", "from": current.full_name})
        tx.tags.replace(copy.id, copy.type, copy.tags)
        tx.blobs.copy_grants(current.id, copy.id)
        note_storage(tx, copy.id)
    # The original may have moved on between its copy and its row.
    return publish_repo(services, copy.id) or copy
