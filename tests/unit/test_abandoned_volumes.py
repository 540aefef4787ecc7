"""Volumes of Spaces that are gone."""

import os
import time
from pathlib import Path

from spaceport_runner.abandoned import ABANDONED_FILE, ABANDONED_SECONDS, abandoned


def make_volume(volumes: Path, space_id: str, gone_for_seconds: float | None = None) -> Path:
    (volumes / space_id / "data").mkdir(parents=True)
    if gone_for_seconds is not None:
        mark = volumes / space_id / ABANDONED_FILE
        mark.touch()
        os.utime(mark, (time.time() - gone_for_seconds,) * 2)
    return volumes / space_id


def test_a_volume_outlives_its_space_by_a_week(tmp_path: Path) -> None:
    just_gone = make_volume(tmp_path, "just-gone")
    make_volume(tmp_path, "gone", ABANDONED_SECONDS - 100)
    long_gone = make_volume(tmp_path, "long-gone", ABANDONED_SECONDS + 1)

    assert list(abandoned(tmp_path, ["just-gone", "gone", "long-gone"], [])) == [long_gone]
    assert (just_gone / ABANDONED_FILE).exists()


def test_a_volume_goes_sooner_where_room_is_needed_but_not_at_first_sight(tmp_path: Path) -> None:
    volume = make_volume(tmp_path, "gone")

    assert list(abandoned(tmp_path, ["gone"], [], after_seconds=0)) == []
    assert list(abandoned(tmp_path, ["gone"], [], after_seconds=0)) == [volume]


def test_a_space_that_is_there_again_has_its_volume_back(tmp_path: Path) -> None:
    make_volume(tmp_path, "back", ABANDONED_SECONDS - 100)

    assert list(abandoned(tmp_path, [], ["back", "never-had-one"])) == []
    assert list(abandoned(tmp_path, ["back"], [])) == []
