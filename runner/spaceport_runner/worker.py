"""
An RQ worker that builds: one process, one build at a time. ``python -m spaceport_runner.worker`` is its program.

RQ carries requests and lets a running build be stopped; it owns nothing. The controller keeps the truth about builds
and enqueues again what was lost, so there is no retry and no scheduler here.
"""

import importlib
import signal
import sys
import time
from dataclasses import dataclass
from types import FrameType
from typing import Any
from uuid import uuid4

import structlog
from pydantic import TypeAdapter
from redis import Redis
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker.base import WorkerStatus

from spaceport_runner import jobs
from spaceport_runner.connection import connect_patiently
from spaceport_runner.contract import BUILD_QUEUE, DRAINED_KEY, WORKER_LIFETIME_SECONDS, builder_name
from spaceport_runner.lifeline import die_with_parent
from spaceport_runner.settings import RunnerSettings

#: Seconds between two looks at the running job, after which its sign of life is renewed.
JOB_MONITORING_SECONDS = 3
#: A job whose worker was lost is seen as lost after so many missed looks. RQ's own lease adds a minute to that.
MISSED_LOOKS = 3
#: Seconds between two sweeps for lost jobs by idle workers; RQ's default is ten minutes.
MAINTENANCE_SECONDS = 5
#: Seconds that RQ keeps the result of a job. Nobody needs it: the report is in the stream.
RESULT_SECONDS = 60
#: Seconds between two looks of a drained worker whether it may build again.
DRAINED_PAUSE_SECONDS = 1.0
#: Longer than a sweep of the registries may take.
MAINTENANCE_LOCK_SECONDS = 10

log = structlog.get_logger()


@dataclass(frozen=True)
class WorkerHandover:
    """
    What a runner tells its worker processes, as JSON on their standard input: nothing is left on disk or in ps.

    ``number`` is that of the builder, from 1: it stays the same, however often its process is started again.
    """

    settings: RunnerSettings
    parent_pid: int
    number: int = 1


class BuildQueue(Queue):
    """
    RQ's queue, whose maintenance lock does not outlive a killed worker by a quarter of an hour.

    Source: rq 3.0 ``Queue.acquire_maintenance_lock``, which sets it for 899 seconds.
    """

    def acquire_maintenance_lock(self) -> bool:
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=MAINTENANCE_LOCK_SECONDS))


class BuildWorker(Worker):
    """
    An RQ worker whose jobs die with it, whose loss is seen within seconds, and which rests while it is drained.

    ``drained_by`` are the names that drain it: its own and its runner's.

    Source: rq 3.0, ``rq/worker/base.py`` and ``rq/worker/worker_classes.py``.
    """

    drained_by: tuple[str, ...] = ()

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Seconds until a job without a sign of life is lost."""
        return MISSED_LOOKS * int(self.job_monitoring_interval)

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """A job for this worker; what it took while it was being drained goes back to the front, for the others."""
        while True:
            self._rest_while_drained()
            taken = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            if taken is None or not self._is_drained():
                return taken
            job, queue = taken
            with self.connection.pipeline(transaction=True) as pipeline:
                pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
                queue.push_job_id(job.id, pipeline=pipeline, at_front=True)
                pipeline.execute()

    def _rest_while_drained(self) -> None:
        while self._is_drained():
            self.set_state(WorkerStatus.SUSPENDED)
            self.heartbeat()
            time.sleep(DRAINED_PAUSE_SECONDS)

    def _is_drained(self) -> bool:
        return bool(self.drained_by) and any(self.connection.smismember(DRAINED_KEY, list(self.drained_by)))

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """The first lines of a work-horse: without this it would outlive a killed worker and build a second time."""
        assert self.pid is not None
        die_with_parent(self.pid)
        super().main_work_horse(job, queue)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """
        On SIGTERM or SIGINT: abandon a running build at once and end.

        RQ would wait for the build, which may take half an hour. Its lease ends and another worker takes it.
        """
        log.info("worker_stopping", worker=self.name, abandons_build=bool(self.horse_pid))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._stop_requested = True
        if self.horse_pid:
            self.kill_horse()
        elif self.get_state() != WorkerStatus.BUSY:
            raise StopRequested


def new_worker(settings: RunnerSettings, redis: Redis, number: int = 1) -> BuildWorker:
    """A worker with a name of its own: RQ refuses a name that was used a moment ago."""
    builder = builder_name(settings.runner_id, number)
    worker = BuildWorker(
        [BuildQueue(BUILD_QUEUE, connection=redis, serializer=JSONSerializer)],
        name=f"{builder}-{uuid4().hex[:12]}",
        connection=redis,
        serializer=JSONSerializer,
        default_result_ttl=RESULT_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=JOB_MONITORING_SECONDS,
        worker_ttl=WORKER_LIFETIME_SECONDS,
        log_job_description=False,
    )
    worker.drained_by = (settings.runner_id, builder)
    return worker


def main() -> int:
    """Work until told to stop. Returns the exit status of the process."""
    handover = TypeAdapter(WorkerHandover).validate_json(sys.stdin.buffer.read())
    die_with_parent(handover.parent_pid)
    jobs.prepare(jobs.JobContext(handover.settings))
    _import_engine(handover.settings.engine)
    redis = connect_patiently(handover.settings.redis_url)
    new_worker(handover.settings, redis, handover.number).work(logging_level="WARNING")
    return 0


def _import_engine(name: str) -> Any:
    """Before the fork, so that no job waits for imports."""
    return importlib.import_module(f"spaceport_runner.engines.{name}")


if __name__ == "__main__":
    sys.exit(main())
