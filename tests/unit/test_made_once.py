"""Files that several processes make at once."""

import stat
from pathlib import Path

from spaceport_runner.made_once import made_once


def test_the_first_text_stays(tmp_path: Path) -> None:
    path = tmp_path / "key"

    assert made_once(path, lambda: "first\n") == "first"
    assert made_once(path, lambda: "second") == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_text_of_a_process_that_was_quicker_counts(tmp_path: Path) -> None:
    path = tmp_path / "key"

    def make() -> str:
        path.write_text("theirs")
        return "ours"

    assert made_once(path, make) == "theirs"
    assert list(tmp_path.iterdir()) == [path]
