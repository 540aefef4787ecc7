"""From a moved ``main`` to a Push: the row, the Space's card, and the event that starts everything else."""

from dataclasses import replace
from pathlib import Path

import pygit2

from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.push import Push
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Desired, Space
from spaceport.errors import SpaceNotFound
from spaceport.interfaces import Transaction
from spaceport.oauth.space_apps import ensure_space_app
from spaceport.repos.capabilities import known_capabilities
from spaceport.repos.checks import Inspection, inspect_commit
from spaceport.repos.describing import describe_space
from spaceport.repos.files import Limits
from spaceport.repos.large_files import usable_files
from spaceport.repos.paths import MAIN, repo_path
from spaceport.repos.tree import GitTree, open_repo
from spaceport.services import Services
from spaceport_runner.template import load_templates

_MAX_ROUNDS = 10


def inspect(services: Services, space_id: str, sha: str, quarantine: Path | None = None) -> tuple[Inspection, str]:
    """
    The inspection of a commit of a Space's repo, and its subject line.

    Raises: RevisionNotFound.
    """
    settings = services.settings
    with GitTree(repo_path(settings.data_dir, space_id), sha, quarantine) as tree:
        inspection = inspect_commit(
            tree,
            known_capabilities(services),
            load_templates(settings.templates_dir),
            Limits(settings.max_file_bytes, large_files=usable_files(services, space_id)),
        )
        return inspection, tree.message


def main_sha(services: Services, repo_id: str, kind: RepoType = RepoType.SPACE) -> str | None:
    """Where ``main`` of the repo is; None when there is no repo or no such branch."""
    try:
        repo = open_repo(repo_path(services.settings.data_dir, repo_id, kind))
    except pygit2.GitError:
        return None
    try:
        reference = repo.references.get(MAIN)
        return str(reference.target) if reference else None
    finally:
        repo.free()


def publish_main(services: Services, space_id: str, pushed_by: str) -> Push | None:
    """
    Make wherever ``main`` is now the head of the Space; None when it is that already.

    Idempotent, and safe when several pushes arrive at once: the branch is read again inside the transaction, so the
    last one to publish always publishes the newest commit.

    Raises: SpaceNotFound.
    """
    for _ in range(_MAX_ROUNDS):
        sha = main_sha(services, space_id)
        if sha is None:
            return None
        inspection, message = inspect(services, space_id, sha)
        push = _push_of(services, space_id, sha, message, pushed_by, inspection)
        published, has_moved = _store(services, push, inspection)
        if has_moved:
            continue
        if published:
            services.events.publish(Event(EventKind.PUSHED, space_id))
        return push if published else None
    return None


def _push_of(services: Services, space_id: str, sha: str, message: str, pushed_by: str, inspection: Inspection) -> Push:
    push = Push(new_id(), space_id, sha, message[:500], pushed_by, services.clock.now())
    if inspection.problems or inspection.card is None:
        # Only when a check at the door was passed by another way, such as a repo changed by hand.
        return replace(push, problem="; ".join(inspection.problems)[:500] or "no card")
    return replace(push, card=inspection.card.raw, dependency_files=inspection.dependency_files, tree=inspection.tree)


def _store(services: Services, push: Push, inspection: Inspection) -> tuple[bool, bool]:
    """Write the push; returns whether it was new, and whether ``main`` moved on meanwhile (then nothing is written)."""
    with services.database.begin() as tx:
        # Writing first takes the row's lock on PostgreSQL; SQLite holds the lock of the whole database.
        tx.spaces.update(push.space_id, modified_at=push.pushed_at)
        space = tx.spaces.get(push.space_id)
        if space is None or space.desired is Desired.DELETED:
            raise SpaceNotFound("the Space is gone")
        if main_sha(services, push.space_id) != push.sha:
            return False, True
        if space.head_sha == push.sha:
            return False, False
        tx.pushes.add(push)
        _record(tx, space, push)
        changes = _changes(space, push, inspection)
        tx.spaces.update(push.space_id, **changes)
        changed = tx.spaces.get(push.space_id)
        assert changed is not None
        describe_space(tx, changed, inspection.readme)
        ensure_space_app(services, tx, changed, push.card)
    return True, False


def _record(tx: Transaction, space: Space, push: Push) -> None:
    subject = push.message.splitlines()[0] if push.message else ""
    details = {"ref": MAIN, "oldSha": space.head_sha, "newSha": push.sha, "message": subject, "problem": push.problem}
    summary = f"push of {push.sha[:7]} by {push.pushed_by}: {subject}"
    tx.history.add(space.id, push.pushed_at, HappeningKind.PUSH, push.pushed_by, summary, details)


def _changes(space: Space, push: Push, inspection: Inspection) -> dict[str, object]:
    changes: dict[str, object] = {"head_sha": push.sha}
    if inspection.card is not None:
        changes |= {"card": inspection.card.raw, "sdk": inspection.card.sdk}
    if push.problem is None:
        changes["linked"] = inspection.linked.to_json()
        changes["has_app"] = True
    return changes
