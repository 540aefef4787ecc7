"""Builds, from the queue to the report, with real RQ workers."""

import signal

import pytest
from redis import Redis
from rq import Worker
from rq.command import send_stop_job_command
from rq.serializers import JSONSerializer
from rq.worker.base import WorkerStatus

from spaceport_runner.contract import DRAINED_KEY, LEASE_KEY, BuildPhase, static_root
from spaceport_runner.source import sources_dir

from .conftest import Rig, is_dead, wait_for

SLOW = {"build": "slow", "seconds": 300}


def test_a_build_reports_its_phases_and_the_image(rig: Rig) -> None:
    rig.start_runner()
    request = rig.request()
    rig.enqueue(request)
    result = rig.result(request)

    assert result.state == "succeeded"
    assert result.image
    assert result.installed
    assert [each.phase for each in rig.reports(request.build_id)] == [BuildPhase.FETCHING, BuildPhase.INSTALLING, None]
    assert f"/ Commit SHA: {request.sha[:7]} =====" in rig.log_of(request)


def test_equal_dependencies_install_nothing_for_the_next_commit(rig: Rig) -> None:
    rig.start_runner()
    first, second = rig.request(), rig.request()
    rig.enqueue(first)
    rig.enqueue(second)

    assert rig.result(first).installed
    assert not rig.result(second).installed


def test_a_failed_build_reports_the_end_of_its_log(rig: Rig) -> None:
    rig.start_runner()
    request = rig.request({"build": "fail", "message": "no such package: nonsense"})
    rig.enqueue(request)
    result = rig.result(request)

    assert result.state == "failed"
    assert "nonsense" in "\n".join(result.tail)
    assert "nonsense" in rig.log_of(request)


def test_a_static_space_is_copied_to_where_it_is_served(rig: Rig) -> None:
    rig.start_runner()
    request = rig.request(template="static", sdk="static", files={".git/config": "private"})
    rig.enqueue(request)
    result = rig.result(request)

    root = static_root(rig.settings.data_dir, result.image or "")
    assert result.image == f"space-1/{request.sha}"
    assert (root / "index.html").read_text() == "<p>hello</p>"
    assert not (root / ".git").exists()


def test_a_build_that_takes_too_long_is_ended_and_says_so(rig: Rig) -> None:
    rig.start_runner()
    request = rig.request(SLOW, deadline_seconds=2)
    rig.enqueue(request)
    result = rig.result(request)

    assert result.state == "failed"
    assert result.reason == "the build took longer than 2 seconds"
    assert list(sources_dir(rig.settings).iterdir()) == []


def test_the_hub_may_be_away_for_a_moment(rig: Rig) -> None:
    rig.hub.answers_with = [503, 502]
    rig.start_runner()
    request = rig.request()
    rig.enqueue(request)

    assert rig.result(request).state == "succeeded"
    assert rig.hub.asked == 3


def test_a_commit_that_is_not_there_fails_at_once_in_plain_words(rig: Rig) -> None:
    rig.start_runner()
    request = rig.request(sha="f" * 40)
    rig.enqueue(request)

    assert rig.result(request).reason == "could not fetch the commit: the hub answered with status 404"
    assert rig.hub.asked == 1


def test_a_full_disk_for_logs_does_not_silence_the_report(rig: Rig) -> None:
    (rig.settings.data_dir / "logs").write_text("a file where the folder of logs should be")
    rig.start_runner()
    request = rig.request()
    rig.enqueue(request)

    assert rig.result(request).state == "succeeded"


def test_cancel_kills_the_build_and_the_worker_goes_on(rig: Rig) -> None:
    runner = rig.start_runner()
    request = rig.request(SLOW)
    job = rig.enqueue(request)
    _, horse = rig.horse_of(runner)
    wait_for(lambda: rig.is_running(request))
    with Redis.from_url(rig.server.url) as redis:
        send_stop_job_command(redis, job.id, serializer=JSONSerializer)

    wait_for(lambda: is_dead(horse))
    following = rig.request()
    rig.enqueue(following)
    assert rig.result(following).state == "succeeded"
    assert all(each.state == "running" for each in rig.reports(request.build_id))


def test_killing_the_worker_kills_its_build_and_another_attempt_succeeds(rig: Rig) -> None:
    runner = rig.start_runner()
    request = rig.request(SLOW)
    rig.enqueue(request)
    worker, horse = rig.horse_of(runner)
    wait_for(lambda: rig.is_running(request))
    worker.send_signal(signal.SIGKILL)
    wait_for(lambda: is_dead(horse))
    lease = LEASE_KEY.format(build_id=request.build_id)
    wait_for(lambda: not rig.redis.exists(lease), seconds=15)

    again = rig.request(build_id=request.build_id, attempt=2)
    rig.enqueue(again)
    result = rig.result(again)
    assert (result.state, result.attempt) == ("succeeded", 2)
    assert "the one before was lost" in rig.log_of(request)
    assert rig.log_of(request).count("Commit SHA") == 2


def test_rq_sees_a_lost_job_within_seconds(rig: Rig) -> None:
    runner = rig.start_runner(builders=2)
    wait_for(lambda: len(rig.workers_of(runner)) == 2)
    job = rig.enqueue(rig.request(SLOW))
    worker, _ = rig.horse_of(runner)
    # Killed a moment earlier, the job would lie in RQ's intermediate queue, which RQ looks at after a minute; our own
    # lease does not wait for that.
    wait_for(lambda: job.get_status(refresh=True) == "started")
    worker.send_signal(signal.SIGKILL)

    wait_for(lambda: job.get_status(refresh=True) == "failed", seconds=60)
    job.connection.close()


def test_a_later_attempt_silences_the_earlier_one(rig: Rig) -> None:
    runner = rig.start_runner(builders=2)
    first = rig.request(SLOW)
    rig.enqueue(first)
    _, horse = rig.horse_of(runner)
    wait_for(lambda: rig.is_running(first))
    second = rig.request(build_id=first.build_id, attempt=2)
    rig.enqueue(second)

    assert rig.result(second).attempt == 2
    wait_for(lambda: is_dead(horse))
    ended = [each.attempt for each in rig.reports(first.build_id) if each.state != "running"]
    assert ended == [2]


def test_an_earlier_attempt_that_comes_late_reports_nothing(rig: Rig) -> None:
    rig.start_runner()
    late = rig.request()
    rig.redis.set(LEASE_KEY.format(build_id=late.build_id), "2", ex=30)
    job = rig.enqueue(late)

    wait_for(lambda: job.get_status(refresh=True) == "finished")
    assert rig.reports(late.build_id) == []
    job.connection.close()


@pytest.mark.parametrize("seconds_away", [3])
def test_a_build_survives_a_restart_of_redis(rig: Rig, seconds_away: float) -> None:
    runner = rig.start_runner()
    request = rig.request({"build": "slow", "seconds": seconds_away + 3})
    rig.enqueue(request)
    worker, _ = rig.horse_of(runner)
    wait_for(lambda: rig.is_running(request))
    rig.server.stop()
    with pytest.raises(AssertionError):
        wait_for(lambda: None, seconds=seconds_away)
    rig.server.start()

    assert rig.result(request, seconds=40).state == "succeeded"
    following = rig.request()
    rig.enqueue(following)
    assert rig.result(following, seconds=40).state == "succeeded"
    assert not is_dead(worker)


def test_a_dead_worker_is_replaced(rig: Rig) -> None:
    runner = rig.start_runner()
    worker = wait_for(lambda: rig.workers_of(runner))[0]
    worker.send_signal(signal.SIGKILL)

    request = rig.request()
    rig.enqueue(request)
    assert rig.result(request).state == "succeeded"


def test_stopping_the_runner_abandons_builds_and_leaves_no_process(rig: Rig) -> None:
    runner = rig.start_runner()
    request = rig.request(SLOW)
    rig.enqueue(request)
    worker, horse = rig.horse_of(runner)
    wait_for(lambda: rig.is_running(request))
    runner.send_signal(signal.SIGTERM)

    assert runner.wait(20) == 0
    assert is_dead(worker)
    assert is_dead(horse)
    assert all(each.state == "running" for each in rig.reports(request.build_id))


def test_killing_the_runner_kills_its_workers_and_builds(rig: Rig) -> None:
    runner = rig.start_runner()
    request = rig.request(SLOW)
    rig.enqueue(request)
    worker, horse = rig.horse_of(runner)
    runner.kill()
    runner.wait(10)

    wait_for(lambda: is_dead(worker) and is_dead(horse))


def test_drained_builders_leave_builds_to_others_and_end_those_they_have(rig: Rig) -> None:
    """Also one that waited for its next build when it was drained, and one whose process was killed since."""
    here = rig.start_runner()
    running = rig.request({"build": "slow", "seconds": 3})
    rig.enqueue(running)
    wait_for(lambda: rig.is_running(running))
    rig.redis.sadd(DRAINED_KEY, "main")
    left = rig.request()
    rig.enqueue(left)

    assert rig.result(running).runner_id == "main"
    wait_for(lambda: WorkerStatus.SUSPENDED in states_of(rig))
    rig.workers_of(here)[0].kill()
    rig.start_runner(runner_id="far")
    assert rig.result(left).runner_id == "far"

    rig.redis.sadd(DRAINED_KEY, "far/1")
    taken_back = rig.request()
    rig.enqueue(taken_back)
    rig.redis.srem(DRAINED_KEY, "main")
    assert rig.result(taken_back).runner_id == "main"


def states_of(rig: Rig) -> list[object]:
    """Of the workers that signed in."""
    with Redis.from_url(rig.server.url) as redis:
        return [each.get_state() for each in Worker.all(connection=redis, serializer=JSONSerializer)]
