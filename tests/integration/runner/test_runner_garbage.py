"""What a runner throws away when it is asked to, and that it keeps everything when it is not."""

import os
import time
from pathlib import Path

from spaceport_runner.abandoned import ABANDONED_FILE
from spaceport_runner.contract import (
    COLLECT_KEY,
    RUNNER_KEY,
    CollectRequest,
    RunnerReport,
    run_log_path,
    static_root,
    volume_path,
)
from spaceport_runner.whole_trees import used_bytes

from .conftest import Rig, wait_for

DAY_SECONDS = 86_400


def age(path: Path, days: float = 1) -> Path:
    then = time.time() - days * DAY_SECONDS
    os.utime(path, (then, then))
    return path


def folder(path: Path, days: float = 1) -> Path:
    path.mkdir(parents=True)
    (path / "file").write_text("content")
    age(path.parent, days)
    return age(path, days)


def ask_to_collect(rig: Rig, budget_bytes: int = 0, **changes: tuple[str, ...]) -> None:
    values = {"keep_images": (), "space_ids": ("space-1",), **changes}
    request = CollectRequest(budget_bytes=budget_bytes, reserve_bytes=0, **values)  # type: ignore[arg-type]
    rig.redis.set(COLLECT_KEY.format(runner_id="main"), request.model_dump_json())


def image(rig: Rig, name: str, days: float = 1) -> Path:
    images = rig.settings.runner_dir / "fake" / "images"
    images.mkdir(parents=True, exist_ok=True)
    path = images / name
    path.write_text("x" * 1000)
    return age(path, days)


def report(rig: Rig) -> RunnerReport | None:
    text = rig.redis.get(RUNNER_KEY.format(runner_id="main"))
    return RunnerReport.model_validate_json(text) if text else None


def images_bytes(rig: Rig) -> int | None:
    """What the runner has counted."""
    found = report(rig)
    return found.images_bytes if found else None


def test_without_a_request_nothing_is_removed(rig: Rig) -> None:
    orphan = folder(volume_path(rig.settings.data_dir, "gone").parent)
    unused = image(rig, "unused", days=400)
    rig.start_runner()

    wait_for(lambda: images_bytes(rig) == 1000)
    assert orphan.exists()
    assert unused.exists()


def test_what_spaces_left_that_are_gone_is_removed_and_nothing_of_others(rig: Rig) -> None:
    data_dir = rig.settings.data_dir
    long_gone, volume_kept = (folder(volume_path(data_dir, name).parent) for name in ("long-gone", "gone"))
    (long_gone / ABANDONED_FILE).touch()
    age(long_gone / ABANDONED_FILE, 8)
    age(long_gone, 1)
    gone = [
        long_gone,
        folder(run_log_path(data_dir, "gone", "i-1").parent),
        folder(static_root(data_dir, "gone/sha").parent),
    ]
    there = [
        folder(volume_path(data_dir, "space-1").parent),
        folder(run_log_path(data_dir, "space-1", "i-1").parent),
        folder(static_root(data_dir, "space-1/sha").parent),
    ]
    just_made = folder(volume_path(data_dir, "just-made").parent, days=0)
    ask_to_collect(rig, budget_bytes=10**12)
    rig.start_runner()

    wait_for(lambda: not any(path.exists() for path in gone))
    wait_for(lambda: (found := report(rig)) is not None and found.abandoned_bytes is not None)
    told = report(rig)
    assert told is not None
    assert told.abandoned_bytes == used_bytes(volume_kept)
    assert all(path.exists() for path in there)
    assert volume_kept.exists()
    assert just_made.exists()


def test_images_that_nobody_needs_go_until_there_is_room(rig: Rig) -> None:
    oldest, old, kept = image(rig, "oldest", 9), image(rig, "old", 5), image(rig, "kept", 30)
    ask_to_collect(rig, budget_bytes=2500, keep_images=("kept",))
    rig.start_runner()
    wait_for(lambda: images_bytes(rig) == 2000)

    assert (oldest.exists(), old.exists(), kept.exists()) == (False, True, True)
    wait_for(lambda: (found := report(rig)) is not None and found.unneeded_bytes == 1000)


def test_a_static_release_that_nobody_needs_goes_like_an_image(rig: Rig) -> None:
    release = folder(static_root(rig.settings.data_dir, "space-1/old"))
    kept = folder(static_root(rig.settings.data_dir, "space-1/kept"))
    ask_to_collect(rig, keep_images=("space-1/kept",))
    rig.start_runner()

    wait_for(lambda: not release.exists())
    assert kept.exists()


def test_an_image_that_an_instance_runs_from_is_never_removed(rig: Rig) -> None:
    runner = rig.start_runner(stop_instances_on_exit=False)
    spec = rig.spec()
    rig.want(spec)
    rig.wait_state(spec, "ready")
    runner.terminate()
    runner.wait(30)
    unused = image(rig, "unused")
    used = rig.settings.runner_dir / "fake" / "images" / spec.image
    for path in (used, *(rig.settings.runner_dir / "uses").iterdir()):
        age(path, 30)
    ask_to_collect(rig)
    rig.start_runner()
    rig.wait_state(spec, "ready")

    wait_for(lambda: not unused.exists())
    assert used.exists()


def test_old_logs_go_and_newer_ones_stay(rig: Rig) -> None:
    logs = rig.settings.data_dir / "logs"
    run, build = logs / "run" / "space-1", logs / "build"
    for each in (run, build):
        each.mkdir(parents=True)
        (each / "old.log").write_text("text")
        (each / "new.log").write_text("text")
        age(each / "old.log", 31)
    ask_to_collect(rig, budget_bytes=10**12)
    rig.start_runner()

    wait_for(lambda: not (run / "old.log").exists() and not (build / "old.log").exists())
    assert (run / "new.log").exists()
    assert (build / "new.log").exists()


def test_a_full_disk_fails_a_build_before_it_begins(rig: Rig) -> None:
    rig.start_runner(disk_reserve_bytes=2**60)
    request = rig.request()
    rig.enqueue(request)
    failed = rig.result(request)

    assert failed.state == "failed"
    assert failed.reason is not None
    assert failed.reason.startswith("the disk of this machine is full (")
    assert "disk of this machine is full" in rig.log_of(request)
