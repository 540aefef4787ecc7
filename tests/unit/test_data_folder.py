"""The folder of all state is nobody else's business."""

import stat
from pathlib import Path

from spaceport.data_folder import make_data_folder


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def test_a_new_folder_is_for_its_user_alone(tmp_path: Path) -> None:
    make_data_folder(tmp_path / "a" / "data")

    assert mode(tmp_path / "a" / "data") == 0o700


def test_a_folder_that_is_there_is_closed_to_others_and_keeps_its_group(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)

    make_data_folder(folder)

    assert mode(folder) == 0o750
