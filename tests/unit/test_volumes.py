"""Volumes on disk: copies that keep everything, preparations that can be interrupted anywhere."""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spaceport_runner import volume_leavings, volume_preparation, volumes
from spaceport_runner.contract import InstanceSpec, Limits, copies_size_path, snapshot_path, volume_path
from spaceport_runner.copy_time import (
    COUNT_BEFORE_RESTART_SECONDS,
    LEAST_SECONDS,
    SECONDS_PER_FILE,
    SECONDS_PER_GIB,
    copy_seconds,
)
from spaceport_runner.engines.docker_host_paths import host_path, own_container
from spaceport_runner.engines.volume_mounts import FIRST_VOLUME_UID, next_uid
from spaceport_runner.file_count import Count, count_files
from spaceport_runner.tree_copy import DEEPEST, CopyCancelled, copy_tree
from spaceport_runner.volume_preparation import SNAPSHOTS_KEPT, prepare_volume
from spaceport_runner.volume_quota import LEAST_FILES, MOST_FILES, Quota, quota_of, volume_full
from spaceport_runner.volumes import VolumeError, make_volume
from spaceport_runner.whole_trees import TooSlow, remove_tree, used_bytes

MIB = 1024**2
GIB = 1024**3


def spec(**values: Any) -> InstanceSpec:
    fields: dict[str, Any] = {
        "instance_id": "i-1",
        "space_id": "s-1",
        "space_name": "ada/demo",
        "release_id": "r-1",
        "generation": 1,
        "sdk": "gradio",
        "template": "gradio",
        "image": "image",
        "sha": "a" * 40,
        "source_url": "",
        "source_token": "",
        "app_file": "app.py",
        "app_port": 7860,
        "limits": Limits(memory_bytes=MIB, cpus=1),
        "start_timeout_seconds": 300,
        "volume_bytes": MIB,
    }
    return InstanceSpec(**fields | values)


def release(number: int, restore_from: str = "") -> InstanceSpec:
    return spec(release_number=number, snapshot_as=f"before-release-{number}", restore_from=restore_from)


def prepare(data_dir: Path, asked: InstanceSpec, is_cancelled: Callable[[], bool] = lambda: False) -> list[str]:
    said: list[str] = []
    prepare_volume(data_dir, asked, said.append, is_cancelled)
    return said


def written(data_dir: Path, text: str) -> Path:
    data = make_volume(data_dir, "s-1")
    (data / "notes.txt").write_text(text)
    return data


def snapshots(data_dir: Path) -> list[str]:
    return sorted(path.name for path in snapshot_path(data_dir, "s-1", "x").parent.glob("*"))


def test_a_copy_has_files_folders_links_rights_times_and_holes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "below" / "empty").mkdir(parents=True)
    (source / "below" / "file").write_text("content")
    (source / "below" / "file").chmod(0o640)
    os.utime(source / "below" / "file", (1, 2))
    os.link(source / "below" / "file", source / "second name")
    (source / "link").symlink_to("/etc/passwd")
    with (source / "holes").open("wb") as file:
        file.seek(64 * MIB)
        file.write(b"end")
    os.mkfifo(source / "pipe")
    left_out = copy_tree(source, tmp_path / "copy")
    copy = tmp_path / "copy"

    assert left_out == 1
    assert (copy / "below" / "file").read_text() == "content"
    assert (copy / "below" / "file").stat().st_mode & 0o777 == 0o640
    assert (copy / "below" / "file").stat().st_mtime == 2
    assert os.path.samefile(copy / "below" / "file", copy / "second name")
    assert os.readlink(copy / "link") == "/etc/passwd"
    assert (copy / "below" / "empty").is_dir()
    assert (copy / "holes").stat().st_size == 64 * MIB + 3
    assert (copy / "holes").stat().st_blocks * 512 < MIB
    assert (copy / "holes").read_bytes()[-3:] == b"end"


def test_a_copy_of_folders_without_end_leaves_out_the_deepest(tmp_path: Path) -> None:
    deepest = tmp_path / "source"
    for _ in range(DEEPEST + 20):
        deepest = deepest / "d"
    deepest.mkdir(parents=True)

    assert copy_tree(tmp_path / "source", tmp_path / "copy") == 1


def test_a_copy_can_be_called_off(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").write_text("content")

    with pytest.raises(CopyCancelled):
        copy_tree(tmp_path / "source", tmp_path / "copy", lambda: True)


def test_files_are_counted_once_and_holes_not_at_all(tmp_path: Path) -> None:
    data = make_volume(tmp_path, "s-1")
    (data / "one").write_bytes(os.urandom(2 * MIB))
    os.link(data / "one", data / "two")
    os.truncate(data / "one", 512 * MIB)

    assert 2 * MIB <= used_bytes(data) < 3 * MIB
    assert count_files(data, 60) == Count(used_bytes(data), files=2)


def test_a_count_ends_in_time_with_what_is_there_at_least(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / str(number)).write_text("text")

    assert count_files(tmp_path, 0) == Count(0, 0, is_complete=False)
    assert count_files(tmp_path, 60, is_cancelled=lambda: True) == Count(0, 0, is_complete=False)
    found = count_files(tmp_path, 60, most_files=10)
    assert (found.files > 10, found.is_complete) == (True, False)
    with pytest.raises(FileNotFoundError):
        count_files(tmp_path / "none", 60)


def test_a_count_that_was_killed_is_not_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = tmp_path / "find"
    find.write_text("#!/bin/sh\necho 8 1 5\nkill -9 $$\n")
    find.chmod(0o755)
    monkeypatch.setattr(os, "defpath", str(tmp_path))

    assert count_files(tmp_path, 60) == Count(8 * 512, 1, is_complete=False)


def test_a_first_release_makes_an_empty_volume_and_no_copy(tmp_path: Path) -> None:
    prepare(tmp_path, release(1))

    assert list(volume_path(tmp_path, "s-1").iterdir()) == []
    assert snapshots(tmp_path) == []


def test_a_volume_is_copied_before_the_first_start_of_a_release_and_not_again(tmp_path: Path) -> None:
    data = written(tmp_path, "before")
    prepare(tmp_path, release(2))
    (data / "notes.txt").write_text("after")
    prepare(tmp_path, release(2))
    prepare(tmp_path, release(1))

    assert snapshots(tmp_path) == ["before-release-2"]
    assert (snapshot_path(tmp_path, "s-1", "before-release-2") / "notes.txt").read_text() == "before"


def test_a_restart_copies_nothing_even_when_the_copy_is_gone(tmp_path: Path) -> None:
    written(tmp_path, "text")
    prepare(tmp_path, release(2))
    remove_tree(snapshot_path(tmp_path, "s-1", "before-release-2"))
    prepare(tmp_path, release(2))

    assert snapshots(tmp_path) == []


def test_a_copy_takes_the_place_of_data_once(tmp_path: Path) -> None:
    data = written(tmp_path, "old")
    prepare(tmp_path, release(2))
    (data / "notes.txt").write_text("new")
    said = prepare(tmp_path, release(3, restore_from="before-release-2"))
    restored = (data / "notes.txt").read_text()
    (data / "notes.txt").write_text("newest")
    prepare(tmp_path, release(3, restore_from="before-release-2"))

    assert said == ["/data is as it was in the copy before-release-2"]
    assert restored == "old"
    assert (data / "notes.txt").read_text() == "newest"
    assert snapshots(tmp_path) == ["before-release-2", "before-release-3"]


def test_a_copy_that_is_gone_is_said_so_and_data_stays(tmp_path: Path) -> None:
    data = written(tmp_path, "text")
    with pytest.raises(VolumeError, match="before-release-1 of /data is not there any more"):
        prepare(tmp_path, release(3, restore_from="before-release-1"))

    assert (data / "notes.txt").read_text() == "text"


def test_data_of_which_there_is_no_copy_is_not_replaced(tmp_path: Path) -> None:
    written(tmp_path, "old")
    prepare(tmp_path, release(2))
    data = written(tmp_path, "new")

    with pytest.raises(VolumeError, match="would be lost"):
        prepare(tmp_path, spec(release_number=3, restore_from="before-release-2"))
    assert (data / "notes.txt").read_text() == "new"


def test_what_may_take_long_is_told_with_its_time(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []

    def prepare_and_tell(asked: InstanceSpec) -> None:
        prepare_volume(
            tmp_path, asked, lambda line: None, lambda: False, lambda words, time: told.append((words, time))
        )

    prepare_and_tell(release(1))
    (make_volume(tmp_path, "s-1") / "big").write_bytes(bytes(MIB))
    prepare_and_tell(release(2))
    prepare_and_tell(release(2))
    [copying] = told

    assert copying[0].startswith("copying /data (1 MiB")
    assert copying[1] > LEAST_SECONDS


def test_a_larger_copy_and_one_of_more_files_may_take_longer() -> None:
    assert copy_seconds(100 * GIB, 0) - copy_seconds(0, 0) == 100 * SECONDS_PER_GIB
    assert copy_seconds(0, MOST_FILES) - copy_seconds(0, 0) == MOST_FILES * SECONDS_PER_FILE


class TestManyFiles:
    """Nothing is counted or removed within the moment that goes by untold."""

    @pytest.fixture(autouse=True)
    def no_moment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (volume_preparation, volume_leavings):
            monkeypatch.setattr(module, "QUICK_SECONDS", 0.0)

    def told(self, data_dir: Path, asked: InstanceSpec) -> list[tuple[str, bool]]:
        told: list[tuple[str, bool]] = []

        def step(words: str, seconds: float) -> None:
            told.append((words.partition(" (")[0], seconds >= COUNT_BEFORE_RESTART_SECONDS))

        prepare_volume(data_dir, asked, lambda line: None, lambda: False, step)
        return told

    def test_every_part_of_a_preparation_has_a_phase_and_a_deadline(self, tmp_path: Path) -> None:
        data = written(tmp_path, "text")
        (data.parent / volumes.MAKING).mkdir()

        assert self.told(tmp_path, release(1)) == [
            ("removing what is left of earlier copies of /data", True),
            ("looking at /data", True),
            ("copying /data", True),
            ("looking at the copies of /data", True),
        ]
        assert self.told(tmp_path, release(2, restore_from="before-release-1")) == [
            ("looking at /data", True),
            ("copying /data", True),
            ("looking at the copies of /data", True),
            ("looking at the copy before-release-1", True),
            ("copying /data", True),
            ("removing what is left of earlier copies of /data", True),
        ]
        assert self.told(tmp_path, release(2)) == [("looking at /data", True)]
        assert list(data.parent.glob(f"{volume_leavings.PREFIX}*")) == []

    def test_what_cannot_be_removed_in_time_fails_no_start(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never_ends(folder: Path, timeout_seconds: float) -> None:
            raise TooSlow("too many files")

        data = written(tmp_path, "text")
        (data.parent / volumes.MAKING).mkdir()
        monkeypatch.setattr(volume_leavings, "remove_tree", never_ends)
        monkeypatch.setattr(volume_leavings, "REMOVE_SECONDS", 0.0)
        prepare(tmp_path, release(1))
        monkeypatch.undo()
        left = list(data.parent.glob(f"{volume_leavings.PREFIX}*"))
        prepare(tmp_path, release(2))

        assert len(left) == 1
        assert snapshots(tmp_path) == ["before-release-1", "before-release-2"]
        assert list(data.parent.glob(f"{volume_leavings.PREFIX}*")) == []


def test_a_preparation_waits_for_the_one_before_and_says_so(tmp_path: Path) -> None:
    volume = written(tmp_path, "text").parent
    told: list[str] = []
    done = threading.Event()

    def prepare_beside() -> None:
        prepare_volume(tmp_path, release(1), lambda line: None, lambda: False, lambda words, _: waits.set())
        done.set()

    waits = threading.Event()
    with (volume / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CopyCancelled):
            prepare_volume(tmp_path, release(1), told.append, lambda: True, lambda words, _: told.append(words))
        threading.Thread(target=prepare_beside).start()
        assert waits.wait(20)
    assert done.wait(20)

    assert told == ["waiting for an earlier start to let go of /data"]
    assert snapshots(tmp_path) == ["before-release-1"]


class TestSlowDisk:
    """Every copy takes longer than it may."""

    @pytest.fixture(autouse=True)
    def slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(volume_preparation, "copy_seconds", lambda size, files: -1.0)

    def test_a_copy_that_takes_too_long_costs_the_copy_and_not_the_deployment(self, tmp_path: Path) -> None:
        data = written(tmp_path, "text")

        [said] = prepare(tmp_path, release(2))

        assert said.startswith("no copy of /data was made before this start: copying /data (")
        assert "took longer than" in said
        assert snapshots(tmp_path) == []
        assert not (data.parent / volumes.MAKING).exists()

    def test_what_is_put_back_too_slowly_is_not_put_back(self, tmp_path: Path) -> None:
        data = make_volume(tmp_path, "s-1")
        copy = snapshot_path(tmp_path, "s-1", "before-release-1")
        copy.mkdir(parents=True)
        (copy / "notes.txt").write_text("old")

        with pytest.raises(VolumeError, match="took longer than"):
            prepare(tmp_path, release(2, restore_from="before-release-1"))

        assert list(data.iterdir()) == []


def test_files_that_cannot_be_counted_in_time_fail_no_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "text")

    monkeypatch.setattr(
        volume_preparation, "count_files", lambda folder, seconds, is_cancelled: Count(1, 1, is_complete=False)
    )

    assert prepare(tmp_path, release(2)) == [
        "no copy of /data was made before this start: it has too many files to be counted"
    ]
    assert prepare(tmp_path, spec(release_number=2, restart=1)) == []


@pytest.mark.parametrize("after", ["rename", "making", "swap"])
def test_a_preparation_that_was_killed_is_done_again_in_full(tmp_path: Path, after: str) -> None:
    data = written(tmp_path, "old")
    prepare(tmp_path, release(2))
    (data / "notes.txt").write_text("new")
    match after:
        case "making":
            (data.parent / volumes.MAKING).mkdir()
        case "rename":
            data.rename(data.parent / volumes.REPLACED)
        case "swap":
            data.rename(data.parent / volumes.REPLACED)
            copy_tree(snapshot_path(tmp_path, "s-1", "before-release-2"), data)
    prepare(tmp_path, release(3, restore_from="before-release-2"))

    assert (data / "notes.txt").read_text() == "old"
    leftovers = {path.name for path in data.parent.iterdir()} & {volumes.MAKING, volumes.REPLACED}
    assert leftovers == set()


def test_making_a_volume_between_the_two_steps_of_a_swap_hides_nothing(tmp_path: Path) -> None:
    data = written(tmp_path, "text")
    data.rename(data.parent / volumes.REPLACED)
    make_volume(tmp_path, "s-1")
    prepare(tmp_path, release(2))

    assert (data / "notes.txt").read_text() == "text"


def test_only_the_newest_copies_are_kept(tmp_path: Path) -> None:
    written(tmp_path, "text")
    for number in range(1, SNAPSHOTS_KEPT + 4):
        prepare(tmp_path, release(number))
        copy = snapshot_path(tmp_path, "s-1", f"before-release-{number}")
        os.utime(copy, (time.time() - 1000 + number,) * 2)

    assert snapshots(tmp_path) == [f"before-release-{number}" for number in range(4, SNAPSHOTS_KEPT + 4)]


def test_what_copies_take_beside_the_quota_is_noted(tmp_path: Path) -> None:
    prepare(tmp_path, release(1))
    note = copies_size_path(tmp_path, "s-1")
    before = int(note.read_text())
    written(tmp_path, "x" * 2 * MIB)
    prepare(tmp_path, release(2))
    prepare(tmp_path, release(3))

    assert before == 0
    assert 4 * MIB <= int(note.read_text()) < 5 * MIB


def test_copies_that_cannot_be_counted_fail_no_deployment(tmp_path: Path) -> None:
    prepare(tmp_path, release(1))
    note = copies_size_path(tmp_path, "s-1")
    note.with_name(f".{note.name}.new").mkdir()
    written(tmp_path, "one")
    prepare(tmp_path, release(2))

    assert snapshots(tmp_path) == ["before-release-2"]
    assert not note.exists()


def test_the_copy_that_is_put_back_is_not_thrown_away_for_a_newer_one(tmp_path: Path) -> None:
    written(tmp_path, "first")
    for number in range(1, SNAPSHOTS_KEPT + 1):
        prepare(tmp_path, release(number))
        os.utime(snapshot_path(tmp_path, "s-1", f"before-release-{number}"), (number, number))
    written(tmp_path, "last")
    prepare(tmp_path, release(SNAPSHOTS_KEPT + 1, restore_from="before-release-1"))

    assert (volume_path(tmp_path, "s-1") / "notes.txt").read_text() == "first"


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "x" * 200])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(VolumeError):
        make_volume(tmp_path, name)
    written(tmp_path, "text")
    if name:
        with pytest.raises(VolumeError):
            prepare(tmp_path, spec(release_number=1, snapshot_as=name))


def test_folders_of_any_depth_are_counted_and_removed(tmp_path: Path) -> None:
    data = make_volume(tmp_path, "s-1")
    here = os.open(data, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    counted = used_bytes(data)
    remove_tree(data)

    assert counted > 3000 * 1024
    assert not data.exists()


def test_preparing_tells_what_the_app_finds(tmp_path: Path) -> None:
    found = [prepare_volume(tmp_path, release(1), lambda line: None, lambda: False)]
    (make_volume(tmp_path, "s-1") / "big").write_bytes(bytes(2 * MIB))
    found += [prepare_volume(tmp_path, release(2), lambda line: None, lambda: False) for _ in range(2)]

    assert [(each.used_bytes // (2 * MIB), each.files) for each in found] == [(0, 1), (1, 2), (1, 2)]


def test_an_app_may_make_room_in_a_volume_that_is_too_full_but_not_fill_it_further() -> None:
    assert Quota(100, 10).beside(Count(50, 5)) == Quota(100, 10)
    assert Quota(100, 10).beside(Count(150, 5)) == Quota(150, 10)
    assert Quota(100, 10).beside(Count(50, 15)) == Quota(100, 15)


@pytest.mark.parametrize(
    ("found", "is_exceeded"),
    [
        (Count(100, 10), False),
        (Count(101, 1), True),
        (Count(1, 11), True),
        (Count(101, 1, is_complete=False), True),
        (Count(99, 9, is_complete=False), False),
    ],
)
def test_a_quota_of_bytes_and_files_is_exceeded_by_what_was_counted_only(found: Count, is_exceeded: bool) -> None:
    assert Quota(100, 10).is_exceeded_by(found) is is_exceeded


def test_a_larger_volume_may_have_more_files() -> None:
    assert [quota_of(size).files for size in (MIB, 10 * GIB, 1000 * GIB)] == [LEAST_FILES, 655_360, MOST_FILES]


def test_what_is_full_says_of_what() -> None:
    quota = Quota(GIB, 100)

    assert "it holds 2 GiB of at most 1 GiB;" in volume_full(Count(2 * GIB, 200), quota)
    assert "it holds at least 101 files of at most 100;" in volume_full(Count(1, 101, is_complete=False), quota)


def test_a_restart_of_what_has_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "text")
    prepare(tmp_path, release(1))
    monkeypatch.setattr(volume_preparation, "quota_of", lambda size: Quota(size, 1))

    with pytest.raises(VolumeError, match="it holds 2 files of at most 1;"):
        prepare(tmp_path, spec(release_number=1, restart=1))


def test_no_two_volumes_have_the_same_owner() -> None:
    assert next_uid({0, 1000}) == FIRST_VOLUME_UID
    assert next_uid({0, FIRST_VOLUME_UID + 4, FIRST_VOLUME_UID}) == FIRST_VOLUME_UID + 5


def test_a_path_in_a_container_is_known_by_its_name_on_the_machine() -> None:
    mounts = [
        {"Destination": "/data", "Source": "/var/lib/docker/volumes/spaceport_data/_data"},
        {"Destination": "/data/volumes", "Source": "/mnt/big"},
        {"Destination": "/etc/ssl/certs", "Source": "/etc/ssl/certs"},
    ]

    assert host_path(Path("/data/x"), mounts) == "/var/lib/docker/volumes/spaceport_data/_data/x"
    assert host_path(Path("/data/volumes/s/data"), mounts) == "/mnt/big/s/data"
    assert host_path(Path("/elsewhere"), mounts) is None


def test_a_process_knows_its_own_container() -> None:
    line = f"1 2 0:3 /var/lib/docker/containers/{'ab' * 32}/hostname /etc/hostname rw - ext4 /dev/sda rw\n"

    assert own_container("25 30 0:22 / /sys rw - sysfs sysfs rw\n" + line) == "ab" * 32
    assert own_container("25 30 0:22 / /sys rw - sysfs sysfs rw\n") is None
