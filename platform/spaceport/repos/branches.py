"""Branches and tags: made, removed, listed; and a branch whose history becomes one commit."""

from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AlreadyExists, BadRequest, Conflict, RevisionNotFound
from spaceport.repos.after_push import after_push
from spaceport.repos.commits.landing import CommitResult, land, open_quarantine
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.commits.rights import require_commit
from spaceport.repos.commits.write import check_message
from spaceport.repos.finding import folder_of
from spaceport.repos.large_files import check_new_pointers
from spaceport.repos.paths import MAIN
from spaceport.repos.refs import CONVERTS, HEADS, PULLS, TAGS, ZERO, Moved, branch_ref, move_ref, read_ref
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree import opened_repo
from spaceport.services import Services

_MAX_NAME_BYTES = 200


@dataclass(frozen=True)
class Ref:
    """``name`` is what comes after the folder of its kind; ``sha`` the commit it leads to."""

    name: str
    ref: str
    sha: str


@dataclass
class Refs:
    """All that people may see, by name."""

    branches: list[Ref] = field(default_factory=list)
    tags: list[Ref] = field(default_factory=list)
    converts: list[Ref] = field(default_factory=list)
    pulls: list[Ref] = field(default_factory=list)


def list_refs(path: Path) -> Refs:
    """Those of the hub itself are left out, and those that lead to no commit. Raises: RevisionNotFound."""
    found = Refs()
    kinds = {HEADS: found.branches, TAGS: found.tags, CONVERTS: found.converts, PULLS: found.pulls}
    with opened_repo(path) as repo:
        for reference in sorted(repo.references.iterator(), key=lambda each: each.name):
            prefix = next((prefix for prefix in kinds if reference.name.startswith(prefix)), None)
            if prefix is None:
                continue
            try:
                sha = str(reference.peel(pygit2.Commit).id)
            except (KeyError, ValueError, pygit2.GitError):
                continue
            kinds[prefix].append(Ref(reference.name.removeprefix(prefix), reference.name, sha))
    return found


def create_branch(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    name: str,
    start: str | None = None,
    is_empty: bool = False,
    overwrite: bool = False,
) -> None:
    """
    A branch at ``start`` (any revision; ``main`` unless told), or with one commit that has no files.

    With ``overwrite`` one that is there moves, but never ``main``.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest, AlreadyExists, RevisionNotFound.
    """
    require(caller, Action.WRITE, repo)
    ref = _ref(HEADS, name, "branch")
    folder = folder_of(services, repo)
    before = read_ref(folder, ref)
    if before is not None and (not overwrite or ref == MAIN):
        raise AlreadyExists(f"Reference {ref} already exists")
    sha = _empty_commit(services, repo, caller) if is_empty else resolve_revision(folder, start or "main")
    _move(services, repo, caller, Moved(before or ZERO, sha, ref))


def delete_branch(services: Services, repo: Space | Repo, caller: Caller, name: str) -> None:
    """Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest for ``main``, RevisionNotFound."""
    require(caller, Action.WRITE, repo)
    ref = HEADS + name.removeprefix(HEADS)
    if ref == MAIN:
        raise BadRequest(f"Cannot delete {MAIN}")
    _delete(services, repo, caller, ref, "Invalid rev id: no branch")


def create_tag(
    services: Services, repo: Space | Repo, caller: Caller, name: str, revision: str, message: str | None = None
) -> None:
    """
    A tag at any revision; with a message one that names its maker and the time.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest, AlreadyExists, RevisionNotFound.
    """
    require(caller, Action.WRITE, repo)
    folder = folder_of(services, repo)
    target = resolve_revision(folder, revision)
    ref = _ref(TAGS, name, "tag")
    if read_ref(folder, ref) is not None:
        raise AlreadyExists(f"Reference {ref} already exists")
    if message:
        with open_quarantine(services, repo) as inside:
            target = inside.write_tag(ref.removeprefix(TAGS), target, check_message(message, ""), caller.name)
            inside.keep()
    _move(services, repo, caller, Moved(ZERO, target, ref))


def delete_tag(services: Services, repo: Space | Repo, caller: Caller, name: str) -> None:
    """Raises: SpaceNotFound, NotAuthenticated, AccessDenied, RevisionNotFound."""
    require(caller, Action.WRITE, repo)
    _delete(services, repo, caller, TAGS + name.removeprefix(TAGS), "no tag")


def super_squash(services: Services, repo: Space | Repo, caller: Caller, branch: str, message: str) -> CommitResult:
    """
    Make one commit, without a parent, of all files of a branch or pull request. One that has only one gets another all
    the same.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest, RevisionNotFound, Conflict, Unavailable.
    """
    ref = branch_ref(branch)
    require_commit(services, repo, caller, ref)
    text = check_message(message or f"Super-squash branch '{branch}'", "")

    def make(inside: Quarantine, head: str) -> str:
        return inside.write_commit(inside.tree_of(head), [], text, caller.name)

    with open_quarantine(services, repo) as inside:
        return land(services, repo, ref, caller.name, make, inside)


def _ref(prefix: str, name: str, kind: str) -> str:
    """Raises: BadRequest."""
    ref = prefix + name.removeprefix(prefix)
    is_short = len(name.encode("utf-8", "replace")) <= _MAX_NAME_BYTES
    is_odd = name.startswith(("refs/", "-")) and not name.startswith(prefix)
    if not is_short or is_odd or name == "HEAD" or not name.isprintable() or not pygit2.reference_is_valid_name(ref):
        raise BadRequest(f"Invalid reference for a {kind}: {name[:100]!r}")
    return ref


def _delete(services: Services, repo: Space | Repo, caller: Caller, ref: str, missing: str) -> None:
    folder = folder_of(services, repo)
    before = read_ref(folder, ref) if pygit2.reference_is_valid_name(ref) else None
    if before is None:
        raise RevisionNotFound(f"{missing} {ref.removeprefix(HEADS).removeprefix(TAGS)[:100]!r}")
    # A tag with a message is an object of its own, which is what the ref is at.
    _move(services, repo, caller, Moved(_direct(folder, ref), ZERO, ref))


def _direct(folder: Path, ref: str) -> str:
    with opened_repo(folder) as repo:
        return str(repo.references[ref].target)


def _move(services: Services, repo: Space | Repo, caller: Caller, moved: Moved) -> None:
    problems = check_new_pointers(services, repo, [moved])
    if problems:
        raise BadRequest("; ".join(problems))
    if not move_ref(folder_of(services, repo), moved):
        raise Conflict(f"{moved.ref} moved in this moment, or is in the way of a ref below it: look at it again")
    after_push(services, repo, [moved], caller.name)


def _empty_commit(services: Services, repo: Space | Repo, caller: Caller) -> str:
    with open_quarantine(services, repo) as inside:
        sha = inside.write_commit(inside.write_folder({}), [], "initial commit", caller.name)
        inside.keep()
    return sha
