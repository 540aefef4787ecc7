"""A pull request becomes part of ``main``."""

from typing import Any

import pygit2

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.discussion import Discussion, DiscussionEvent, DiscussionStatus, check_mergeable, check_text
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, Conflict, MergeConflict
from spaceport.repos.creation import signature_of
from spaceport.repos.discussions.events import add_comment, set_status
from spaceport.repos.discussions.finding import find_discussion, require_discussions
from spaceport.repos.discussions.pull_refs import conflicts_of, opened, tip
from spaceport.repos.finding import kind_of
from spaceport.repos.paths import MAIN
from spaceport.repos.publish import inspect, publish_main
from spaceport.repos.repo_pushes import check_repo_push, publish_repo
from spaceport.services import Services


def merge(services: Services, repo: Space | Repo, caller: Caller, number: int, text: str = "") -> DiscussionEvent:
    """
    Bring the commits of a pull request to ``main``: forward where it can be, else with a commit that joins both.

    What ``main`` would be is checked like a push, and what follows is the same: a Space is built and deployed.

    Raises: SpaceNotFound, NotFound, NotAuthenticated, AccessDenied, BadRequest when a push of it would be refused,
    MergeConflict, Conflict.
    """
    require_discussions(caller, repo, Action.WRITE)
    text = check_text(text, may_be_empty=True)
    with services.database.read() as tx:
        discussion = find_discussion(tx, repo, number)
    check_mergeable(discussion)
    # Outside of any transaction, which would keep everybody else waiting: of two merges at once the second one finds
    # nothing to merge, or main moved.
    base, merged = _move_main(services, repo, caller, discussion)
    with services.database.begin() as tx:
        if text:
            add_comment(tx, services, discussion, caller, text)
        event = set_status(tx, services, discussion, caller, DiscussionStatus.MERGED, merge_sha=merged, base_sha=base)
    if isinstance(repo, Space):
        publish_main(services, repo.id, caller.name)
    else:
        publish_repo(services, repo.id)
    return event


def _move_main(
    services: Services, repo: Space | Repo, caller: Caller, discussion: Discussion
) -> tuple[str | None, str]:
    """The last commit both had in common, and where ``main`` is now."""
    with opened(services, repo) as git:
        main, head = tip(git, MAIN), tip(git, discussion.ref)
        base = git.merge_base(main, head)
        if base == head:
            raise Conflict(f"there is nothing to merge: push commits to {discussion.ref} first")
        merged = head if base == main else _join(git, main, head, caller, discussion)
        _check(services, repo, str(merged))
        _advance(git, main, merged)
        return (str(base) if base is not None else None), str(merged)


def _join(git: Any, main: Any, head: Any, caller: Caller, discussion: Discussion) -> Any:
    """A commit with both as parents; nothing leads to it yet. Raises: MergeConflict."""
    index = git.merge_commits(main, head)
    if files := conflicts_of(index):
        raise MergeConflict(files)
    message = f"{discussion.title} (#{discussion.number})\n\nMerge {discussion.ref} by {discussion.author}.\n"
    signature = signature_of(caller.name)
    return git.create_commit(None, signature, signature, message, index.write_tree(git), [main, head])


def _check(services: Services, repo: Space | Repo, sha: str) -> None:
    """As for a push. Raises: BadRequest."""
    if isinstance(repo, Space):
        problems = list(inspect(services, repo.id, sha)[0].problems)
    else:
        problems = check_repo_push(services, repo, sha, None)
    if problems:
        raise BadRequest(f"{kind_of(repo)} {repo.full_name} cannot take this: {'; '.join(problems)}")


def _advance(git: Any, old: Any, new: Any) -> None:
    """Raises: Conflict when ``main`` is not where it was: libgit2 compares under the lock of the ref."""
    reference = git.references[MAIN]
    moved = Conflict("main moved in this moment: try again")
    if reference.target != old:
        raise moved
    try:
        reference.set_target(new, "merge")
    except (pygit2.GitError, ValueError) as error:
        raise moved from error
