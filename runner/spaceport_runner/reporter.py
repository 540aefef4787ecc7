"""Writes to Redis what the agent sees, and writes it again for as long as Redis does not have it."""

import threading
import time
from collections.abc import Callable

import structlog
from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError

from spaceport_runner.contract import (
    OBSERVED_KEY,
    REPORTS_STREAM,
    RUNNER_KEY,
    RUNNER_LIFETIME_SECONDS,
    InstanceReport,
    RunnerReport,
)
from spaceport_runner.lease import REPORTS_KEPT
from spaceport_runner.loops import Loop

#: Seconds between two complete writings: how long an emptied Redis lacks anything, and how old figures get.
COMPLETE_EVERY_SECONDS = 2.0

log = structlog.get_logger()


class Reporter:
    """
    The latest report of each instance, kept equal in Redis by a thread of its own.

    Level-triggered: ``put`` and ``drop`` never wait and never fail; what could not be written is written later. A
    change that matters (``announce``) also goes to the stream of reports, so that the controller wakes. Several changes
    of one instance in a row may be written as one.
    """

    def __init__(self, redis: Redis, runner_id: str, sign_of_life: Callable[[], RunnerReport | None]) -> None:
        self._redis = redis
        self._observed_key = OBSERVED_KEY.format(runner_id=runner_id)
        self._runner_key = RUNNER_KEY.format(runner_id=runner_id)
        self._sign_of_life = sign_of_life
        self._lock = threading.Lock()
        self._reports: dict[str, InstanceReport] = {}
        self._changed: set[str] = set()
        self._to_announce: set[str] = set()
        self._knows_all = False
        self._is_away = False
        self._next_complete_at = 0.0
        self._loop = Loop("reporter", self._step, COMPLETE_EVERY_SECONDS)

    def read_earlier(self) -> dict[str, InstanceReport]:
        """What an agent before this one reported last. Raises what Redis raises when it is away."""
        earlier = {}
        for instance_id, text in self._redis.hgetall(self._observed_key).items():
            try:
                earlier[str(instance_id)] = InstanceReport.model_validate_json(text)
            except ValidationError as error:
                log.warning("earlier_report_not_readable", instance_id=instance_id, error=str(error))
        return earlier

    def start(self) -> None:
        self._loop.start()

    def stop(self) -> None:
        """Write what is left, once, and end."""
        self._loop.stop()
        self._step()

    def put(self, report: InstanceReport, announce: bool) -> None:
        """Replace the report of an instance."""
        with self._lock:
            self._reports[report.instance_id] = report
            self._note(report.instance_id, announce)

    def drop(self, instance_id: str) -> None:
        """The instance is gone and nobody wants it."""
        with self._lock:
            self._reports.pop(instance_id, None)
            self._to_announce.discard(instance_id)
            self._note(instance_id, announce=False)

    def knows_all(self) -> None:
        """From now on an instance without a report does not exist: what else is in Redis is removed."""
        self._knows_all = True

    def _note(self, instance_id: str, announce: bool) -> None:
        self._changed.add(instance_id)
        if announce:
            self._to_announce.add(instance_id)
        # Figures wait for the next complete writing.
        if announce or instance_id not in self._reports:
            self._loop.wake()

    def _step(self) -> None:
        is_complete = self._is_away or time.monotonic() >= self._next_complete_at
        try:
            if is_complete:
                self._find_differences()
                self._write_sign_of_life()
            self._write_changes()
        except RedisError as error:
            if not self._is_away:
                log.warning("reports_wait_for_redis", error=str(error))
            self._is_away = True
            return
        self._is_away = False
        if is_complete:
            self._next_complete_at = time.monotonic() + COMPLETE_EVERY_SECONDS

    def _find_differences(self) -> None:
        """
        Mark what Redis lacks, has otherwise or has too much; what it lost is announced again, since the stream is lost
        as well.
        """
        there = {str(each): text for each, text in self._redis.hgetall(self._observed_key).items()}
        with self._lock:
            written = self._reports.keys() & there.keys() - self._changed
            # A Redis that came back as it was some time ago has reports that are out of date.
            outdated = {each for each in written if there[each] != self._reports[each].model_dump_json()}
            lost = (self._reports.keys() - there.keys()) | outdated
            self._to_announce |= lost
            self._changed |= lost
            if self._knows_all:
                self._changed |= there.keys() - self._reports.keys()

    def _write_sign_of_life(self) -> None:
        report = self._sign_of_life()
        if report is not None:
            self._redis.set(self._runner_key, report.model_dump_json(), ex=RUNNER_LIFETIME_SECONDS)

    def _write_changes(self) -> None:
        with self._lock:
            changed, announced = self._changed, self._to_announce
            self._changed, self._to_announce = set(), set()
            texts = {each: self._reports[each].model_dump_json() for each in changed if each in self._reports}
        if not changed:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                if texts:
                    pipeline.hset(self._observed_key, items=[part for pair in texts.items() for part in pair])
                if gone := changed - texts.keys():
                    pipeline.hdel(self._observed_key, *gone)
                for instance_id in announced & texts.keys():
                    pipeline.xadd(REPORTS_STREAM, {"json": texts[instance_id]}, maxlen=REPORTS_KEPT, approximate=True)
                pipeline.execute()
        except RedisError:
            with self._lock:
                self._changed |= changed
                self._to_announce |= announced & self._reports.keys()
            raise
