"""One step of a build: its lines, its end, and what it may use."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from spaceport_runner.contract import Limits
from spaceport_runner.engines.cgroups import build_cgroup
from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.engines.processes import run_streaming
from spaceport_runner.guard import GROUP_OPTION
from spaceport_runner.process_tree import descendants, is_running

ENVIRONMENT = {"PATH": os.defpath}


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def run(argv: list[str], lines: list[str], folder: Path, memory_bytes: int | None = None) -> int:
    return run_streaming(argv, lines.append, cwd=folder, env=ENVIRONMENT, memory_bytes=memory_bytes)


def processes_in(folder: Path) -> set[int]:
    """All that live and work there: the processes of this test alone, as the folder is its own."""
    return {int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and _works_in(each, folder)}


def _works_in(process_folder: Path, folder: Path) -> bool:
    try:
        return (process_folder / "cwd").readlink() == folder
    except OSError:  # It has ended meanwhile, or waits to be reaped.
        return False


def test_lines_arrive_without_ends_and_the_last_one_needs_none(tmp_path: Path) -> None:
    lines: list[str] = []
    code = run(python(r"import sys; sys.stdout.write('one\r\n50%\r100%\ntwo'); sys.exit(3)"), lines, tmp_path)

    assert (code, lines) == (3, ["one", "100%", "two"])


def test_lines_arrive_while_the_step_runs(tmp_path: Path) -> None:
    arrived = threading.Event()
    release = tmp_path / "release"
    text = f"import os, time\nprint('first', flush=True)\nwhile not os.path.exists({str(release)!r}): time.sleep(0.01)"

    def log(line: str) -> None:
        assert line == "first"
        arrived.set()
        release.touch()

    assert run_streaming(python(text), log, cwd=tmp_path, env=ENVIRONMENT, timeout_seconds=30) == 0
    assert arrived.is_set()


def test_a_step_ended_by_a_signal_has_the_exit_code_of_shells(tmp_path: Path) -> None:
    assert run(python("import os; os.kill(os.getpid(), 9)"), [], tmp_path) == 137


def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    lines: list[str] = []

    assert run(["/none/such"], lines, tmp_path) == 127
    assert "No such file" in lines[0]


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    lines: list[str] = []
    run(python("print('x' * 1_000_000); print('y'); print('50%\\r' * 50_000 + '100%')"), lines, tmp_path)

    assert [line[:4] for line in lines] == ["xxxx", "y", "100%"]
    assert 16 * 1024 < len(lines[0]) <= 64 * 1024


def test_too_much_memory_ends_all_of_the_step(tmp_path: Path) -> None:
    child = "import time; x = b'x' * 200_000_000; print('full', flush=True); time.sleep(600)"
    text = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(BuildFailed, match=r"out of memory: the build used more than 0\.0977 GiB") as caught:
        run(python(text), [], tmp_path, memory_bytes=100 * 1024**2)

    assert caught.value.exit_code == 137
    _wait_until(lambda: not processes_in(tmp_path))


def test_too_much_time_ends_the_step(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="longer than 1 seconds"):
        run_streaming(python("import time; time.sleep(600)"), print, cwd=tmp_path, env=ENVIRONMENT, timeout_seconds=0.6)
    _wait_until(lambda: not processes_in(tmp_path))


def test_an_exception_in_the_caller_ends_all_of_the_step(tmp_path: Path) -> None:
    child = "import time; time.sleep(600)"
    text = (
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)\n"
        "print('started', flush=True)\nimport time; time.sleep(600)"
    )

    def cancel(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_streaming(python(text), cancel, cwd=tmp_path, env=ENVIRONMENT)
    _wait_until(lambda: not processes_in(tmp_path))


def test_background_processes_do_not_outlive_the_step(tmp_path: Path) -> None:
    child = "import time; time.sleep(600)"
    start = f"subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)"
    text = f"import subprocess, sys\nprint({start}.pid)"
    lines: list[str] = []
    code = run(python(text), lines, tmp_path)

    assert code == 0
    assert lines
    # It is killed by then; the kernel may still be ending it.
    _wait_until(lambda: not processes_in(tmp_path))


def test_a_killed_caller_takes_all_of_the_step_with_it(tmp_path: Path) -> None:
    started = tmp_path / "started"
    child = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(600)"
    text = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    caller = (
        "import sys; from pathlib import Path\n"
        "from spaceport_runner.engines.processes import run_streaming\n"
        f"run_streaming([sys.executable, '-c', {text!r}], print, cwd=Path({str(tmp_path)!r}), env={{}})"
    )
    with subprocess.Popen(python(caller)) as killed:
        try:
            _wait_until(started.exists)
            tree = descendants(killed.pid)
        finally:
            killed.kill()

    assert len(tree) >= 3
    _wait_until(lambda: not any(is_running(each.pid, each.started_ticks) for each in tree))


def _wait_until(question: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(1500):
        if question():
            return
        waited.wait(0.02)
    raise AssertionError("not within 30 s")


def test_the_kernel_ends_what_takes_too_much_at_once_and_the_step_says_so(tmp_path: Path) -> None:
    limit_bytes = 64 * 1024**2
    group = build_cgroup("test", Limits(memory_bytes=limit_bytes, cpus=1))
    if group is None:
        pytest.skip("this machine's control groups cannot be written to")
    # The step survives its hungry child, as a shell or pip does.
    eat = f"b'x' * {4 * limit_bytes}"
    text = f"import subprocess, sys\nsys.exit(bool(subprocess.run([sys.executable, '-c', {eat!r}]).returncode))"
    try:
        with pytest.raises(BuildFailed, match="out of memory") as caught:
            run_streaming(python(text), print, cwd=tmp_path, env=ENVIRONMENT, memory_bytes=8 * limit_bytes, group=group)
    finally:
        group.remove()

    assert caught.value.exit_code == 137
    assert not any(folder.exists() for folder in group.folders)


def test_the_guard_writes_to_no_file_but_a_control_groups(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 4\n")
    program.chmod(0o755)
    old = run([str(program)], [], tmp_path)
    asked = run([f"{GROUP_OPTION}{program}", str(program)], [], tmp_path)

    assert (old, asked) == (4, 1)
    assert program.read_text() == "#!/bin/sh\nexit 4\n"
