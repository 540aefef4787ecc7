"""image -> instance -> route: brings what runs towards what is wanted, one Space at a time."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from spaceport.build_line import places_now, room_for_builds
from spaceport.deployments import HISTORY_KEPT
from spaceport.domain.app_access import sign_key
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.instance import Role
from spaceport.domain.line import Place
from spaceport.domain.route import Route
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.stage import compute_stage
from spaceport.interfaces import Clock, Database, EventBus, Fleet, RouteTable, Transaction
from spaceport.rollout.actions import MakeRoom
from spaceport.rollout.apply import Applier
from spaceport.rollout.decide import decide
from spaceport.rollout.facts import deadline_of, facts_of
from spaceport.rollout.pressure import Sleeper, first_to_stop, short_runners
from spaceport.rollout.routes import Doors, route_of
from spaceport.rollout.specs import instance_spec
from spaceport.rollout.view import View, is_letting_go, should_be_frozen
from spaceport.rollout.volume_use import note_volume_use
from spaceport.rollout.world import Views, World
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceSpec, RunnerReport
from spaceport_runner.template import Template

log = structlog.get_logger()

#: Decisions lead to new decisions (a crash to a new candidate); more rounds than this would be a loop.
_MAX_ROUNDS = 6
#: Longest time that somebody at the door of a sleeping Space waits for a pass over all Spaces.
_WAKE_PATIENCE_SECONDS = 0.1


@dataclass(frozen=True)
class _Wanted:
    runner_id: str
    spec: InstanceSpec


class RolloutStep:
    """
    Runs in the controller only, one thread.

    Keeps the routes and wanted instances of all Spaces, so that a pass over one Space can publish the whole.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        fleet: Fleet,
        routes: RouteTable,
        events: EventBus,
        clock: Clock,
        templates: Mapping[str, Template],
        internal_secret: str,
        wake_patience_seconds: float = _WAKE_PATIENCE_SECONDS,
    ) -> None:
        self._settings = settings
        self._database = database
        self._fleet = fleet
        self._route_table = routes
        self._events = events
        self._clock = clock
        self._views = Views(settings, templates)
        self._internal_secret = internal_secret
        self._wake_patience_seconds = wake_patience_seconds
        self._routes: dict[str, Route] = {}
        self._wanted: dict[str, list[_Wanted]] = {}
        #: Spaces that others move on: gateways let go of them, runners thaw them, room comes free, or it is needed.
        self._restless: set[str] = set()

    def look(self, is_use_known: bool = False) -> World:
        """Read the world. Raises: Unavailable."""
        runners = self._fleet.runners()
        alive = frozenset(runner.runner_id for runner in runners)
        short = short_runners(runners, self._settings.freeze_memory_percent)
        known = {wanted.runner_id for several in self._wanted.values() for wanted in several}
        return World(
            reports=self._fleet.observed(sorted(alive | known | {self._settings.runner_id})),
            gateways=self._route_table.gateways(),
            runner_ids=alive,
            route_version=self._route_table.version(),
            runners={runner.runner_id: runner for runner in runners},
            visited=frozenset(self._route_table.wakes()),
            short_runners=short,
            to_stop=first_to_stop(short, self._sleepers()) if short and is_use_known else frozenset(),
            is_use_known=is_use_known,
            places=self._places(runners),
        )

    def _places(self, runners: Sequence[RunnerReport]) -> dict[str, Place]:
        with self._database.read() as tx:
            return places_now(tx, room_for_builds(runners, self._settings), self._clock.now())

    def _sleepers(self) -> list[Sleeper]:
        with self._database.read() as tx:
            frozen = [space for space in tx.spaces.all() if space.is_asleep and space.rest is Rest.FROZEN]
        return [
            Sleeper(space.id, wanted.runner_id, space.rest_since or space.created_at)
            for space in frozen
            for wanted in self._wanted.get(space.id, ())
        ]

    def wake_visited(self) -> None:
        """
        Wake what somebody waits for, before anything else that a pass may do. Raises: Unavailable.

        Not to be called before the first full pass, see ``publish``.
        """
        if self._route_table.wakes():
            world = self.look()
            for space_id in sorted(world.visited):
                self.bring_forward(space_id, world)
            self.publish(world)
            self._route_table.forget_wakes(world.visited)

    def bring_forward(self, space_id: str, world: World) -> None:
        """One Space: decide, write, compute the stage, renew its route and its wanted instances."""
        now = self._clock.now()
        with self._database.read() as tx:
            view = self._views.view(tx, space_id, world, now)
            if view is None:
                self._forget(space_id)
                return
            is_settled = not decide(view) and not _stage_changes(view, world)
            if is_settled and view.space.desired is not Desired.DELETED:
                self._remember(tx, view)
                return
        with self._database.begin() as tx:
            has_changed = self._bring_forward(tx, space_id, world, now)
        if has_changed:
            self._events.publish(Event(EventKind.CHANGED, space_id))

    def _bring_forward(self, tx: Transaction, space_id: str, world: World, now: datetime) -> bool:
        """Whether anything that a page shows has changed."""
        view = self._settle(tx, space_id, world, now)
        if view is None:
            return False
        if view.space.desired is Desired.DELETED and not view.instances:
            tx.spaces.remove(space_id)
            self._forget(space_id)
            log.info("space removed", space_id=space_id)
            return True
        changes = _stage_changes(view, world)
        if changes:
            tx.spaces.update(space_id, **changes)
            _record_stage(tx, view.space, changes, now)
            log.info("stage", space=view.space.full_name, stage=str(changes["stage"]), reason=changes["stage_reason"])
            view = self._views.view(tx, space_id, world, now) or view
        self._remember(tx, view)
        return bool(changes)

    def _remember(self, tx: Transaction, view: View) -> None:
        doors = self._doors(tx, view.space) if view.space.private else None
        # An old host that another Space has by now is that one's alone.
        redirects = [
            each for each in tx.redirects.of_space(view.space.id) if not tx.spaces.subdomain_taken(each.subdomain)
        ]
        self._routes[view.space.id] = route_of(view.space, view, self._settings, doors, redirects)
        self._wanted[view.space.id] = self._wanted_of(tx, view)
        if is_letting_go(view) or view.space.wake_tries or view.space.waiting_since:
            self._restless.add(view.space.id)
        else:
            self._restless.discard(view.space.id)

    def all_space_ids(self) -> list[str]:
        with self._database.read() as tx:
            return [space.id for space in tx.spaces.all()]

    def in_motion(self) -> set[str]:
        """Spaces whose instances come or go: gateways and deadlines move them on without an event."""
        with self._database.read() as tx:
            moving = {instance.space_id for instance in tx.instances.current() if instance.role is not Role.LIVE}
        return moving | self._restless

    def bring_all_forward(self, world: World) -> None:
        """Every Space, and no routes of any other."""
        note_volume_use(self._database, world.reports.values())
        space_ids = self.all_space_ids()
        is_complete = bool(self._routes)
        for gone in (set(self._routes) | set(self._wanted)) - set(space_ids):
            self._forget(gone)
        wakes_looked_at = time.monotonic()
        for space_id in space_ids:
            self.bring_forward(space_id, world)
            if is_complete and time.monotonic() - wakes_looked_at > self._wake_patience_seconds:
                self.wake_visited()
                # What is decided from here on is published with the next version, not with that of the wakes.
                world = replace(world, route_version=self._route_table.version())
                wakes_looked_at = time.monotonic()

    def publish(self, world: World) -> None:
        """Hand routes to gateways and wanted instances to runners. Raises: Unavailable."""
        self._route_table.publish(self._routes)
        by_runner: dict[str, list[InstanceSpec]] = {runner_id: [] for runner_id in world.runner_ids}
        for several in self._wanted.values():
            for wanted in several:
                by_runner.setdefault(wanted.runner_id, []).append(wanted.spec)
        for runner_id, specs in by_runner.items():
            self._fleet.want(runner_id, specs)

    def _settle(self, tx: Transaction, space_id: str, world: World, now: datetime) -> View | None:
        """Decide and write until there is nothing left to decide; returns the view of the end, None without a Space."""
        applier = Applier(self._settings, now, world.route_version + 1)
        view = self._views.view(tx, space_id, world, now)
        for _ in range(_MAX_ROUNDS):
            actions = decide(view) if view is not None else []
            if view is None or not actions:
                break
            for action in actions:
                applier.apply(tx, view.space, action)
                if isinstance(action, MakeRoom):
                    self._restless.update(action.space_ids)
            view = self._views.view(tx, space_id, world, now)
        return view

    def _wanted_of(self, tx: Transaction, view: View) -> list[_Wanted]:
        wanted = []
        for instance in view.instances:
            release = tx.releases.get(instance.release_id)
            if release is not None:
                secrets = tx.configs.secrets(view.space.id) if release.secret_versions else ()
                frozen = should_be_frozen(view, instance)
                spec = instance_spec(
                    view.space, release, instance, self._settings, self._internal_secret, secrets, frozen
                )
                wanted.append(_Wanted(instance.runner_id, spec))
        return wanted

    def _doors(self, tx: Transaction, space: Space) -> Doors:
        return Doors(
            tx.accounts.reader_token_hashes(space.owner_id),
            sign_key(self._internal_secret, space.id, space.links_version),
        )

    def _forget(self, space_id: str) -> None:
        self._routes.pop(space_id, None)
        self._wanted.pop(space_id, None)
        self._restless.discard(space_id)


def _stage_changes(view: View, world: World) -> dict[str, object]:
    """What to write about the stage; empty when everything is as computed before."""
    space = view.space
    stage, reason = compute_stage(facts_of(view, world.places))
    deadline = deadline_of(stage, view)
    if (stage, reason, deadline) == (space.stage, space.stage_reason, space.stage_deadline_at):
        return {}
    since = {"stage_since": view.now} if stage is not space.stage else {}
    return {"stage": stage, "stage_reason": reason, "stage_deadline_at": deadline, **since}


def _record_stage(tx: Transaction, space: Space, changes: Mapping[str, object], now: datetime) -> None:
    """A change of stage is history; a change of the reason within a stage is not."""
    if changes["stage"] is space.stage:
        return
    stage, reason = str(changes["stage"]), changes["stage_reason"]
    summary = f"{stage}: {reason}" if reason else stage
    tx.history.add(
        space.id,
        now,
        HappeningKind.STAGE,
        "system",
        summary,
        {"stage": stage, "before": str(space.stage), "reason": reason},
    )
    tx.history.trim(space.id, HISTORY_KEPT)
