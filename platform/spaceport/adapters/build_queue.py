"""The queue of builds: RQ on Redis, JSON only."""

from contextlib import suppress
from typing import Any

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from spaceport.adapters.redis_errors import redis_away_is_unavailable
from spaceport.domain.build import Build
from spaceport_runner.connection import REDIS_AWAY
from spaceport_runner.contract import BUILD_FUNCTION, BUILD_QUEUE, BuildRequest

_TIMEOUT_SECONDS = 5
#: RQ's own limit on a job lies behind ours, so that ours can say why.
_JOB_TIMEOUT_MARGIN_SECONDS = 60
_KEEP_FINISHED_SECONDS = 3600


class RqBuildQueue:
    """
    One job per attempt of a build, under an id of its own: RQ refuses an id it has seen.

    JSON because pickle would let anyone who reaches Redis run code.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
            retry_on_error=list(REDIS_AWAY),
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )
        self._queue = Queue(BUILD_QUEUE, connection=self._redis, serializer=JSONSerializer)

    def enqueue(self, build: Build, request: BuildRequest) -> None:
        with redis_away_is_unavailable():
            if self._job(build) is not None:
                return
            self._queue.enqueue_call(
                BUILD_FUNCTION,
                args=[request.model_dump(mode="json")],
                job_id=build.job_id,
                timeout=request.deadline_seconds + _JOB_TIMEOUT_MARGIN_SECONDS,
                result_ttl=_KEEP_FINISHED_SECONDS,
                failure_ttl=_KEEP_FINISHED_SECONDS,
                description=f"build {request.space_name} at {request.sha[:7]}",
            )

    def cancel(self, build: Build) -> None:
        with redis_away_is_unavailable():
            job = self._job(build)
            if job is None:
                return
            if job.get_status() is JobStatus.STARTED:
                # Suppressed: it ended in between.
                with suppress(InvalidJobOperation, NoSuchJobError):
                    send_stop_job_command(self._redis, job.id, serializer=JSONSerializer)
            else:
                self._queue.remove(job)
                # Suppressed: RQ cannot delete a job whose record of a lost worker's run has expired before the job
                # itself (rq 3.0 executions.py, ``refresh``); out of line it does no harm and expires as well.
                with suppress(ValueError):
                    job.delete()

    def job_state(self, build: Build) -> str | None:
        with redis_away_is_unavailable():
            job = self._job(build)
            if job is None:
                return None
            status = job.get_status()
            # A worker that died right after taking a job leaves it "queued", but in no queue.
            is_in_line = status is JobStatus.QUEUED and self._queue.get_job_position(job.id) is not None
        if is_in_line:
            return "waiting"
        return "started" if status in (JobStatus.QUEUED, JobStatus.STARTED) else "over"

    def positions(self) -> dict[str, int]:
        with redis_away_is_unavailable():
            job_ids = self._queue.get_job_ids()
        return {job_id.rpartition("-")[0]: index for index, job_id in enumerate(job_ids, start=1)}

    def workers(self) -> list[dict[str, Any]]:
        with redis_away_is_unavailable():
            workers = Worker.all(connection=self._redis, serializer=JSONSerializer)
            return [
                {
                    "name": worker.name,
                    "state": str(getattr(worker.get_state(), "value", worker.get_state())),
                    "job_id": worker.get_current_job_id(),
                    "last_heartbeat": worker.last_heartbeat,
                }
                for worker in workers
            ]

    def close(self) -> None:
        self._redis.close()

    def _job(self, build: Build) -> Job | None:
        try:
            return Job.fetch(build.job_id, connection=self._redis, serializer=JSONSerializer)
        except NoSuchJobError:
            return None
