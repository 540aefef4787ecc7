"""The large files of one repo given to another one: what a commit with copies from elsewhere begins with."""

from collections.abc import Collection

from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.interfaces import Transaction
from spaceport.owner_usage import check_storage
from spaceport.repos.commits.rights import require_upload
from spaceport.repos.disk_room import check_uncommitted
from spaceport.repos.large_files import note_storage
from spaceport.services import Services


def share_large_files(
    services: Services, source: Space | Repo, target: Space | Repo, caller: Caller, files: Collection[str]
) -> list[str]:
    """
    Let ``target`` use files (by SHA-256) of ``source``; no bytes move. Returns those that ``source`` has no right to.

    The same as getting files and sending them again: who may read the one repo and write to the other may do so, and
    who may open a pull request there. Nobody says which of the two it is for, so that files from those who may not
    write count for them, until a branch names them.

    Raises: SpaceNotFound, NotAuthenticated, GatedRepo, RepoDisabled, AccessDenied (also where a quota is full).
    """
    require(caller, Action.FETCH, source)
    require_upload(caller, target, is_for_pull_request=True)
    sender_id = None if caller.user is None or can(caller, Action.WRITE, target) else caller.user.id
    if sender_id is not None:
        with services.database.read() as tx:
            more_bytes = _new_bytes(tx, source.id, target.id, files)
        check_uncommitted(services, sender_id, more_bytes)
    with services.database.begin() as tx:
        if sender_id is None and (more_bytes := _new_bytes(tx, source.id, target.id, files)):
            check_storage(tx, services.settings, target.owner_id, more_bytes)
        # What a repo has a right to is not taken away, so that the bytes are there.
        grants = tx.blobs.grants_to(source.id, files)
        for sha256, grant in grants.items():
            tx.blobs.grant(target.id, sha256, sender_id, grant.xet_hash)
        note_storage(tx, target.id)
    return [sha256 for sha256 in dict.fromkeys(files) if sha256 not in grants]


def _new_bytes(tx: Transaction, source_id: str, target_id: str, files: Collection[str]) -> int:
    known = tx.blobs.grants_to(target_id, files)
    return tx.blobs.total_bytes([sha256 for sha256 in tx.blobs.grants_to(source_id, files) if sha256 not in known])
