"""Copies of /data as the platform sees them, and what a release tells its runner about them."""

import os
from pathlib import Path

from spaceport.deployments import successor
from spaceport.domain.release import ReleaseKind
from spaceport.rollout.snapshots import snapshots_of
from spaceport.rollout.specs import instance_spec
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceSpec, snapshot_path
from tests.unit.factories import NOW, make_instance, make_release, make_space


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


def test_a_space_without_data_has_no_copies(tmp_path: Path) -> None:
    assert snapshots_of(tmp_path, "space") == []


def test_a_release_has_data_copied_before_it_starts_and_may_begin_with_a_copy() -> None:
    assert (spec_of(5).snapshot_as, spec_of(5).restore_from) == ("before-release-7", "")
    assert spec_of(5, restore_from="before-release-3").restore_from == "before-release-3"


def test_nothing_is_copied_for_a_space_without_a_volume() -> None:
    spec = spec_of(0, restore_from="before-release-3")

    assert (spec.volume_bytes, spec.snapshot_as, spec.restore_from) == (0, "", "")


class _Numbers:
    """As much of a transaction as a new release asks for."""

    releases: "_Numbers"

    def __init__(self) -> None:
        self.releases = self

    def next_number(self, space_id: str) -> int:
        return 9


def test_a_release_of_the_same_image_does_not_put_data_back_again() -> None:
    source = make_release(restore_from="before-release-3")
    later = successor(_Numbers(), source, ReleaseKind.ROLLBACK, "ada", NOW)  # type: ignore[arg-type]

    assert (later.number, later.restore_from) == (9, "")
