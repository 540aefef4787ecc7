"""What a pass rests on: the world as runners and gateways tell it, and from it and the rows the view of one Space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from spaceport.deployments import files_before
from spaceport.domain.drain import Drain
from spaceport.domain.holding import size_of
from spaceport.domain.instance import Instance, Role
from spaceport.domain.leaving import Leaving, obstacle_of
from spaceport.domain.line import Place
from spaceport.domain.release import Release
from spaceport.domain.room import Spot
from spaceport.domain.route import GatewayReport
from spaceport.domain.sleep import sleep_seconds_of
from spaceport.domain.space import Desired, Space
from spaceport.interfaces import Transaction
from spaceport.rollout.decide import CRASH_WINDOW_SECONDS
from spaceport.rollout.environment import start_seconds_of
from spaceport.rollout.housing import Housing
from spaceport.rollout.silence import Silence
from spaceport.rollout.view import Rules, View, wants_candidate
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceReport, RunnerReport
from spaceport_runner.template import Template


@dataclass(frozen=True)
class World:
    """
    What runners and gateways say at the moment, read once for a pass over many Spaces.

    ``visited`` are Spaces that somebody wants to have woken. ``short_runners`` are machines short of memory,
    ``to_stop`` the frozen Spaces that are to give theirs back. ``is_use_known`` says that last uses are in the
    database. ``places`` are those of waiting builds, by their ids. ``silences`` are those of the runners that are
    needed and missed, by their ids, ``drains`` the machines and builders that take nothing new, by their names.
    """

    reports: Mapping[str, InstanceReport]
    gateways: Sequence[GatewayReport]
    runner_ids: frozenset[str]
    route_version: int
    runners: Mapping[str, RunnerReport] = field(default_factory=dict)
    visited: frozenset[str] = frozenset()
    short_runners: frozenset[str] = frozenset()
    to_stop: frozenset[str] = frozenset()
    is_use_known: bool = False
    places: Mapping[str, Place] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)
    drains: Mapping[str, Drain] = field(default_factory=dict)

    def others(self, runner_id: str) -> list[RunnerReport]:
        """Machines but this one that take Spaces."""
        return [each for each in self.runners.values() if each.runner_id not in (runner_id, *self.drains)]


class Views:
    """Makes views; reads only."""

    def __init__(self, settings: Settings, templates: Mapping[str, Template]) -> None:
        self._settings = settings
        self._templates = templates
        self._housing = Housing(settings)

    def view(self, tx: Transaction, space_id: str, world: World, now: datetime) -> View | None:
        """None for a Space that is not there any more."""
        space = tx.spaces.get(space_id)
        if space is None:
            return None
        target = tx.releases.get(space.target_release_id) if space.target_release_id else None
        instances = tx.instances.current(space_id)
        # Those of the hour are too many only when the last ones came close behind each other.
        crashes = crashes_within(tx, space, now, CRASH_WINDOW_SECONDS)
        view = View(
            space=space,
            target=target,
            needs_instance=self._needs_instance(target),
            instances=instances,
            reports=world.reports,
            gateways=world.gateways,
            crashes=crashes,
            crashes_in_hour=crashes_within(tx, space, now, 3600) if crashes else 0,
            now=now,
            live_release=_live_release(tx, instances, target),
            builds=tx.builds.active(space_id),
            is_visited=space_id in world.visited,
            may_sleep=world.is_use_known,
            silences=world.silences,
            can_move=_can_move(tx, space, target, world),
            is_short_of_memory=_is_short_of_memory(space, target, world),
            rules=self._rules(space, target),
        )
        return replace(view, spot=self._spot(tx, view, world), leaving=self._leaving(tx, view, world))

    def _spot(self, tx: Transaction, view: View, world: World) -> Spot | None:
        """Beside a live instance on its machine a candidate is let in unasked: a swap must not wait for itself."""
        if view.target is None or not wants_candidate(view):
            return None
        if any(each.runner_id == view.target.runner_id for each in view.with_role(Role.LIVE)):
            return None
        runner = world.runners.get(view.target.runner_id)
        return self._housing.spot(tx, view.space, view.target, bool(view.crashes), runner, view.now)

    def _leaving(self, tx: Transaction, view: View, world: World) -> Leaving | None:
        space, target = view.space, view.target
        drain = world.drains.get(target.runner_id) if target is not None and view.needs_instance else None
        if target is None or drain is None or space.desired is not Desired.RUNNING:
            return None
        others = world.others(target.runner_id)
        spots = (self._housing.spot(tx, space, target, False, each, view.now) for each in others)
        has_room = any(spot is not None and spot.is_free for spot in spots)
        size = size_of(self._settings.flavors.sized(target.hardware))
        return Leaving(drain, obstacle_of(space, target, size.words, bool(others), has_room))

    def _needs_instance(self, target: Release | None) -> bool:
        """The runner says so where the template of an old release is not there any more."""
        template = self._templates.get(target.template) if target else None
        return template is None or template.needs_instance

    def _rules(self, space: Space, target: Release | None) -> Rules:
        flavor = self._settings.flavors.sized(target.hardware if target else space.hardware)
        can_freeze = self._settings.freeze and not flavor.gpus
        return Rules(
            sleep_seconds=sleep_seconds_of(space, self._settings.flavors),
            freeze_seconds=self._settings.freeze_seconds if can_freeze else 0,
            start_seconds=start_seconds_of(space, target, self._settings),
            max_crashes_per_hour=self._settings.max_crashes_per_hour,
            room_seconds=self._settings.room_deadline_seconds,
        )


def crashes_within(tx: Transaction, space: Space, now: datetime, seconds: int) -> int:
    """Within the last seconds, and since somebody deployed, started or woke it: that is a new beginning."""
    began_at = now - timedelta(seconds=seconds)
    return tx.instances.ended_since(space.id, max(began_at, space.rest_since or began_at))


def _can_move(tx: Transaction, space: Space, target: Release | None, world: World) -> bool:
    """
    Whether another runner may take over: it has to build what is on ``main``, and /data stays where it was.
    """
    silence = world.silences.get(target.runner_id) if target is not None else None
    if target is None or silence is None or space.volume_bytes or target.sha != space.head_sha:
        return False
    if space.build_failure or space.start_failure:
        # It was tried.
        return False
    build = tx.builds.get(target.build_id)
    if build is not None and build.created_at > silence.since:
        # Its builders go on without it: the next build could be theirs again, and so on for ever.
        return False
    return bool(world.runner_ids - {target.runner_id, *world.drains})


def _is_short_of_memory(space: Space, target: Release | None, world: World) -> bool:
    if space.is_asleep:
        return space.id in world.to_stop
    return target is not None and target.runner_id in world.short_runners


def _live_release(tx: Transaction, instances: Sequence[Instance], target: Release | None) -> Release | None:
    """What serves, where that is not the target: what a live instance runs, or files from before there was an app."""
    live = next((instance for instance in instances if instance.role is Role.LIVE), None)
    if live is None:
        return files_before(tx, target)
    if target is not None and live.release_id == target.id:
        return None
    return tx.releases.get(live.release_id)
