"""Commits that open a pull request for themselves: a new one, and those of a branch."""

from collections.abc import Sequence

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.discussion import MAX_TITLE_CHARACTERS, Discussion, DiscussionStatus
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, RevisionNotFound, Unavailable
from spaceport.repos.after_push import after_push
from spaceport.repos.between import between
from spaceport.repos.commits.operations import Operation
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.commits.write import changing
from spaceport.repos.discussions.opening import check_opening, open_pull_request
from spaceport.repos.door import check_commits
from spaceport.repos.finding import folder_of
from spaceport.repos.paths import MAIN
from spaceport.repos.refs import PULLS, Moved, branch_ref, move_ref, read_ref
from spaceport.repos.revisions import resolve_revision
from spaceport.services import Services


def propose_commit(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    revision: str,
    operations: Sequence[Operation],
    message: str,
    description: str,
    parent: str | None,
    quarantine: Quarantine,
) -> tuple[Discussion, str]:
    """
    Open a pull request with one commit, on top of a branch, or of ``parent`` where that is given.

    Who may read may do that. Where anything is wrong with the commit there is no pull request either.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, RevisionNotFound, EntryNotFound, BadRequest, Unavailable.
    """
    # What refuses the pull request refuses it before anything of it is in the repo.
    title, description = check_opening(caller, repo, " ".join(message.split())[:MAX_TITLE_CHARACTERS], description)
    folder = folder_of(services, repo)
    base = read_ref(folder, branch_ref(revision))
    if base is None:
        raise RevisionNotFound(f"no branch {revision[:100]!r}")
    if parent is not None:
        base = resolve_revision(folder, parent)
    sha = changing(services, repo, caller, operations, message, description)(quarantine, base)
    verdict = check_commits(services, repo, [Moved(base, sha, f"{PULLS}0")], quarantine.path)
    if verdict.problems:
        raise BadRequest("; ".join(verdict.problems))
    quarantine.keep()
    discussion = open_pull_request(services, repo, caller, title, description, DiscussionStatus.OPEN)
    _begin_at(services, repo, caller, discussion, sha, base)
    return discussion, sha


def propose_branch(
    services: Services, repo: Space | Repo, caller: Caller, branch: str, title: str, description: str
) -> Discussion:
    """
    Open a pull request with the commits that a branch has now and ``main`` has not. The branch stays what it is.

    Who may read the files may do that.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, RevisionNotFound, BadRequest, Unavailable.
    """
    require(caller, Action.FETCH, repo)
    check_opening(caller, repo, title, description)
    folder = folder_of(services, repo)
    head, main = read_ref(folder, branch_ref(branch)), read_ref(folder, MAIN)
    if head is None or main is None:
        raise RevisionNotFound(f"no branch {(branch if main else 'main')[:100]!r}")
    if not between(folder, main, head).commits:
        raise BadRequest(f"main has all commits of {branch[:100]!r} already: there is nothing to propose")
    discussion = open_pull_request(services, repo, caller, title, description, DiscussionStatus.OPEN)
    _begin_at(services, repo, caller, discussion, head, main)
    return discussion


def _begin_at(
    services: Services, repo: Space | Repo, caller: Caller, discussion: Discussion, sha: str, base: str
) -> None:
    """Put a new pull request's ref to its first commits. Raises: Unavailable."""
    folder = folder_of(services, repo)
    before = read_ref(folder, discussion.ref)
    moved = Moved(before or base, sha, discussion.ref)
    if moved.old != moved.new:
        if before is None or not move_ref(folder, moved):
            raise Unavailable(f"pull request {discussion.number} was opened without its commit: commit to it again")
        after_push(services, repo, [moved], caller.name)
