"""Instances that stand still: turned at once, seen as frozen, and never taken for dead."""

import signal
import urllib.request

import pytest

from spaceport_runner.contract import InstanceReport, InstanceSpec

from .conftest import Rig, wait_for


def answers(report: InstanceReport, timeout_seconds: float = 5) -> bool:
    with urllib.request.urlopen(f"http://{report.host}:{report.port}/", timeout=timeout_seconds) as response:
        return bool(response.read())


def frozen_instance(rig: Rig) -> InstanceSpec:
    spec = rig.spec()
    rig.want(spec)
    rig.wait_state(spec, "ready")
    turn(rig, spec, frozen=True)
    return spec


def turn(rig: Rig, spec: InstanceSpec, frozen: bool) -> InstanceReport:
    rig.want(spec.model_copy(update={"frozen": frozen}))

    def turned() -> InstanceReport | None:
        report = rig.observed(spec.instance_id)
        return report if report is not None and report.is_frozen == frozen else None

    return wait_for(turned)


def test_a_frozen_instance_stays_ready_and_goes_on_when_it_is_thawed(rig: Rig) -> None:
    rig.start_runner()
    spec = frozen_instance(rig)
    frozen = rig.wait_state(spec, "ready")
    with pytest.raises(OSError):
        answers(frozen, timeout_seconds=0.3)
    thawed = turn(rig, spec, frozen=False)

    assert answers(thawed)
    assert thawed.started_at == frozen.started_at


def test_freezing_and_thawing_reach_the_stream(rig: Rig) -> None:
    rig.start_runner()
    spec = frozen_instance(rig)
    turn(rig, spec, frozen=False)

    def announced() -> list[bool]:
        reports = [InstanceReport.model_validate_json(text) for text in rig.stream() if '"kind":"instance"' in text]
        return [each.is_frozen for each in reports if each.instance_id == spec.instance_id and each.state == "ready"]

    wait_for(lambda: announced() == [False, True, False])


def test_an_instance_that_is_not_ready_yet_is_not_frozen(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec({"start": "slow", "seconds": 2}, frozen=True)
    rig.want(spec)
    ready = rig.wait_state(spec, "ready")

    assert ready.ready_at
    wait_for(lambda: (report := rig.observed(spec.instance_id)) and report.is_frozen)


@pytest.mark.parametrize("is_redis_emptied", [False, True])
def test_the_next_runner_adopts_a_frozen_instance_and_thaws_it(rig: Rig, is_redis_emptied: bool) -> None:
    runner = rig.start_runner()
    spec = frozen_instance(rig)
    runner.send_signal(signal.SIGKILL)
    runner.wait(10)
    if is_redis_emptied:
        rig.redis.flushall()
        rig.want(spec.model_copy(update={"frozen": True}))
    rig.start_runner()
    adopted = wait_for(lambda: rig.observed(spec.instance_id))

    assert (adopted.state, adopted.is_frozen) == ("ready", True)
    assert answers(turn(rig, spec, frozen=False))


def test_a_frozen_instance_that_nobody_wants_is_removed(rig: Rig) -> None:
    rig.start_runner()
    spec = frozen_instance(rig)
    rig.want(unwanted=(spec.instance_id,))

    wait_for(lambda: rig.observed(spec.instance_id) is None)
