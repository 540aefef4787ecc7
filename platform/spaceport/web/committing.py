"""Commits that people make on pages: to a branch, or as a pull request for one."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BranchMoved, Conflict
from spaceport.repos.commits.landing import open_quarantine
from spaceport.repos.commits.operations import Operation
from spaceport.repos.commits.propose import propose_commit
from spaceport.repos.commits.write import write_commit
from spaceport.repos.finding import kind_of
from spaceport.services import Services
from spaceport.web.file_view import url_of


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
) -> str:
    """
    The page that shows what was made: the folder at the branch, or the pull request.

    Raises: Conflict where the branch moved on from ``parent``, and as ``write_commit`` and ``propose_commit``.
    """
    base = f"/{kind_of(repo).prefix}{repo.full_name}"
    if as_pull_request:
        with open_quarantine(services, repo) as quarantine:
            discussion, _ = propose_commit(
                services, repo, caller, revision, operations, message, description, parent, quarantine
            )
        return f"{base}/discussions/{discussion.number}"
    try:
        write_commit(services, repo, caller, revision, operations, message, description, parent)
    except BranchMoved as error:
        raise Conflict(f"{revision} was changed by somebody else meanwhile: compare, and commit again") from error
    return f"{base}/tree/{url_of(revision)}"
