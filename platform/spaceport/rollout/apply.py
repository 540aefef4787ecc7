"""Carries out what ``decide`` decided, in the database only: the runner follows what is written there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from spaceport.deployments import record_release, record_repair, settled
from spaceport.domain.history import HappeningKind
from spaceport.domain.instance import Instance, Role
from spaceport.domain.names import new_id
from spaceport.domain.release import Release, ReleaseStatus
from spaceport.domain.sleep import deeper_words
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.visit import WakeUp
from spaceport.domain.words import stop_words
from spaceport.interfaces import Transaction
from spaceport.rollout.actions import (
    Action,
    Allow,
    Crash,
    Fail,
    GiveUp,
    MakeRoom,
    MoveOn,
    Promote,
    Readdress,
    Remove,
    Replace,
    Retire,
    Sleep,
    StartCandidate,
    StopWaiting,
    Wait,
    Wake,
    Woken,
)
from spaceport.rollout.environment import start_seconds_of
from spaceport.settings import Settings

log = structlog.get_logger()

#: Starts of a Space that was woken before it is left alone until somebody restarts it.
MAX_WAKE_TRIES = 3


class Applier:
    """
    One action, one set of rows.

    ``next_route_version`` is the version the routes will have once the change is published: an old instance is drained
    when every gateway reports it.
    """

    def __init__(self, settings: Settings, now: datetime, next_route_version: int) -> None:
        self._settings = settings
        self._now = now
        self._next_route_version = next_route_version

    def apply(self, tx: Transaction, space: Space, action: Action) -> None:
        match action:
            case StartCandidate():
                self._start(tx, space, action)
            case Promote():
                self._promote(tx, space, action)
            case Fail():
                self._fail(tx, space, action)
            case Crash():
                self._crash(tx, space, action)
            case Remove(instance, reason):
                self._end(tx, instance, reason)
            case Allow(instance, deadline_at):
                tx.instances.update(instance.id, deadline_at=deadline_at)
            case Readdress(instance, report):
                tx.instances.update(instance.id, host=report.host, port=report.port, ready_at=self._now)
            case Retire(instance):
                self._retire(tx, instance)
            case Replace(instance):
                tx.spaces.update(space.id, generation=space.generation + 1)
                log.warning("instance does not thaw", space=space.full_name, instance=instance.id)
            case Wait():
                tx.spaces.update(space.id, waiting_since=self._now)
                log.info("space waits for room", space=space.full_name)
            case StopWaiting():
                tx.spaces.update(space.id, waiting_since=None)
            case MakeRoom(space_ids):
                self._make_room(tx, space, space_ids)
            case MoveOn(runner_id, why):
                tx.spaces.update(space.id, rebuild_requested="rebuild", rebuild_by="the system")
                record_repair(tx, space.id, self._now, why)
                log.warning("space moves on", space=space.full_name, runner=runner_id)
            case GiveUp():
                self._give_up(tx, space, action)
            case Sleep():
                self._sleep(tx, space, action)
            case Wake():
                self._wake(tx, space)
            case Woken(seconds, was_frozen):
                measured = {"thaw_seconds" if was_frozen else "wake_seconds": round(seconds, 3)}
                tx.spaces.update(space.id, wake_tries=0, **measured)
                tx.visits.add_wake(WakeUp(new_id(), space.id, self._now, round(seconds, 3), was_frozen))
                log.info("space awake", space=space.full_name, was_frozen=was_frozen, seconds=seconds)

    def _start(self, tx: Transaction, space: Space, action: StartCandidate) -> None:
        earlier = tx.instances.count_of_release(action.release.id)
        instance = Instance(
            id=new_id(),
            space_id=space.id,
            release_id=action.release.id,
            runner_id=action.release.runner_id,
            generation=action.generation,
            created_at=self._now,
            deadline_at=self._now + timedelta(seconds=start_seconds_of(space, action.release, self._settings)),
            restart=earlier,
        )
        tx.instances.add(instance)
        if space.waiting_since is not None:
            # How long a wake takes is counted without the wait for room.
            since = self._now if space.wake_tries else space.rest_since
            tx.spaces.update(space.id, waiting_since=None, rest_since=since)
        log.info("instance wanted", space=space.full_name, instance=instance.id, release=action.release.number)

    def _promote(self, tx: Transaction, space: Space, action: Promote) -> None:
        report = action.report
        tx.instances.update(
            action.instance.id,
            role=Role.LIVE,
            deadline_at=None,
            host=report.host,
            port=report.port,
            ready_at=self._now,
        )
        for old in action.old:
            self._retire(tx, old)
        release = tx.releases.get(action.instance.release_id)
        tx.spaces.update(space.id, last_use_at=self._now, **settled(tx, space, release))
        self._mark_live(tx, action.instance.release_id, space)
        log.info("instance live", space=space.full_name, instance=action.instance.id, drained=len(action.old))

    def _mark_live(self, tx: Transaction, release_id: str, space: Space) -> None:
        """One release of a Space is live at a time; the row remembers when it first was."""
        for other in tx.releases.live(space.id):
            if other.id != release_id:
                tx.releases.update(other.id, status=ReleaseStatus.RETIRED, ended_at=self._now)
        release = tx.releases.get(release_id)
        if release is None or release.status is ReleaseStatus.LIVE:
            return
        live = replace(release, status=ReleaseStatus.LIVE, live_at=release.live_at or self._now, ended_at=None)
        cleared = {"ended_at": None, "failure": None, "suggestion": None}
        tx.releases.update(release_id, status=live.status, live_at=live.live_at, **cleared)
        record_release(tx, live, self._now, f"release {release.number} is live")

    def _note_lost_image(self, tx: Transaction, instance: Instance) -> Release | None:
        """The release of an instance whose image is gone: nobody can go back to it until it is rebuilt."""
        release = tx.releases.get(instance.release_id)
        if release is not None:
            tx.releases.mark_image(release.space_id, release.image, gone=True)
        return release

    def _mark_failed(self, tx: Transaction, release_id: str, cause: str, suggestion: str | None) -> None:
        release = tx.releases.get(release_id)
        if release is None or release.status is not ReleaseStatus.STARTING:
            return
        failed = replace(release, status=ReleaseStatus.FAILED, failure=cause, suggestion=suggestion)
        tx.releases.update(release_id, status=failed.status, failure=cause, suggestion=suggestion, ended_at=self._now)
        record_release(tx, failed, self._now, f"release {release.number} failed: {cause}")

    def _retire(self, tx: Transaction, instance: Instance) -> None:
        drain_until = self._now + timedelta(seconds=self._settings.drain_deadline_seconds)
        tx.instances.update(
            instance.id, role=Role.DRAINING, deadline_at=drain_until, swap_version=self._next_route_version
        )

    def _make_room(self, tx: Transaction, space: Space, sleeper_ids: Sequence[str]) -> None:
        for sleeper_id in sleeper_ids:
            sleeper = tx.spaces.get(sleeper_id)
            if sleeper is not None and sleeper.is_asleep:
                self._sleep(tx, sleeper, Sleep(Rest.STOPPED, deeper_words(sleeper, "stopped to make room")))
        log.info("room is made", space=space.full_name, sleepers=len(sleeper_ids))

    def _give_up(self, tx: Transaction, space: Space, action: GiveUp) -> None:
        tx.spaces.update(
            space.id,
            failed_generation=space.generation,
            start_failure=action.cause,
            suggestion=action.suggestion,
            waiting_since=None,
            wake_tries=0,
            target_release_id=action.fallback_release_id or space.target_release_id,
        )
        if space.target_release_id:
            self._mark_failed(tx, space.target_release_id, action.cause, action.suggestion)
        log.info("not started", space=space.full_name, reason=action.cause)

    def _sleep(self, tx: Transaction, space: Space, action: Sleep) -> None:
        if not space.is_asleep:
            # Gateways must have let go of an instance before it is frozen, else they would wait for it.
            for instance in tx.instances.current(space.id):
                tx.instances.update(instance.id, swap_version=self._next_route_version)
        tx.spaces.update(space.id, rest=action.depth, rest_since=self._now, rest_reason=action.reason)
        log.info("space asleep", space=space.full_name, depth=str(action.depth), reason=action.reason)

    def _wake(self, tx: Transaction, space: Space) -> None:
        is_frozen = space.rest is Rest.FROZEN
        target = tx.releases.get(space.target_release_id) if space.target_release_id else None
        tx.spaces.update(
            space.id,
            rest=Rest.AWAKE,
            rest_since=self._now,
            rest_reason=None,
            last_use_at=self._now,
            wake_tries=1,
            generation=space.generation if is_frozen else space.generation + 1,
            **settled(tx, space, target),
        )
        log.info("space woken", space=space.full_name, was_frozen=is_frozen)

    def _fail(self, tx: Transaction, space: Space, action: Fail) -> None:
        self._end(tx, action.instance, action.cause, action.exit_code)
        lost = self._note_lost_image(tx, action.instance) if action.image_missing else None
        if 0 < space.wake_tries < MAX_WAKE_TRIES and lost is None:
            tx.spaces.update(space.id, generation=space.generation + 1, wake_tries=space.wake_tries + 1)
            log.warning("wake failed", space=space.full_name, tries=space.wake_tries, reason=action.cause)
            return
        cause = f"{action.cause} (it did not wake up {space.wake_tries} times)" if space.wake_tries else action.cause
        changes: dict[str, object] = {"failed_generation": action.instance.generation, "wake_tries": 0}
        suggestion = action.suggestion
        if lost is not None:
            cause, suggestion = _words_of_lost_image(lost)
            changes |= _after_lost_image(space, lost)
        else:
            changes |= {"start_failure": cause, "suggestion": suggestion}
        self._mark_failed(tx, action.instance.release_id, cause, suggestion)
        if action.fallback_release_id:
            changes["target_release_id"] = action.fallback_release_id
        tx.spaces.update(space.id, **changes)
        log.info("instance failed", space=space.full_name, instance=action.instance.id, reason=action.cause)

    def _crash(self, tx: Transaction, space: Space, action: Crash) -> None:
        self._end(tx, action.instance, action.cause, action.exit_code)
        lost = self._note_lost_image(tx, action.instance) if action.image_missing else None
        if lost is not None:
            tx.spaces.update(space.id, failed_generation=space.generation, **_after_lost_image(space, lost))
            record_repair(tx, space.id, self._now, "the image of what served is gone from the machine")
        elif action.suspends:
            self._suspend(tx, space, action.suspends, action)
        elif action.give_up:
            cause = f"{action.cause} (it ended several times in a row, so it is not started again by itself)"
            tx.spaces.update(
                space.id, failed_generation=space.generation, start_failure=cause, suggestion=action.suggestion
            )
        else:
            tx.spaces.update(space.id, generation=space.generation + 1)
            record_repair(tx, space.id, self._now, f"the app ended and is started again: {action.cause}")
        log.warning("instance ended", space=space.full_name, instance=action.instance.id, reason=action.cause)

    def _suspend(self, tx: Transaction, space: Space, crashes: int, action: Crash) -> None:
        why = f"it ended {crashes} times within an hour, at last because {action.cause}"
        words = stop_words("suspended", "the platform", self._now, why)
        tx.spaces.update(
            space.id,
            desired=Desired.SUSPENDED,
            stop_reason=words,
            start_failure=action.cause,
            suggestion=action.suggestion,
        )
        details = {"command": "suspended", "reason": why}
        tx.history.add(space.id, self._now, HappeningKind.COMMAND, "system", words, details)

    def _end(self, tx: Transaction, instance: Instance, reason: str | None, exit_code: int | None = None) -> None:
        tx.instances.update(
            instance.id,
            role=Role.GONE,
            deadline_at=None,
            ended_at=self._now,
            reason=reason,
            exit_code=exit_code,
        )


def _after_lost_image(space: Space, release: Release) -> dict[str, object]:
    """It is built again by itself where ``main`` is still what was released."""
    if release.sha == space.head_sha:
        return {"rebuild_requested": "rebuild", "rebuild_by": "the system: the image is gone"}
    cause, suggestion = _words_of_lost_image(release)
    return {"start_failure": cause, "suggestion": suggestion}


def _words_of_lost_image(release: Release) -> tuple[str, str]:
    """Cause and suggestion: a build of main would bring another commit than was asked for."""
    cause = f"the image of the commit {release.sha[:7]} is not there any more"
    return cause, f"rebuild to serve main as it is now, or push the commit {release.sha[:7]} again"
