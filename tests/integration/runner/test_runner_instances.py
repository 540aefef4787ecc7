"""Instances, from being wanted to being reported, through every kind of trouble."""

import signal
import urllib.request

import pytest

from spaceport_runner.contract import (
    OBSERVED_KEY,
    REPORTS_STREAM,
    RUNNER_KEY,
    InstanceReport,
    RunnerReport,
    run_log_path,
)

from .conftest import Rig, wait_for


def answer_of(report: InstanceReport) -> bytes:
    with urllib.request.urlopen(f"http://{report.host}:{report.port}/", timeout=5) as response:
        body: bytes = response.read()
    return body


def test_a_wanted_instance_is_started_and_reported_when_it_answers(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    report = rig.wait_state(spec, "ready")

    assert spec.sha.encode() in answer_of(report)
    assert report.ready_at
    assert report.started_at
    assert report.ready_at >= report.started_at
    log = run_log_path(rig.settings.data_dir, spec.space_id, spec.instance_id).read_text()
    assert "===== Application Startup at" in log


def test_every_change_of_state_reaches_the_stream(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    rig.wait_state(spec, "ready")

    def announced() -> list[str]:
        reports = [InstanceReport.model_validate_json(text) for text in rig.stream() if '"kind":"instance"' in text]
        return [each.state for each in reports if each.instance_id == spec.instance_id]

    wait_for(lambda: announced()[-1:] == ["ready"])
    assert announced()[0] == "starting"


def test_figures_of_instances_and_machine_are_there_within_seconds(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    rig.wait_state(spec, "ready")

    wait_for(
        lambda: (report := rig.observed(spec.instance_id)) and report.memory_bytes and report.cpu_percent is not None
    )
    runner = RunnerReport.model_validate_json(rig.redis.get(RUNNER_KEY.format(runner_id="main")) or "")
    assert runner.capabilities.engine == "fake"
    assert runner.memory_bytes > runner.memory_used_bytes > 0
    assert 0 < rig.redis.ttl(RUNNER_KEY.format(runner_id="main")) <= 10


def test_an_instance_that_nobody_wants_any_more_is_removed(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    report = rig.wait_state(spec, "ready")
    rig.want(unwanted=(spec.instance_id,))

    wait_for(lambda: rig.observed(spec.instance_id) is None)
    with pytest.raises(OSError):
        answer_of(report)


def test_an_instance_that_exits_is_reported_and_not_started_again(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec({"start": "crash-after", "seconds": 1.5, "exit_code": 7, "log_lines": 3})
    rig.want(spec)
    rig.wait_state(spec, "ready")
    ended = rig.wait_state(spec, "exited")
    rig.want(following := rig.spec())
    rig.wait_state(following, "ready")

    assert ended.exit_code == 7
    assert ended.reason == "the app exited with code 7"
    assert "line 2" in ended.tail
    assert rig.observed(spec.instance_id) == ended


def test_an_instance_that_exits_before_it_answers_has_failed(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec({"start": "exit", "exit_code": 3, "log_lines": 2})
    rig.want(spec)
    report = rig.wait_state(spec, "failed")

    assert report.exit_code == 3
    assert report.reason == "the app exited with code 3 before it answered on port 7860"
    assert "line 1" in report.tail


def test_an_instance_that_never_answers_fails_at_its_deadline_and_is_stopped(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec({"start": "never-ready"}, start_timeout_seconds=2)
    rig.want(spec)
    report = rig.wait_state(spec, "failed")

    assert (report.reason or "").startswith("did not answer on port 7860 within 2 seconds: ")
    assert rig.observed(spec.instance_id) == report


def test_an_instance_whose_image_is_gone_fails_with_a_reason(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec().model_copy(update={"image": "nobody-built-this"})
    rig.want(spec)

    report = rig.wait_state(spec, "failed")
    assert report.image_missing
    assert "build the Space again" in (report.reason or "")


def test_an_instance_whose_commit_is_gone_fails_with_a_reason(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec().model_copy(update={"source_url": rig.hub.url_of("gone")})
    rig.want(spec)

    assert "could not fetch the commit" in (rig.wait_state(spec, "failed").reason or "")


def test_a_start_that_waits_for_the_hub_is_called_off(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec()
    rig.hub.answers_with = [503] * 1000
    rig.want(spec)
    rig.wait_state(spec, "starting")
    rig.want(unwanted=(spec.instance_id,))

    wait_for(lambda: rig.observed(spec.instance_id) is None)


def test_killing_the_runner_leaves_instances_and_the_next_one_adopts_them(rig: Rig) -> None:
    runner = rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    before = rig.wait_state(spec, "ready")
    runner.kill()
    runner.wait(10)
    assert spec.sha.encode() in answer_of(before)
    asked = rig.hub.asked
    rig.redis.delete(OBSERVED_KEY.format(runner_id="main"))
    rig.start_runner()
    after = rig.wait_state(spec, "ready")

    assert (after.host, after.port) == (before.host, before.port)
    assert rig.hub.asked == asked


def test_an_adopted_instance_is_never_reported_as_starting_again(rig: Rig) -> None:
    runner = rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    before = rig.wait_state(spec, "ready")
    runner.kill()
    runner.wait(10)
    rig.redis.delete(REPORTS_STREAM)
    rig.start_runner()
    wait_for(lambda: rig.redis.xlen(REPORTS_STREAM))

    first = InstanceReport.model_validate_json(rig.stream()[0])
    assert (first.state, first.ready_at) == ("ready", before.ready_at)


def test_what_failed_is_not_started_again_by_the_next_runner(rig: Rig) -> None:
    runner = rig.start_runner()
    spec = rig.spec({"start": "never-ready"}, start_timeout_seconds=1)
    rig.want(spec)
    failed = rig.wait_state(spec, "failed")
    runner.kill()
    runner.wait(10)
    rig.start_runner()
    rig.want(following := rig.spec())
    rig.wait_state(following, "ready")

    assert rig.observed(spec.instance_id) == failed


def test_emptying_redis_stops_nothing_and_everything_is_written_again(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    before = rig.wait_state(spec, "ready")
    rig.redis.flushall()
    after = rig.wait_state(spec, "ready", seconds=5)

    assert (after.port, after.ready_at) == (before.port, before.ready_at)
    assert spec.sha.encode() in answer_of(after)
    wait_for(lambda: rig.redis.xlen(REPORTS_STREAM))


def test_a_restart_of_redis_stops_nothing_and_is_got_over(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec()
    rig.want(spec)
    before = rig.wait_state(spec, "ready")
    rig.server.stop()
    assert spec.sha.encode() in answer_of(before)
    rig.server.start()
    rig.want(following := rig.spec())
    rig.wait_state(following, "ready")

    assert rig.wait_state(spec, "ready").port == before.port


def test_an_instance_that_ends_while_redis_is_away_is_reported_afterwards(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec({"start": "crash-after", "seconds": 2})
    rig.want(spec)
    report = rig.wait_state(spec, "ready")
    rig.server.stop()

    def is_gone() -> bool:
        try:
            return not answer_of(report)
        except OSError:
            return True

    wait_for(is_gone)
    rig.server.start()
    rig.wait_state(spec, "exited")


def test_a_runner_that_stops_instances_on_exit_leaves_none(rig: Rig) -> None:
    runner = rig.start_runner(stop_instances_on_exit=True)
    specs = [rig.spec(), rig.spec()]
    rig.want(*specs)
    reports = [rig.wait_state(each, "ready") for each in specs]
    runner.send_signal(signal.SIGTERM)

    assert runner.wait(20) == 0
    for report in reports:
        with pytest.raises(OSError):
            answer_of(report)
    assert rig.redis.exists(RUNNER_KEY.format(runner_id="main"), OBSERVED_KEY.format(runner_id="main")) == 0


def test_a_runner_that_only_stops_itself_leaves_instances_running(rig: Rig) -> None:
    runner = rig.start_runner(stop_instances_on_exit=False)
    spec = rig.spec()
    rig.want(spec)
    report = rig.wait_state(spec, "ready")
    runner.send_signal(signal.SIGTERM)

    assert runner.wait(20) == 0
    assert spec.sha.encode() in answer_of(report)
    # Picked up again by a runner that cleans up behind this test.
    rig.start_runner(stop_instances_on_exit=True)
    wait_for(lambda: rig.redis.exists(RUNNER_KEY.format(runner_id="main")))


def test_an_engine_that_does_not_answer_takes_nothing_away(rig: Rig) -> None:
    rig.start_runner()
    spec, waiting = rig.spec(), rig.spec()
    rig.want(spec)
    before = rig.wait_state(spec, "ready")
    silence = rig.settings.runner_dir / "fake" / "unavailable"
    silence.touch()
    rig.want(waiting)
    rig.wait_state(waiting, "starting")
    log = rig.settings.data_dir / "runner.log"
    wait_for(lambda: "engine_does_not_answer" in log.read_text())
    kept = rig.observed(spec.instance_id)
    silence.unlink()
    rig.wait_state(waiting, "ready")

    assert kept is not None
    assert (kept.state, kept.port) == (before.state, before.port)
    assert log.read_text().count("engine_does_not_answer") == 1
