"""The last step of every commit that the hub itself writes: checks, and the branch moves from where it was."""

from collections.abc import Callable
from dataclasses import dataclass

import pygit2

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, RevisionNotFound, Unavailable
from spaceport.repos.after_push import after_push
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.door import check_commits
from spaceport.repos.finding import folder_of
from spaceport.repos.refs import Moved, move_ref, read_ref
from spaceport.repos.tidying import tidy_in_background
from spaceport.services import Services

#: Each lost round is a commit of somebody else that was not lost.
_MAX_ROUNDS = 100


@dataclass(frozen=True)
class CommitResult:
    """``sha`` is where the branch is now; ``notes`` are for whoever committed."""

    sha: str
    notes: tuple[str, ...] = ()


def land(
    services: Services,
    repo: Space | Repo,
    ref: str,
    pusher: str,
    make: Callable[[Quarantine, str], str],
    quarantine: Quarantine,
) -> CommitResult:
    """
    Move a branch to what ``make`` makes of its head, checked like a push; what follows is the same, too.

    ``make`` writes a commit to the quarantine and is called again when the branch moved meanwhile, with the new head;
    where it returns the head there is nothing to do. Rights are the caller's business.

    Raises: RevisionNotFound when there is no such branch, BadRequest with everything that refuses the commit,
    Unavailable, and what ``make`` raises.
    """
    folder = folder_of(services, repo)
    for _ in range(_MAX_ROUNDS):
        head = read_ref(folder, ref)
        if head is None:
            raise RevisionNotFound(f"no branch {ref.removeprefix('refs/heads/')[:100]!r}")
        sha = make(quarantine, head)
        if sha == head:
            return CommitResult(head)
        moved = Moved(head, sha, ref)
        verdict = check_commits(services, repo, [moved], quarantine.path)
        if verdict.problems:
            raise BadRequest("; ".join(verdict.problems))
        quarantine.keep()
        if move_ref(folder, moved):
            after_push(services, repo, [moved], pusher)
            tidy_in_background(folder)
            return CommitResult(sha, (*verdict.warnings, *verdict.missing))
    raise Unavailable(f"{repo.full_name} gets many commits just now: try again")


def open_quarantine(services: Services, repo: Space | Repo) -> Quarantine:
    """Raises: RevisionNotFound when there is no repo."""
    try:
        return Quarantine(folder_of(services, repo))
    except (pygit2.GitError, OSError) as error:
        raise RevisionNotFound("the repo cannot be read") from error
