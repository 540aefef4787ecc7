"""What a runner throws away, and what it never does."""

import os
import time
from pathlib import Path

import pytest

from spaceport_runner.contract import CollectRequest
from spaceport_runner.engines.docker_images import Layers, own_bytes
from spaceport_runner.garbage import FRESH_SECONDS, Disk, Stored, is_too_full, orphans, removable
from spaceport_runner.image_uses import ImageUses
from spaceport_runner.settings import RunnerSettings

OLD = FRESH_SECONDS + 1


def request(*keep: str, spaces: tuple[str, ...] = ()) -> CollectRequest:
    return CollectRequest(keep_images=keep, space_ids=spaces, budget_bytes=100, reserve_bytes=10)


@pytest.mark.parametrize(
    ("taken", "free", "expected"), [(100, 10, False), (101, 10, True), (100, 9, True), (0, 1000, False)]
)
def test_a_disk_is_too_full_over_the_budget_or_without_the_reserve(taken: int, free: int, expected: bool) -> None:
    assert is_too_full(Disk(taken, free), request()) is expected


def test_what_was_used_longest_ago_goes_first() -> None:
    stored = [Stored("new", OLD + 1), Stored("oldest", OLD + 9), Stored("old", OLD + 5)]

    assert [each.name for each in removable(stored, request())] == ["oldest", "old", "new"]


def test_what_is_needed_used_or_just_made_stays() -> None:
    stored = [
        Stored("needed", OLD),
        Stored("running", OLD, in_use=True),
        Stored("starting", OLD),
        Stored("just made", FRESH_SECONDS - 1),
        Stored("nobody's", OLD),
    ]

    assert [each.name for each in removable(stored, request("needed"), used=["starting"])] == ["nobody's"]


def test_leftovers_are_of_spaces_that_are_gone_have_no_instance_and_are_not_new() -> None:
    folders = [Stored("there", OLD), Stored("gone", OLD), Stored("stopping", OLD), Stored("just made", 1)]

    assert orphans(folders, request(spaces=("there",)), used=["stopping"]) == ["gone"]


def test_the_last_use_of_an_image_outlives_the_process_that_made_it(tmp_path: Path) -> None:
    settings = RunnerSettings("main", tmp_path, tmp_path, "")
    ImageUses(settings).mark("spaceport/deps:abc", was_made=True)
    ImageUses(settings).mark("spaceport/deps:abc")
    uses = ImageUses(settings)

    assert uses.was_made_here("spaceport/deps:abc")
    assert uses.age_seconds("spaceport/deps:abc", made_at=1.0) < 60
    assert not uses.was_made_here("spaceport/deps:other")
    assert uses.age_seconds("spaceport/deps:other", made_at=time.time() - 500) > 400


def test_a_forgotten_image_is_as_old_as_it_is(tmp_path: Path) -> None:
    uses = ImageUses(RunnerSettings("main", tmp_path, tmp_path, ""))
    uses.mark("image")
    uses.forget("image")
    uses.forget("image")

    assert uses.last_use_at("image") is None
    assert os.listdir(tmp_path / "runner" / "main" / "uses") == []


def test_an_image_takes_what_it_adds_to_the_largest_one_below_it() -> None:
    base, larger = Layers(("a",), 100), Layers(("a", "b"), 150)
    unrelated = Layers(("x",), 900)

    assert own_bytes(Layers(("a", "b", "c"), 170), [base, larger, unrelated]) == 20
    assert own_bytes(Layers(("z",), 170), [base, larger, unrelated]) == 170
