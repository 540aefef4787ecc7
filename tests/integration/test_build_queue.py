"""The RQ side of builds, on a real Redis."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis
from rq import Queue
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from tests.unit.factories import make_request

from spaceport.adapters.build_queue import RqBuildQueue
from spaceport.domain.build import Build
from spaceport_runner.contract import BUILD_QUEUE

BUILD = Build("b" * 24, "space", "a" * 40, "deps", "push", datetime.now(UTC), datetime.now(UTC))
REQUEST = make_request(build_id=BUILD.id)


@pytest.fixture
def queue(redis_url: str) -> Iterator[RqBuildQueue]:
    queue = RqBuildQueue(redis_url)
    yield queue
    queue.close()


def job_of(redis: Redis) -> Job:
    return Job.fetch(BUILD.job_id, connection=redis, serializer=JSONSerializer)


def test_a_build_waits_once_and_can_be_cancelled(queue: RqBuildQueue) -> None:
    queue.enqueue(BUILD, REQUEST)
    queue.enqueue(BUILD, REQUEST)

    assert queue.positions() == {BUILD.id: 1}
    assert queue.job_state(BUILD) == "waiting"
    queue.cancel(BUILD)
    assert queue.positions() == {}
    assert queue.job_state(BUILD) is None


def test_a_job_whose_lost_run_has_expired_can_still_be_cancelled(queue: RqBuildQueue, redis: Redis) -> None:
    queue.enqueue(BUILD, REQUEST)
    rq = Queue(BUILD_QUEUE, connection=redis, serializer=JSONSerializer)
    rq.remove(BUILD.job_id)
    job = job_of(redis)
    with redis.pipeline() as pipeline:
        execution = Execution.create(job, ttl=60, pipeline=pipeline, worker_name="lost")
        pipeline.execute()
    job.set_status(JobStatus.FAILED)
    redis.delete(execution.key)

    queue.cancel(BUILD)

    assert queue.job_state(BUILD) in (None, "over")
    assert queue.positions() == {}
