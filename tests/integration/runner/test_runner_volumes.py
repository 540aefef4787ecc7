"""Volumes of running apps: kept across instances, copied before releases, measured, and never over their quota."""

import json
import urllib.request
from typing import Any

from spaceport_runner.contract import InstanceReport, InstanceSpec, run_log_path, snapshot_path, volume_path

from .conftest import Rig, wait_for

MIB = 1024**2


def ask(report: InstanceReport, path: str = "/") -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{report.host}:{report.port}{path}", timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def next_release(spec: InstanceSpec, number: int, restore_from: str = "") -> InstanceSpec:
    changes = {
        "instance_id": f"i-release-{number}",
        "generation": number,
        "release_id": f"release-{number}",
        "release_number": number,
        "snapshot_as": f"before-release-{number}",
        "restore_from": restore_from,
    }
    return spec.model_copy(update=changes)


def test_data_is_copied_before_a_release_and_put_back_by_another(rig: Rig) -> None:
    rig.start_runner()
    first = rig.spec(volume_bytes=8 * MIB, release_number=1, snapshot_as="before-release-1")
    rig.want(first)
    ask(rig.wait_state(first, "ready"), "/write?file=of-the-first&bytes=5")
    second = next_release(first, 2)
    rig.want(second, unwanted=(first.instance_id,))
    ready = rig.wait_state(second, "ready")
    found = ask(ready)["data"]
    ask(ready, "/write?file=of-the-second&bytes=5")
    third = next_release(first, 3, restore_from="before-release-2")
    rig.want(third, unwanted=(second.instance_id,))
    put_back = ask(rig.wait_state(third, "ready"))["data"]

    assert ready.prepared_at is not None
    assert (ready.phase, ready.phase_until) == (None, None)
    assert found == {"of-the-first": 5}
    assert put_back == {"of-the-first": 5}
    before_third = snapshot_path(rig.settings.data_dir, first.space_id, "before-release-3")
    assert sorted(path.name for path in before_third.iterdir()) == ["of-the-first", "of-the-second"]
    log = run_log_path(rig.settings.data_dir, third.space_id, third.instance_id).read_text()
    assert "[Spaceport] /data is as it was in the copy before-release-2" in log


def test_what_a_volume_holds_is_reported(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec(volume_bytes=8 * MIB)
    rig.want(spec)
    ask(rig.wait_state(spec, "ready"), f"/write?file=two&bytes={2 * MIB}")

    wait_for(lambda: (report := rig.observed(spec.instance_id)) and (report.volume_used_bytes or 0) >= 2 * MIB)


def test_an_app_that_outgrows_its_quota_is_stopped_and_told_why(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec(volume_bytes=4 * MIB)
    rig.want(spec)
    ready = rig.wait_state(spec, "ready")
    wait_for(lambda: (report := rig.observed(spec.instance_id)) and report.volume_used_bytes is not None)
    ask(ready, f"/write?file=big&bytes={6 * MIB}")
    over = rig.wait_state(spec, "exited")

    assert over.reason is not None
    assert over.reason.startswith("/data is full: it holds 6 MiB of at most 4 MiB")
    assert (volume_path(rig.settings.data_dir, spec.space_id) / "big").stat().st_size == 6 * MIB
    wait_for(lambda: not _answers(ready))


def test_an_app_that_finds_too_much_may_run_to_make_room(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec(volume_bytes=4 * MIB)
    data = volume_path(rig.settings.data_dir, spec.space_id)
    data.mkdir(parents=True)
    (data / "big").write_bytes(bytes(6 * MIB))
    rig.want(spec)
    ready = rig.wait_state(spec, "ready")
    wait_for(lambda: (report := rig.observed(spec.instance_id)) and report.volume_used_bytes is not None)
    ask(ready, "/write?file=big&bytes=1")

    wait_for(lambda: (report := rig.observed(spec.instance_id)) and (report.volume_used_bytes or 9 * MIB) < MIB)
    assert rig.wait_state(spec, "ready")


def test_a_restart_of_what_has_outgrown_its_quota_is_refused_with_the_same_words(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec(volume_bytes=4 * MIB, restart=1)
    data = volume_path(rig.settings.data_dir, spec.space_id)
    data.mkdir(parents=True)
    (data / "big").write_bytes(bytes(6 * MIB))
    rig.want(spec)
    failed = rig.wait_state(spec, "failed")

    assert failed.reason is not None
    assert failed.reason.startswith("/data is full: it holds 6 MiB of at most 4 MiB")


def test_a_copy_that_is_gone_fails_the_start_with_a_reason(rig: Rig) -> None:
    rig.start_runner()
    spec = rig.spec(volume_bytes=4 * MIB, release_number=2, restore_from="before-release-1")
    rig.want(spec)
    failed = rig.wait_state(spec, "failed")

    assert failed.reason == "the copy before-release-1 of /data is not there any more: choose another one"


def _answers(report: InstanceReport) -> bool:
    try:
        return bool(ask(report))
    except OSError:
        return False
