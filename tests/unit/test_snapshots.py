"""Copies of /data as the platform sees them, and what a release tells its runner about them."""

import os
from pathlib import Path

import pytest

from spaceport.domain.release import ReleaseStatus
from spaceport.errors import AccessDenied, Conflict, NotFound
from spaceport.rollout.deploy_commands import redeploy
from spaceport.rollout.snapshots import copies_bytes, snapshots_of
from spaceport.rollout.specs import instance_spec
from spaceport.rollout.volume_commands import restore_snapshot
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceSpec, copies_size_path, snapshot_path
from tests.unit.factories import make_instance, make_release, make_space
from tests.unit.services import make_bench


def make_snapshot(data_dir: Path, name: str, made_at: float) -> None:
    path = snapshot_path(data_dir, "space", name)
    path.mkdir(parents=True)
    os.utime(path, (made_at, made_at))


def spec_of(volume_bytes: int, restore_from: str = "") -> InstanceSpec:
    release = make_release(number=7, restore_from=restore_from)
    return instance_spec(make_space(volume_bytes=volume_bytes), release, make_instance(), Settings(), "secret")


def test_copies_are_listed_newest_first_with_the_release_they_were_made_before(tmp_path: Path) -> None:
    make_snapshot(tmp_path, "before-release-2", 100)
    make_snapshot(tmp_path, "before-release-10", 200)
    found = snapshots_of(tmp_path, "space")

    assert [snapshot.name for snapshot in found] == ["before-release-10", "before-release-2"]
    assert [snapshot.release_number for snapshot in found] == [10, 2]
    assert found[0].made_at.timestamp() == 200


@pytest.mark.parametrize(("note", "expected"), [("4096", 4096), ("0", 0), ("", None), ("many", None)])
def test_what_copies_take_is_what_the_runner_noted(tmp_path: Path, note: str, expected: int | None) -> None:
    make_snapshot(tmp_path, "before-release-2", 100)

    assert copies_bytes(tmp_path, "space") is None
    copies_size_path(tmp_path, "space").write_text(note)
    assert copies_bytes(tmp_path, "space") == expected


def test_a_space_without_data_has_no_copies(tmp_path: Path) -> None:
    assert snapshots_of(tmp_path, "space") == []


def test_a_release_has_data_copied_before_it_starts_and_may_begin_with_a_copy() -> None:
    assert (spec_of(5).snapshot_as, spec_of(5).restore_from) == ("before-release-7", "")
    assert spec_of(5, restore_from="before-release-3").restore_from == "before-release-3"


def test_nothing_is_copied_for_a_space_without_a_volume() -> None:
    spec = spec_of(0, restore_from="before-release-3")

    assert (spec.volume_bytes, spec.snapshot_as, spec.restore_from) == (0, "", "")


def test_putting_a_copy_back_deploys_what_serves_on_that_copy(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, volume_bytes=5)
    bench.release(3, image="serving", variables={"A": "1"})
    make_snapshot(tmp_path, "before-release-3", 100)
    release = restore_snapshot(bench.services, bench.space, bench.owner, "before-release-3")

    assert (release.number, release.image, release.variables) == (4, "serving", {"A": "1"})
    assert (release.restore_from, release.snapshot_name) == ("before-release-3", "before-release-4")
    assert bench.space.target_release_id == release.id
    assert "put back /data as it was in before-release-3" in bench.told
    assert "release 4: /data put back by ada as it was in before-release-3" in bench.told


def test_a_release_after_that_begins_with_what_is_there(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, volume_bytes=5)
    bench.release(3)
    make_snapshot(tmp_path, "before-release-3", 100)
    restored = restore_snapshot(bench.services, bench.space, bench.owner, "before-release-3")
    with bench.services.database.begin() as tx:
        tx.releases.update(restored.id, status=ReleaseStatus.LIVE)

    assert redeploy(bench.services, bench.space, bench.owner).restore_from == ""


@pytest.mark.parametrize(
    ("volume_bytes", "name", "error"),
    [(0, "before-release-3", Conflict), (5, "before-release-9", NotFound), (5, "../../other", NotFound)],
)
def test_only_a_copy_that_is_there_is_put_back(
    tmp_path: Path, volume_bytes: int, name: str, error: type[Exception]
) -> None:
    bench = make_bench(tmp_path, volume_bytes=volume_bytes)
    bench.release(3)
    make_snapshot(tmp_path, "before-release-3", 100)
    with pytest.raises(error):
        restore_snapshot(bench.services, bench.space, bench.owner, name)

    assert len(bench.releases) == 1


def test_nobody_else_puts_a_copy_back(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, volume_bytes=5)
    bench.release(3)
    make_snapshot(tmp_path, "before-release-3", 100)

    with pytest.raises(AccessDenied):
        restore_snapshot(bench.services, bench.space, bench.stranger, "before-release-3")
