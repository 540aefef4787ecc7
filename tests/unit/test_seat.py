"""The seat runs an app as if Python had been given its file."""

import subprocess
import sys
from pathlib import Path

from spaceport_runner import seat

SEAT = Path(seat.__file__)


def run(folder: Path, text: str, *arguments: str, name: str = "app.py") -> subprocess.CompletedProcess[str]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    command = [sys.executable, str(SEAT), name, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_app_is_main_with_its_own_arguments_and_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "beside.py").write_text("word = 'found'\n")
    text = (
        "import sys, beside\n"
        "main = sys.modules['__main__']\n"
        "print(__name__, beside.word, sys.argv, __file__, main.__dict__ is globals())\n"
    )
    done = run(tmp_path, text, "--flag", name="sub/run.py")

    assert done.stdout == f"__main__ found ['sub/run.py', '--flag'] {tmp_path / 'sub' / 'run.py'} True\n", done.stderr


def test_a_traceback_begins_in_the_apps_file(tmp_path: Path) -> None:
    done = run(tmp_path, "def broken():\n    return 1 / 0\nbroken()\n")

    assert done.returncode == 1
    assert "seat.py" not in done.stderr
    assert 'app.py", line 2, in broken' in done.stderr
    assert done.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


def test_a_syntax_error_names_the_line(tmp_path: Path) -> None:
    done = run(tmp_path, "x = (\n")

    assert done.returncode == 1
    assert "seat.py" not in done.stderr
    assert "SyntaxError" in done.stderr


def test_the_exit_code_is_the_apps(tmp_path: Path) -> None:
    assert run(tmp_path, "import sys\nsys.exit(7)\n").returncode == 7
    assert run(tmp_path, "pass\n").returncode == 0


def test_a_missing_app_file_is_said_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SEAT), "gone.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert done.stderr == "the app file 'gone.py' cannot be read: No such file or directory\n"


def test_objects_of_the_app_travel_to_processes_it_starts(tmp_path: Path) -> None:
    text = (
        "import multiprocessing\n"
        "def double(x):\n    return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(double, [21]))\n"
    )
    done = run(tmp_path, text)

    assert done.stdout == "[42]\n", done.stderr


def test_the_collector_works_as_always_once_the_app_listens(tmp_path: Path) -> None:
    text = (
        "import gc, socket\n"
        "before = gc.get_threshold()\n"
        "with socket.socket() as listener:\n"
        "    listener.bind(('127.0.0.1', 0))\n"
        "print(before != gc.get_threshold(), gc.isenabled(), gc.get_freeze_count() > 0)\n"
        "print(gc.get_threshold())\n"
    )
    expected = subprocess.run(
        [sys.executable, "-c", "import gc; print(gc.get_threshold())"], capture_output=True, text=True, timeout=60
    )
    done = run(tmp_path, text)

    assert done.stdout == f"True True True\n{expected.stdout}", done.stderr


def run_with_secrets(folder: Path, text: str, payload: str) -> subprocess.CompletedProcess[str]:
    (folder / "app.py").write_text(text)
    command = [sys.executable, str(SEAT), seat.SECRETS_FLAG, "app.py", "--flag"]
    return subprocess.run(command, cwd=folder, input=payload, capture_output=True, text=True, timeout=60)


def test_secrets_from_standard_input_are_in_the_environment_of_the_app_and_its_children(tmp_path: Path) -> None:
    text = (
        "import os, subprocess, sys\n"
        "print(ascii(os.environ['KEY']), sys.argv, repr(sys.stdin.read()))\n"
        "print(ascii(subprocess.run(['printenv', 'KEY'], capture_output=True, text=True).stdout))\n"
    )
    done = run_with_secrets(tmp_path, text, '{"KEY": "two\\nlines é"}')

    assert done.stdout == "'two\\nlines \\xe9' ['app.py', '--flag'] ''\n'two\\nlines \\xe9\\n'\n", done.stderr


def test_the_app_does_not_start_with_half_of_its_secrets(tmp_path: Path) -> None:
    for payload in ("", '{"KEY": "two'):
        done = run_with_secrets(tmp_path, "print('started')", payload)

        assert (done.returncode, done.stdout) == (1, "")
        assert "did not arrive" in done.stderr
