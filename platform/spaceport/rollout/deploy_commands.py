"""Deployments without a build: back to an earlier release, or the same image with what is configured now."""

from dataclasses import replace
from datetime import datetime

from spaceport.build_history import cancel_builds, forget_builds
from spaceport.deployments import deploy, reconfigure, still_there, successor
from spaceport.domain.access import Action, require, require_right_to_start
from spaceport.domain.account import Caller
from spaceport.domain.build import Build
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.release import Release, ReleaseKind
from spaceport.domain.rollback import left_behind, refusal, secret_versions_of
from spaceport.domain.space import Desired, Space
from spaceport.errors import Conflict, NotFound
from spaceport.interfaces import Transaction
from spaceport.services import Services
from spaceport_runner.contract import static_root


def rollback(services: Services, space: Space, caller: Caller, number: int, reason: str = "") -> Release:
    """
    Start what release ``number`` was, as a new release: its image, commit, variables and versions of secrets.

    Nothing is built, and the repo stays where it is: the next push deploys as ever. What is being built is cancelled,
    or it would take the place of what was asked for. ``domain.rollback.left_behind`` says what does not come back.

    Raises: NotFound, Conflict when the release cannot be started, AccessDenied, and as ``require``.
    """
    require(caller, Action.DEPLOY, space)
    now = services.clock.now()
    with services.database.begin() as tx:
        current = still_there(tx, space)
        require_right_to_start(caller, current)
        source = tx.releases.by_number(current.id, number)
        if source is None:
            raise NotFound(f"{space.full_name} has no release {number}")
        source = _as_it_is(services, source)
        if why := refusal(current, source):
            raise Conflict(why)
        secrets = tx.configs.secrets(current.id)
        configured = replace(source, secret_versions=secret_versions_of(source, secrets), hardware=current.hardware)
        message = f"back to release {number}: {reason}" if reason else f"back to release {number}"
        release = successor(tx, configured, ReleaseKind.ROLLBACK, caller.name, now, message)
        cancelled = _make_way(tx, current, caller, number, now)
        deploy(tx, current, release, now)
        details = {
            "command": "rollback",
            "to": number,
            "release": release.number,
            "reason": reason,
            "left_behind": left_behind(current, source, secrets),
        }
        tx.history.add(current.id, now, HappeningKind.COMMAND, caller.name, f"rolled {message}", details)
    forget_builds(services.queue, cancelled)
    services.events.publish(Event(EventKind.COMMANDED, space.id))
    return release


def redeploy(services: Services, space: Space, caller: Caller) -> Release:
    """
    Deploy the image that serves with the variables, secrets and hardware of now.

    Raises: Conflict when nothing was built yet, AccessDenied, and as ``require``.
    """
    require(caller, Action.DEPLOY, space)
    now = services.clock.now()
    with services.database.begin() as tx:
        current = still_there(tx, space)
        require_right_to_start(caller, current)
        if current.target_release_id is None:
            raise Conflict(f"{space.full_name} has no release to deploy yet: push an app to main first")
        current = _running(tx, current)
        release = reconfigure(tx, current, caller.name, now, "deployed again", has_changed=True)
        assert release is not None
        details = {"command": "redeploy", "release": release.number}
        tx.history.add(current.id, now, HappeningKind.COMMAND, caller.name, "deployed again", details)
    services.events.publish(Event(EventKind.COMMANDED, space.id))
    return release


def _as_it_is(services: Services, release: Release) -> Release:
    """The files of a static release are in the data folder: whether they are there can be seen before anybody asks."""
    if release.sdk != "static":
        return release
    is_there = static_root(services.settings.data_dir.resolve(), release.image).is_dir()
    return replace(release, image_gone=not is_there)


def _running(tx: Transaction, space: Space) -> Space:
    """Who deploys wants it to run."""
    if space.desired is Desired.RUNNING:
        return space
    tx.spaces.update(space.id, desired=Desired.RUNNING, stop_reason=None, review_requested_at=None)
    return replace(space, desired=Desired.RUNNING, stop_reason=None)


def _make_way(tx: Transaction, space: Space, caller: Caller, number: int, now: datetime) -> list[Build]:
    """End builds under way and forget pushes that none was planned for yet; returns what the queue must forget."""
    push = tx.pushes.latest(space.id)
    tx.spaces.update(
        space.id,
        rebuild_requested=None,
        rebuild_by=None,
        planned_push_id=push.id if push else space.planned_push_id,
    )
    builds = cancel_builds(tx, space, f"{caller.name} went back to release {number}", caller.name, now)
    _running(tx, space)
    return builds
