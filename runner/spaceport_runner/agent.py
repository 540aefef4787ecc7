"""Keeps the instances that are wanted running, and reports what it sees of all of them."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import structlog
from redis import Redis
from redis.exceptions import RedisError

from spaceport_runner.bring_up import BringUp
from spaceport_runner.contract import OBSERVED_KEY, RUNNER_KEY, InstanceReport, InstanceSpec, InstanceState
from spaceport_runner.engines.engine import STOP_GRACE_SECONDS, Engine, EngineError, Observed
from spaceport_runner.figures_loop import FiguresLoop
from spaceport_runner.freezing import Freezer
from spaceport_runner.garbage_loop import GarbageLoop
from spaceport_runner.loops import Loop
from spaceport_runner.mounts import Mounts
from spaceport_runner.plan import Action, Adopt, Halt, Phase, Start, Stop, Wanted, is_over, judge, plan
from spaceport_runner.reporter import Reporter
from spaceport_runner.roster import Roster, Tracked
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.view import EngineView, Snapshot
from spaceport_runner.volume_watch import VolumeWatch
from spaceport_runner.wanted import WantedListener, read_wanted

#: Seconds between two looks at what is wanted, and at what the engine has.
LOOK_EVERY_SECONDS = 1.0
STOPS_AT_ONCE = 8
#: Seconds a start that is called off has to let go, before the instance is stopped anyway.
_SETTLE_SECONDS = 120.0

log = structlog.get_logger()


class Agent:
    """
    Level-triggered: looks at what is wanted and what is there, again and again, and acts on the difference.

    Whatever fails or is lost on the way is met by a later look. Nothing is stopped because Redis or the engine does not
    answer. Instances outlive the agent; the next one adopts them.
    """

    def __init__(self, settings: RunnerSettings, engine: Engine, redis: Redis) -> None:
        self._settings = settings
        self._engine = engine
        self._redis = redis
        self._figures = FiguresLoop(settings, engine, lambda: self._garbage.leftovers)
        self._reporter = Reporter(redis, settings.runner_id, self._figures.runner_report)
        self._roster = Roster(self._reporter)
        self._mounts = Mounts(settings)
        self._garbage = GarbageLoop(settings, engine, redis, self._roster, self._mounts)
        self._view = EngineView(engine)
        self._look = Loop("agent", self._step, LOOK_EVERY_SECONDS)
        self._observe = Loop("engine-view", self._refresh_view, LOOK_EVERY_SECONDS)
        self._listener = WantedListener(redis, settings.runner_id, self._look.wake)
        self._bring_up = BringUp(settings, engine, self._roster, self._mounts, self._look.wake)
        self._freezer = Freezer(engine, self._roster, self._look.wake)
        self._volumes = VolumeWatch(settings, self._roster, self._bring_up, self._look.wake)
        self._stops = ThreadPoolExecutor(STOPS_AT_ONCE, thread_name_prefix="stop")
        self._earlier: dict[str, InstanceReport] | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Returns at once; everything happens in threads."""
        self._figures.start(self._roster)
        self._observe.start()
        self._look.start()
        self._listener.start()
        self._volumes.start()

    def stop(self) -> None:
        """Take on nothing more, finish what is being written. Instances keep running."""
        self._stopping.set()
        for tracked in self._roster.all():
            tracked.cancelled.set()
        self._listener.stop()
        for loop in (self._look, self._observe):
            loop.stop(STOP_GRACE_SECONDS)
        self._figures.stop()
        self._volumes.stop()
        self._garbage.stop()
        self._freezer.stop()
        self._stops.shutdown(wait=True, cancel_futures=True)
        if self._earlier is not None:
            self._reporter.stop()

    def stop_instances(self) -> None:
        """After ``stop``: end all instances of this runner at once, waiting a little longer than their grace."""
        try:
            instance_ids = [each.instance_id for each in self._engine.list()]
        except EngineError as error:
            log.error("instances_not_stopped", error=str(error))
            return
        pool = ThreadPoolExecutor(max(1, len(instance_ids)), thread_name_prefix="last-stop")
        done, late = wait([pool.submit(self._stop_last, each) for each in instance_ids], STOP_GRACE_SECONDS + 5)
        pool.shutdown(wait=not late, cancel_futures=True)
        log.info("instances_stopped", stopped=len(done), late=len(late))

    def say_goodbye(self) -> None:
        """After ``stop``: the last word to Redis, so that nobody waits for this runner's sign of life to run out."""
        with contextlib.suppress(RedisError):
            self._redis.delete(RUNNER_KEY.format(runner_id=self._settings.runner_id))
            if self._settings.stop_instances_on_exit:
                self._redis.delete(OBSERVED_KEY.format(runner_id=self._settings.runner_id))

    def _refresh_view(self) -> None:
        if not self._view.refresh():
            return
        self._look.wake()
        for tracked in self._roster.all():
            if tracked.phase is Phase.UP:
                self._bring_up.keep_log(tracked)

    def _step(self) -> None:
        """One look. Without Redis there is nothing to decide, but ends are still noticed."""
        snapshot = self._view.latest()
        if snapshot is None:
            return
        try:
            wanted = read_wanted(self._redis, self._settings.runner_id)
            if self._earlier is None:
                self._begin(wanted, snapshot)
        except RedisError as error:
            log.debug("wanted_not_read", error=str(error))
        else:
            # First of all: somebody may be waiting for a frozen app.
            self._freezer.follow(wanted)
            for action in plan(wanted, snapshot.instances, self._roster.phases()):
                self._act(action, wanted)
        self._judge_all(snapshot)

    def _begin(self, wanted: Wanted, snapshot: Snapshot) -> None:
        """Remember what the agent before this one reported, so that what has failed is not started again."""
        self._earlier = self._reporter.read_earlier()
        for instance_id, report in self._earlier.items():
            if is_over(report) and (instance_id in wanted.specs or not wanted.is_complete):
                tracked = Tracked(instance_id, Phase.OVER, report, wanted.specs.get(instance_id))
                tracked.settled.set()
                self._roster.add(tracked)
        for action in plan(wanted, snapshot.instances, self._roster.phases()):
            if isinstance(action, Adopt):
                self._act(action, wanted)
        self._reporter.knows_all()
        self._reporter.start()
        # Not before all instances are known: what they use is not garbage.
        self._garbage.start()

    def _act(self, action: Action, wanted: Wanted) -> None:
        match action:
            case Start(spec):
                self._start(spec)
            case Adopt(observed):
                self._adopt(observed, wanted.specs.get(observed.instance_id))
            case Stop(instance_id):
                log.info("instance_unwanted", instance_id=instance_id)
                self._stops.submit(self._stop, self._roster.begin_stop(instance_id), drop=True)
            case Halt(instance_id):
                self._stops.submit(self._stop, self._roster.begin_stop(instance_id), drop=False)

    def _start(self, spec: InstanceSpec) -> None:
        log.info("instance_starting", instance_id=spec.instance_id, space=spec.space_name)
        tracked = Tracked(spec.instance_id, Phase.STARTING, _new_report(spec, self._settings.runner_id), spec)
        self._roster.add(tracked)
        threading.Thread(
            target=self._bring_up.start, args=(tracked, spec), name=f"start-{spec.instance_id}", daemon=True
        ).start()

    def _adopt(self, observed: Observed, spec: InstanceSpec | None) -> None:
        earlier = (self._earlier or {}).get(observed.instance_id)
        log.info("instance_adopted", instance_id=observed.instance_id, is_alive=observed.is_alive)
        report = earlier or _report_of(observed, self._settings.runner_id)
        report = report.model_copy(update={"is_frozen": observed.is_frozen})
        tracked = Tracked(observed.instance_id, Phase.UP, report, spec)
        tracked.settled.set()
        self._roster.add(tracked)
        # An app that served a moment ago still does: probing it again could only take it off its route.
        needs_probe = observed.is_alive and report.state is InstanceState.STARTING
        threading.Thread(
            target=self._bring_up.adopt,
            args=(tracked, observed, needs_probe),
            name=f"adopt-{observed.instance_id}",
            daemon=True,
        ).start()

    def _judge_all(self, snapshot: Snapshot) -> None:
        for tracked in self._roster.all():
            if tracked.phase is not Phase.UP or tracked.report is None or tracked.told_at >= snapshot.began_at:
                continue
            observed = snapshot.instances.get(tracked.instance_id)
            is_alive = observed is not None and observed.is_alive
            tail = () if is_alive else self._bring_up.tail(tracked.report)
            self._roster.revise(tracked, partial(judge, observed=observed, tail=tail))

    def _stop(self, tracked: Tracked, drop: bool) -> None:
        """Runs in a thread of the pool; ends with the instance gone, or with the next look deciding anew."""
        tracked.settled.wait(_SETTLE_SECONDS)
        is_gone = self._stop_last(tracked.instance_id)
        if is_gone:
            self._view.forget(tracked.instance_id)
        self._roster.end_stop(tracked, is_gone, drop)
        if is_gone:
            self._look.wake()

    def _stop_last(self, instance_id: str) -> bool:
        try:
            self._engine.stop(instance_id)
        except EngineError as error:
            log.error("instance_not_stopped", instance_id=instance_id, error=str(error))
            return False
        return True


def _new_report(spec: InstanceSpec, runner_id: str) -> InstanceReport:
    return InstanceReport(
        instance_id=spec.instance_id,
        space_id=spec.space_id,
        release_id=spec.release_id,
        runner_id=runner_id,
        generation=spec.generation,
        state=InstanceState.STARTING,
        started_at=time.time(),
    )


def _report_of(observed: Observed, runner_id: str) -> InstanceReport:
    """Of an instance that no earlier report tells of; only one that has answered is ever frozen."""
    return InstanceReport(
        instance_id=observed.instance_id,
        space_id=observed.space_id,
        release_id=observed.release_id,
        runner_id=runner_id,
        generation=observed.generation,
        state=InstanceState.READY if observed.is_frozen else InstanceState.STARTING,
        host=observed.host,
        port=observed.port,
        started_at=observed.started_at,
        ready_at=time.time() if observed.is_frozen else None,
    )
