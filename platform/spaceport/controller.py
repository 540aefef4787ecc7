"""The controller: waits, then lets each step of the road do its part. It decides; it runs nothing itself."""

import threading
import time

import structlog

from spaceport.builds.step import BuildStep
from spaceport.errors import Unavailable
from spaceport.interfaces import Wakeups
from spaceport.rollout.activity import ActivityStep
from spaceport.rollout.garbage import GarbageStep
from spaceport.rollout.sampling import SampleStep
from spaceport.rollout.step import RolloutStep
from spaceport.rollout.visits import VisitStep

log = structlog.get_logger()

#: Everything is looked at again this often, whether or not anybody said that something changed.
FULL_PASS_SECONDS = 5.0
#: Longest wait between two looks at what is in motion (leases, drains, deadlines).
TICK_SECONDS = 0.5
_RETRY_SECONDS = 0.5


class Controller:
    """
    One loop, one thread, no memory that matters: killed at any point, the next one goes on from the database.

    Nothing is published before the first full pass: an incomplete list of wanted instances would stop the others.
    """

    def __init__(
        self,
        wakeups: Wakeups,
        builds: BuildStep,
        rollout: RolloutStep,
        activity: ActivityStep,
        garbage: GarbageStep,
        samples: SampleStep,
        visits: VisitStep,
        stop: threading.Event,
    ) -> None:
        self._wakeups = wakeups
        self._builds = builds
        self._rollout = rollout
        self._activity = activity
        self._garbage = garbage
        self._samples = samples
        self._visits = visits
        self._stop = stop
        self._next_full_pass = 0.0

    def run(self) -> None:
        """Until ``stop`` is set."""
        while not self._stop.is_set():
            try:
                self._pass(self._wakeups.wait(TICK_SECONDS) if self._next_full_pass else set())
            except Unavailable as error:
                log.warning("waiting for Redis or the database", reason=str(error))
                self._next_full_pass = 0.0
                self._stop.wait(_RETRY_SECONDS)

    def _pass(self, space_ids: set[str]) -> None:
        is_full = time.monotonic() >= self._next_full_pass
        if self._next_full_pass:
            self._rollout.wake_visited()
        touched = space_ids | self._builds.take_reports() | self._builds.check()
        if is_full:
            touched |= set(self._rollout.all_space_ids())
        for space_id in touched:
            self._builds.plan(space_id)
        if is_full:
            self._activity.take()
        world = self._rollout.look(is_use_known=is_full)
        if is_full:
            self._rollout.bring_all_forward(world)
            self._next_full_pass = time.monotonic() + FULL_PASS_SECONDS
        else:
            for space_id in touched | self._rollout.in_motion():
                self._rollout.bring_forward(space_id, world)
        self._rollout.publish(world)
        if is_full:
            self._garbage.tell()
            self._samples.take()
            self._visits.take()
