"""Commits that people make on pages: to a branch, or as a pull request for one."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from fastapi import Response

from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, BadRequest, BranchMoved, Conflict, EntryNotFound
from spaceport.repos.commits.landing import open_quarantine
from spaceport.repos.commits.operations import Operation
from spaceport.repos.commits.propose import propose_commit
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.commits.write import write_commit
from spaceport.repos.finding import folder_of, kind_of
from spaceport.repos.refs import branch_ref
from spaceport.repos.revisions import resolve_revision
from spaceport.services import Services
from spaceport.translating import gettext
from spaceport.web.file_view import url_of
from spaceport.web.forms import leads_to
from spaceport.web.repo_pages import find_repo

#: What the person at a form can mend is told above it, with all that was typed.
MENDABLE = (BadRequest, Conflict, EntryNotFound)


@dataclass(frozen=True)
class CommitRights:
    """What the visitor may do with changes of files: commit them, or open a pull request with them."""

    commit: bool
    propose: bool

    @property
    def any(self) -> bool:
        return self.commit or self.propose


def commit_rights(caller: Caller, repo: Space | Repo) -> CommitRights:
    return CommitRights(can(caller, Action.WRITE, repo), repo.has_discussions and can(caller, Action.DISCUSS, repo))


def find_changeable(services: Services, caller: Caller, kind: RepoType, owner: str, name: str) -> Space | Repo:
    """
    A repo whose files this caller may change, or propose changes of.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, GatedRepo.
    """
    repo = find_repo(services, caller, kind, owner, name)
    require(caller, Action.FETCH, repo)
    if not commit_rights(caller, repo).any:
        require(caller, Action.WRITE, repo)
        raise AccessDenied(gettext("%(repo)s takes no changes from you", repo=repo.full_name))
    return repo


def branch_head(services: Services, repo: Space | Repo, revision: str) -> str:
    """The commit that a form begins with. Raises: RevisionNotFound for what is no branch."""
    branch_ref(revision)
    return resolve_revision(folder_of(services, repo), revision)


def commit_from_page(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    revision: str,
    operations: Sequence[Operation],
    message: str,
    description: str,
    parent: str | None = None,
    as_pull_request: bool = False,
    quarantine: Quarantine | None = None,
) -> Response:
    """
    Leads to what was made: the folder at the branch, or the pull request, which it is for whoever may only propose.
    ``quarantine`` is where the objects of ``AddBlob`` are.

    Raises: Conflict where the branch moved on from ``parent``, and as ``write_commit`` and ``propose_commit``.
    """
    base = f"/{kind_of(repo).prefix}{repo.full_name}"
    if as_pull_request or not commit_rights(caller, repo).commit:
        with nullcontext(quarantine) if quarantine else open_quarantine(services, repo) as inside:
            discussion, _ = propose_commit(
                services, repo, caller, revision, operations, message, description, parent, inside
            )
        return leads_to(f"{base}/discussions/{discussion.number}", "proposed")
    try:
        write_commit(services, repo, caller, revision, operations, message, description, parent, quarantine)
    except BranchMoved as error:
        raise Conflict(
            gettext("%(revision)s was changed by somebody else meanwhile: compare, and commit again", revision=revision)
        ) from error
    return leads_to(f"{base}/tree/{url_of(revision)}", "committed")
