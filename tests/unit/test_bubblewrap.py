"""The command lines of bubblewrap."""

from itertools import pairwise
from pathlib import Path

from spaceport_runner.engines.bubblewrap import INSIDE_UID, Machine, Sandbox, python_folders, sandboxed, user_inside

ROOT = Machine("/usr/bin/bwrap", "/usr/bin/setpriv", is_root=True, links=(("usr/bin", "/bin"),))
SOMEBODY = Machine("/usr/bin/bwrap", None, is_root=False, python_folders=("/home/me/.pyenv/versions/3.11",))
APP = Sandbox(
    read_only=((Path("/data/env"), "/opt/venv"),),
    writable=((Path("/data/home"), "/home/user"),),
    cwd="/home/user/app",
    uid=2_000_000_123,
)


def test_root_becomes_the_apps_user_and_gives_up_every_capability() -> None:
    argv = sandboxed(["python", "app.py"], APP, ROOT)
    inside = argv[argv.index("--") + 1 :]

    assert "--unshare-user" not in argv
    assert inside[0] == "/usr/bin/setpriv"
    assert {"2000000123", "--clear-groups", "--bounding-set=-all", "--no-new-privs"} <= set(inside)
    assert inside[-2:] == ["python", "app.py"]


def test_anybody_else_gets_a_namespace_of_users() -> None:
    argv = sandboxed(["python", "app.py"], APP, SOMEBODY)

    assert ("--uid", str(INSIDE_UID)) in pairwise(argv)
    assert argv[-3:] == ["--", "python", "app.py"]
    assert user_inside(2_000_000_123, SOMEBODY) == INSIDE_UID


def test_nothing_is_mounted_but_the_system_and_what_was_named() -> None:
    argv = sandboxed(["true"], APP, ROOT)
    outside = {argv[at + 1] for at, part in enumerate(argv) if part in ("--bind", "--ro-bind")}
    writable = {argv[at + 1] for at, part in enumerate(argv) if part == "--bind"}

    assert outside == {"/usr", "/data/env", "/data/home"}
    assert writable == {"/data/home"}


def test_folders_above_mounts_are_made_before_them_and_open_to_all() -> None:
    argv = sandboxed(["true"], APP, SOMEBODY)

    for folder in ("/home", "/opt", "/home/me", "/home/me/.pyenv"):
        assert ("--dir", folder) in pairwise(argv)
    assert argv.index("/home") < argv.index("/home/user")


def test_the_folder_of_python_is_shown_unless_the_system_has_it(tmp_path: Path) -> None:
    real = tmp_path / "cpython-3.11.7"
    real.mkdir()
    (tmp_path / "cpython-3.11").symlink_to(real)

    assert python_folders(Path("/usr")) == []
    assert python_folders(tmp_path / "cpython-3.11") == [tmp_path / "cpython-3.11", real]
