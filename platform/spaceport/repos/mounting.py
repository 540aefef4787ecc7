"""Which repos a Space may mount, and what it finds in them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spaceport.callers import caller_for
from spaceport.domain.access import Action, can, gated_words, is_kept_out
from spaceport.domain.account import ANONYMOUS, Caller
from spaceport.domain.mount import Mount, mounts_of
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, BadRequest, EntryNotFound, NotFound, RevisionNotFound
from spaceport.interfaces import Transaction
from spaceport.repos.files import is_usable
from spaceport.repos.finding import find_any, find_by_id, find_by_ids, folder_of
from spaceport.repos.large_files import usable_files
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree_listing import TreeListing
from spaceport.services import Services


@dataclass(frozen=True)
class MountedFile:
    """``path`` is below the mounted folder. ``object_id`` is git's, or the SHA-256 of a large file."""

    path: str
    object_id: str
    size_bytes: int


@dataclass(frozen=True)
class MountedTree:
    """What there is to mount; ``snapshot`` names exactly these files."""

    snapshot: str
    sha: str
    files: tuple[MountedFile, ...]


def mountable(services: Services, caller: Caller, owner_id: str, wanted: Sequence[Mount]) -> list[Mount]:
    """
    The wanted mounts with the repos that they mean, for a Space of this owner.

    Both the caller and the owner must be allowed to fetch the files: whoever may change the Space sees what its app
    sees. Raises: BadRequest, AccessDenied for a gated repo.
    """
    found = []
    for mount in wanted:
        owner, _, name = mount.source.partition("/")
        with services.database.read() as tx:
            repo = find_any(tx, mount.type, owner, name)
            if repo is None or not can(caller, Action.READ, repo):
                raise BadRequest(f"there is no {mount.type} {mount.source} that {caller.name} could mount")
            if not can(caller, Action.FETCH, repo):
                raise AccessDenied(gated_words(caller, repo))
            if not _is_open_to(tx, owner_id, repo):
                raise BadRequest(
                    f"the owner of the Space may not read the {mount.type} {mount.source}: its app could not start"
                )
        mount = replace(mount, source=repo.full_name, source_id=repo.id)
        _check_place(services, mount, repo)
        found.append(mount)
    return found


def copied_mounts(services: Services, caller: Caller, owner_id: str, mounts: Sequence[Mount]) -> list[Mount]:
    """Of a Space that is duplicated, those that the copy may have, too."""
    with services.database.read() as tx:
        repos = find_by_ids(tx, [(mount.type, mount.source_id) for mount in mounts])
        return [
            mount
            for mount in mounts
            if (repo := repos.get((str(mount.type), mount.source_id))) is not None
            and can(caller, Action.FETCH, repo)
            and _is_open_to(tx, owner_id, repo)
        ]


def left_out(source: Space, copy: Space) -> list[str]:
    """Where the original has something mounted, and the copy has not."""
    kept = {mount.mount_path for mount in mounts_of(copy)}
    return [mount.mount_path for mount in mounts_of(source) if mount.mount_path not in kept]


def shown_sources(tx: Transaction, caller: Caller, mounts: Sequence[Mount]) -> dict[str, str]:
    """Names of the mounted repos of now, by their ids, of those that the caller may see."""
    repos = find_by_ids(tx, [(mount.type, mount.source_id) for mount in mounts]) if mounts else {}
    return {repo.id: repo.full_name for repo in repos.values() if can(caller, Action.READ, repo)}


def source_of(tx: Transaction, space: Space, mount: Mount) -> Space | Repo:
    """
    The mounted repo, as the Space's owner may have it at this moment.

    Raises: NotFound, AccessDenied; everybody who sees the Space may read the words.
    """
    repo = find_by_id(tx, mount.type, mount.source_id)
    if repo is None:
        raise NotFound(f"its {mount.type} is not there any more")
    owner = tx.accounts.user(space.owner_id)
    caller = caller_for(tx, owner) if owner is not None else ANONYMOUS
    if not can(caller, Action.FETCH, repo):
        why = "is gated, and has not let in" if is_kept_out(caller, repo) else "is not open any more to"
        raise AccessDenied(f"{_called(repo, mount)} {why} {space.owner}, the owner of the Space")
    return repo


def tree_of(services: Services, mount: Mount, repo: Space | Repo) -> MountedTree:
    """
    The files at the commit that the revision is now. Links, submodules and names that are no UTF-8 are left out;
    pointers to large files that the repo has no right to are what they are in git.

    Raises: NotFound in words as those of ``source_of``, TreeTooLarge.
    """
    try:
        return _tree_of(services, mount, repo)
    except EntryNotFound as error:
        raise NotFound(f"{_called(repo, mount)} has no folder {mount.path} any more") from error
    except RevisionNotFound as error:
        raise NotFound(f"{_called(repo, mount)} has no revision {mount.revision} any more") from error


def _tree_of(services: Services, mount: Mount, repo: Space | Repo) -> MountedTree:
    folder = folder_of(services, repo)
    sha = resolve_revision(folder, mount.revision)
    large_files = usable_files(services, repo.id)
    prefix = f"{mount.path}/" if mount.path else ""
    files = []
    with TreeListing(folder, sha) as listing:
        for row in listing.rows(mount.path, recursive=True):
            if not row.is_file or (path := _text_of(row.raw)) is None:
                continue
            size_bytes = listing.size_bytes(row)
            pointer = listing.pointer(row, size_bytes)
            inner = path.removeprefix(prefix)
            if pointer is not None and is_usable(pointer, large_files):
                files.append(MountedFile(inner, pointer.sha256, pointer.size_bytes))
            else:
                files.append(MountedFile(inner, row.object_id, size_bytes))
    part = f"-{hashlib.sha256(mount.path.encode()).hexdigest()[:16]}" if mount.path else ""
    return MountedTree(f"{mount.type}-{repo.id}-{sha}{part}", sha, tuple(files))


def _called(repo: Space | Repo, mount: Mount) -> str:
    return repo.full_name if can(ANONYMOUS, Action.READ, repo) else f"its {mount.type}"


def _is_open_to(tx: Transaction, owner_id: str, repo: Space | Repo) -> bool:
    owner = tx.accounts.user(owner_id)
    return owner is not None and can(caller_for(tx, owner), Action.FETCH, repo)


def _check_place(services: Services, mount: Mount, repo: Space | Repo) -> None:
    """Raises: BadRequest."""
    try:
        folder = folder_of(services, repo)
        with TreeListing(folder, resolve_revision(folder, mount.revision)) as listing:
            next(listing.rows(mount.path, recursive=False), None)
    except EntryNotFound as error:
        raise BadRequest(f"{mount.words} has no folder {mount.path} at {mount.revision}") from error
    except NotFound as error:
        raise BadRequest(f"{mount.words} has no revision {mount.revision[:100]!r}") from error


def _text_of(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
