"""image -> instance -> route: brings what runs towards what is wanted, one Space at a time."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from spaceport.build_line import places_now, room_for_builds
from spaceport.domain.drain import Drain
from spaceport.domain.events import Event, EventKind
from spaceport.domain.instance import Role
from spaceport.domain.line import Place
from spaceport.domain.space import Desired, Rest
from spaceport.domain.stage import PASSING, Stage
from spaceport.interfaces import Clock, Database, EventBus, Fleet, RouteTable, Transaction
from spaceport.own_trouble import own_trouble
from spaceport.owner_usage import OwnerUse
from spaceport.rollout.actions import MakeRoom
from spaceport.rollout.apply import Applier
from spaceport.rollout.decide import decide
from spaceport.rollout.outlook import Outlook
from spaceport.rollout.pressure import Sleeper, first_to_stop, short_runners
from spaceport.rollout.silence import missed_since, silences
from spaceport.rollout.stages import stage_changes
from spaceport.rollout.view import View, is_letting_go
from spaceport.rollout.volume_use import note_volume_use
from spaceport.rollout.world import Views, World
from spaceport.settings import Settings
from spaceport.stage_record import record_stage
from spaceport_runner.contract import RunnerReport
from spaceport_runner.template import Template

log = structlog.get_logger()

_UNDECIDED = "nobody can decide what is to become of it: ask the admin to look at the log of the controller"
#: Decisions lead to new decisions (a crash to a new candidate); more rounds than this would be a loop.
_MAX_ROUNDS = 6
#: Longest time that somebody at the door of a sleeping Space waits for a pass over all Spaces.
_WAKE_PATIENCE_SECONDS = 0.1


class RolloutStep:
    """
    Runs in the controller only, one thread.

    Decides by what it sees of the world, writes, and keeps what gateways and runners are to be told.
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
        self._wake_patience_seconds = wake_patience_seconds
        self._outlook = Outlook(settings, internal_secret)
        #: Spaces that others move on: gateways let go of them, runners thaw them, room comes free, or it is needed.
        self._restless: set[str] = set()

    def look(self, is_use_known: bool = False) -> World:
        """Read the world. Raises: Unavailable."""
        runners = self._fleet.runners()
        alive = frozenset(runner.runner_id for runner in runners)
        short = short_runners(runners, self._settings.freeze_memory_percent)
        needed = self._needed_runners()
        return World(
            reports=self._fleet.observed(sorted(alive | needed | {self._settings.runner_id})),
            gateways=self._route_table.gateways(),
            runner_ids=alive,
            route_version=self._route_table.version(),
            runners={runner.runner_id: runner for runner in runners},
            visited=frozenset(self._route_table.wakes()),
            short_runners=short,
            to_stop=self._to_stop(short) if is_use_known else frozenset(),
            is_use_known=is_use_known,
            places=self._places(runners),
            silences=silences(self._note_missed(needed, alive), self._settings.runner_silence_seconds),
            drains=self._drains(),
        )

    def _needed_runners(self) -> frozenset[str]:
        with self._database.read() as tx:
            return tx.instances.runner_ids()

    def _note_missed(self, needed: frozenset[str], alive: frozenset[str]) -> Mapping[str, datetime]:
        """Kept outside, so that a controller that is killed again and again counts on."""
        known = self._fleet.missed()
        missed = missed_since(known, needed, alive, self._clock.now())
        if known or missed:
            self._fleet.note_missed(missed)
        return missed

    def _drains(self) -> Mapping[str, Drain]:
        with self._database.read() as tx:
            return tx.rulings.drains()

    def _places(self, runners: Sequence[RunnerReport]) -> dict[str, Place]:
        with self._database.read() as tx:
            return places_now(tx, room_for_builds(runners, self._settings, tx.rulings.drains()), self._clock.now())

    def _to_stop(self, short: frozenset[str]) -> frozenset[str]:
        """Frozen Spaces whose memory is needed: by a machine that is short of it, or by their owner's other Spaces."""
        with self._database.read() as tx:
            needed = first_to_stop(short, self._sleepers(tx)) if short else frozenset()
            return needed | OwnerUse(tx, self._settings).surplus()

    def _sleepers(self, tx: Transaction) -> list[Sleeper]:
        frozen = [space for space in tx.spaces.all() if space.is_asleep and space.rest is Rest.FROZEN]
        return [
            Sleeper(space.id, runner_id, space.rest_since or space.created_at)
            for space in frozen
            for runner_id in self._outlook.runners_of(space.id)
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
        """
        One Space: decide, write, compute the stage, renew its route and its wanted instances.

        With one that nobody can decide about, all stays as it is.
        """
        what = "a Space could not be brought forward"
        with own_trouble(what, lambda: self._leave_alone(space_id), space_id=space_id):
            self._bring_one_forward(space_id, world)

    def _leave_alone(self, space_id: str) -> None:
        """What it has stays. Only a passing stage does not go on for ever."""
        self._outlook.spare(space_id)
        now = self._clock.now()
        with own_trouble("nor could that be told of it", space_id=space_id), self._database.begin() as tx:
            space = tx.spaces.get(space_id)
            ends_at = space.stage_deadline_at if space is not None and space.stage in PASSING else None
            if space is not None and ends_at is not None and now > ends_at:
                changes = {"stage": Stage.RUNTIME_ERROR, "stage_reason": _UNDECIDED, "stage_deadline_at": None}
                tx.spaces.update(space_id, **changes, stage_since=now)
                record_stage(tx, space, changes, now)

    def _bring_one_forward(self, space_id: str, world: World) -> None:
        now = self._clock.now()
        with self._database.read() as tx:
            view = self._views.view(tx, space_id, world, now)
            if view is None:
                self._forget(space_id)
                return
            is_settled = not decide(view) and not stage_changes(view, world)
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
        changes = stage_changes(view, world)
        if changes:
            tx.spaces.update(space_id, **changes)
            record_stage(tx, view.space, changes, now)
            log.info("stage", space=view.space.full_name, stage=str(changes["stage"]), reason=changes["stage_reason"])
            view = self._views.view(tx, space_id, world, now) or view
        self._remember(tx, view)
        return bool(changes)

    def _remember(self, tx: Transaction, view: View) -> None:
        self._outlook.remember(tx, view)
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
        is_complete = not self._outlook.is_empty
        for gone in self._outlook.space_ids() - set(space_ids):
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
        self._outlook.publish(self._route_table, self._fleet, world.runner_ids)

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

    def _forget(self, space_id: str) -> None:
        self._outlook.forget(space_id)
        self._restless.discard(space_id)
