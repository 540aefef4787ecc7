"""What of an unpacked wheel gets byte code."""

from pathlib import Path

from spaceport_runner.engines.compile_wheels import compile_all, worth_compiling


def test_what_uv_moves_elsewhere_and_tests_get_no_byte_code(tmp_path: Path) -> None:
    """Seen with networkx 3.1: byte code among its ``.data`` made uv refuse the wheel from the next install on."""
    for name in ("pkg/a.py", "pkg/tests/b.py", "pkg-1.0.data/data/share/doc/c.py", "pkg-1.0.data/scripts/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    compile_all(worth_compiling(tmp_path))

    assert {path.parent.parent.name for path in tmp_path.rglob("*.pyc")} == {"pkg"}


def test_a_wheel_that_another_build_takes_away_meanwhile_is_left(tmp_path: Path) -> None:
    assert worth_compiling(tmp_path / "gone") == []
