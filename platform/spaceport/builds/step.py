"""commit -> build: plans builds from pushes, hands them to the queue, turns reports into releases."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from spaceport.build_history import record_build
from spaceport.build_line import room_now
from spaceport.builds.locks import kept_lock
from spaceport.builds.outcomes import Outcomes, no_template, record_plan, record_unbuildable
from spaceport.builds.patience import Patience
from spaceport.builds.planner import plan_build
from spaceport.builds.requests import build_request, configuration_of
from spaceport.builds.tracker import QueueFacts, Verdict, judge
from spaceport.deployments import record_repair
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.line import to_hand_out
from spaceport.domain.space import Desired
from spaceport.errors import Conflict, Unavailable
from spaceport.interfaces import BuildQueue, Clock, Database, Fleet, Transaction
from spaceport.own_trouble import own_trouble
from spaceport.settings import Settings
from spaceport_runner.contract import BuildReport
from spaceport_runner.template import Template, template_for

log = structlog.get_logger()

#: Earlier builds of a Space looked through for what was installed last.
_EARLIER = 20


class BuildStep:
    """
    Runs in the controller only, one thread.

    Everything it does can be done again: what was decided is in the database before the queue hears of it.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        queue: BuildQueue,
        fleet: Fleet,
        clock: Clock,
        templates: Mapping[str, Template],
        internal_secret: str,
    ) -> None:
        self._settings = settings
        self._database = database
        self._queue = queue
        self._fleet = fleet
        self._clock = clock
        self._templates = templates
        self._internal_secret = internal_secret
        self._last_leased: dict[str, datetime] = {}
        self._patience = Patience()
        self._outcomes = Outcomes(settings, clock, templates)

    def plan(self, space_id: str) -> None:
        """Create the build this Space needs, if any, and end those it needs no more."""
        with own_trouble("no build could be planned", partial(self._refuse_push, space_id), space_id=space_id):
            self._plan(space_id)

    def _refuse_push(self, space_id: str) -> None:
        """Nobody waits for what nobody can plan."""
        with self._database.begin() as tx:
            space, push = tx.spaces.get(space_id), tx.pushes.latest(space_id)
            if space is not None and push is not None:
                record_unbuildable(tx, space, push, "no build of it can be planned: ask the admin to look at the log")

    def _plan(self, space_id: str) -> None:
        now = self._clock.now()
        # Most looks find nothing new: they must not wait for the one writer, nor keep it waiting.
        with self._database.read() as tx:
            space, push = tx.spaces.get(space_id), tx.pushes.latest(space_id)
        if space is None or push is None or (push.id == space.planned_push_id and not space.rebuild_requested):
            return
        if space.missing_secrets:
            # Not planned, and so not forgotten: it is built when the last of them is set or dropped.
            return
        with self._database.begin() as tx:
            space = tx.spaces.get(space_id)
            if space is None or space.desired is Desired.DELETED or space.missing_secrets:
                return
            push = tx.pushes.latest(space_id)
            if push is None:
                return
            template = template_for(self._templates, str(push.card.get("sdk")))
            if push.problem or template is None:
                # The door lets none through: it came by another way, or the template is gone since.
                record_unbuildable(tx, space, push, push.problem or no_template(push))
                return
            active, earlier = tx.builds.active(space_id), tx.builds.of_space(space_id, _EARLIER)
            plan = plan_build(space, push, active, template, now, self._settings.queue_deadline_seconds, earlier)
            record_plan(tx, space, push, plan, now)
        for build in plan.supersede:
            self._queue.cancel(build)
        if plan.create:
            log.info("build planned", space=space.full_name, build=plan.create.id, trigger=plan.create.trigger)
            self.hand_out()

    def take_reports(self) -> set[str]:
        """Write what runners reported into the database; returns the Spaces concerned."""
        touched = set()
        for report in self._fleet.build_reports():
            with own_trouble("a report could not be taken", partial(self._refuse, report), build=report.build_id):
                touched |= self._take(report)
        self._fleet.acknowledge()
        return touched

    def _take(self, report: BuildReport) -> set[str]:
        with self._database.begin() as tx:
            build = tx.builds.get(report.build_id)
            if build is None or not build.is_active or report.attempt != build.attempt:
                return set()
            self._outcomes.take(tx, build, report)
            return {build.space_id}

    def _refuse(self, report: BuildReport) -> None:
        """A build whose end cannot be written down has failed: nobody waits for it until its deadline."""
        with self._database.read() as tx:
            build = tx.builds.get(report.build_id)
        if build is not None and report.state != "running":
            self._give_up(build, "what its builder reported cannot be written down: ask the admin to look at the log")

    def check(self) -> set[str]:
        """Look after every active build; returns the Spaces of those that changed."""
        now = self._clock.now()
        with self._database.read() as tx:
            builds, drains = tx.builds.active(), tx.rulings.drains()
        # Before anything is handed out: a Redis that was emptied does not know of it any more.
        self._fleet.note_drained(drains)
        leases = self._fleet.leases([build.id for build in builds])
        self._last_leased = {build.id: self._last_leased.get(build.id, now) for build in builds}
        touched = set()
        for build in builds:
            with own_trouble("a build could not be looked after", build=build.id):
                if self._check(build, leases.get(build.id) == build.attempt, now):
                    touched.add(build.space_id)
        return touched | self.hand_out()

    def _check(self, build: Build, has_lease: bool, now: datetime) -> bool:
        is_known = not has_lease and build.handed_at is not None
        job_state = self._queue.job_state(build) if is_known else None
        if has_lease or (build.status is BuildStatus.QUEUED and job_state == "waiting"):
            self._last_leased[build.id] = now
        unleased_seconds = (now - self._last_leased[build.id]).total_seconds()
        return self._carry_out(build, judge(build, QueueFacts(job_state, has_lease, unleased_seconds), now))

    def hand_out(self) -> set[str]:
        """
        Hand the builds whose turn it is to the queue; returns the Spaces of those and of refused ones.

        The queue never holds more than builders can take, so that the line is the database's: fair, and known to pages.
        """
        with self._database.read() as tx:
            active = tx.builds.active()
            waiting = [each for each in active if each.status is BuildStatus.QUEUED and each.handed_at is None]
            owners = tx.spaces.owner_ids([build.space_id for build in active]) if waiting else {}
            room = room_now(tx, self._fleet, self._settings) if waiting else None
        if room is None:
            return set()
        now = self._clock.now()
        self._patience.note(room, now)
        refused = [build for build in waiting if self._patience.is_over_for(build, now)]
        for build in refused:
            self._give_up(build, f"refused: {room.obstacle}; ask the admin to make room, then build again")
        turns = to_hand_out(active, owners, room)
        for build in turns:
            with self._database.begin() as tx:
                tx.builds.update(build.id, handed_at=now)
                fresh = tx.builds.get(build.id)
            if fresh is not None and fresh.is_active:
                with own_trouble("a build could not be handed out", build=build.id):
                    self._enqueue(fresh)
        return {build.space_id for build in [*refused, *turns]}

    def _carry_out(self, build: Build, verdict: Verdict) -> bool:
        actions: dict[Verdict, Callable[[], None]] = {
            Verdict.ENQUEUE: lambda: self._enqueue(build),
            Verdict.RETRY: lambda: self._retry(build),
            Verdict.LOST: lambda: self._give_up(build, "its worker was lost again and again: ask the admin"),
            Verdict.WAITED_TOO_LONG: lambda: self._give_up(build, "it waited too long for a free builder"),
            Verdict.RAN_TOO_LONG: lambda: self._give_up(build, "deadline: the build took too long"),
        }
        action = actions.get(verdict)
        if action is None:
            return False
        log.info("build checked", build=build.id, attempt=build.attempt, verdict=str(verdict))
        action()
        return True

    def _enqueue(self, build: Build) -> None:
        with self._database.read() as tx:
            space, push = tx.spaces.get(build.space_id), tx.pushes.by_sha(build.space_id, build.sha)
            if space is None or push is None:
                return
            template = template_for(self._templates, str(push.card.get("sdk")))
            lock: str | None = None
            problem: str | None = None
            try:
                lock = kept_lock(tx, space, push) if build.use_lock else None
            except Conflict as error:
                problem = str(error)
            configuration = configuration_of(tx, space, template, lock) if template else None
        if template is None or configuration is None or problem is not None:
            self._give_up(build, problem or no_template(push))
            return
        request = build_request(space, push, build, template, self._settings, self._internal_secret, configuration)
        try:
            self._queue.enqueue(build, request)
        except Unavailable:
            log.warning("build stays in the database until Redis answers", build=build.id)

    def _retry(self, build: Build) -> None:
        now = self._clock.now()
        deadline = now + timedelta(seconds=self._settings.queue_deadline_seconds)
        changes = {"attempt": build.attempt + 1, "status": BuildStatus.QUEUED, "deadline_at": deadline, "phase": None}
        with self._database.begin() as tx:
            if not _is_as_judged(tx, build):
                return
            tx.builds.update(build.id, **changes)
            record_build(tx, build, now, f"attempt {build.attempt} was lost, trying again", status="queued")
            record_repair(tx, build.space_id, now, f"a build lost its worker and begins anew: try {build.attempt + 1}")
            fresh = tx.builds.get(build.id)
        self._queue.cancel(build)
        self._last_leased[build.id] = now
        if fresh is not None:
            self._enqueue(fresh)

    def _give_up(self, build: Build, reason: str) -> None:
        with self._database.begin() as tx:
            if not _is_as_judged(tx, build):
                return
            self._outcomes.fail(tx, build, reason)
        self._queue.cancel(build)


def _is_as_judged(tx: Transaction, build: Build) -> bool:
    """Somebody may have cancelled it since: what is over stays over."""
    current = tx.builds.get(build.id)
    return current is not None and current.is_active and current.attempt == build.attempt
