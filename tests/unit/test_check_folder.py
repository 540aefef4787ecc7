"""``spaceport check``: the door's words about a folder on disk."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from spaceport.cli import main
from spaceport.repos.checks import inspect_commit
from spaceport.repos.files import Limits, check_entries
from spaceport.repos.folder_tree import FolderTree
from spaceport.repos.pointers import parse_pointer
from spaceport.repos.tree import Kind
from spaceport_runner.template import load_templates
from tests.unit.test_checks import TEMPLATES, Tree

NOWHERE = "http://127.0.0.1:1"
FILES = {
    "README.md": "---\nsdk: gradio\ncolorFrom: orange\nsdk_version: 3.27\nsuggested_hardware: t4-small\n---\n",
    "app.py": 'demo.launch(server_name="127.0.0.1")\n',
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def check(folder: Path) -> tuple[int, list[str]]:
    done = CliRunner().invoke(main, ["check", str(folder), "--hub", NOWHERE])
    return done.exit_code, done.output.splitlines()


def test_errors_end_with_1_and_name_key_rule_and_value(tmp_path: Path) -> None:
    code, lines = check(write(tmp_path, FILES))

    assert code == 1
    assert lines[0].startswith('error: README.md: "colorFrom" must be one of [red, ')
    assert lines[0].endswith("given: orange")
    assert lines[1].startswith('error: README.md: "sdk_version" must be a full version x.y.z')
    assert lines[2].startswith('warning: README.md: "suggested_hardware" is only a hint')


def test_warnings_end_with_0(tmp_path: Path) -> None:
    code, lines = check(write(tmp_path, {**FILES, "README.md": "---\nsdk: gradio\n---\n"}))

    assert code == 0
    assert len(lines) == 1
    assert lines[0].startswith("warning: app.py:1: launch listens on 127.0.0.1: visitors cannot reach it there")


def test_a_good_folder_says_so(tmp_path: Path) -> None:
    code, lines = check(write(tmp_path, {"README.md": "---\nsdk: gradio\n---\n", "app.py": "demo.launch()\n"}))

    assert (code, lines) == (0, ["nothing to say: this can be pushed"])


def test_a_folder_that_is_not_there_is_one_plain_line(tmp_path: Path) -> None:
    code, lines = check(tmp_path / "none")

    assert code == 1
    assert lines == [f"Error: {tmp_path / 'none'} is not a folder"]


@pytest.mark.parametrize(
    "readme", [FILES["README.md"], "---\nsdk: gradio\n---\n", "# no card", "---\nsdk: docker\n---\n"]
)
def test_a_folder_is_told_what_a_push_of_it_is_told(tmp_path: Path, readme: str) -> None:
    files = {**FILES, "README.md": readme, "requirements.txt": "gradio==4.0.0\n"}
    folder = inspect_commit(FolderTree(write(tmp_path, files)), (), TEMPLATES, Limits(1000))
    pushed = inspect_commit(Tree(files), (), TEMPLATES, Limits(1000))

    assert (folder.problems, folder.warnings) == (pushed.problems, pushed.warnings)


def test_what_git_ignores_is_not_pushed_and_not_checked(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "", "app.py": "", ".gitignore": "*.bin\n", "model.bin": "x" * 2000, "sub/new.py": ""})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    assert [entry.path for entry in FolderTree(tmp_path).entries()] == [
        ".gitignore",
        "README.md",
        "app.py",
        "sub/new.py",
    ]


def test_what_goes_to_lfs_is_a_pointer_and_not_too_large(tmp_path: Path) -> None:
    rules = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
    write(tmp_path, {".gitattributes": rules, "README.md": "", "model.bin": "x" * 2000, "data.txt": "x" * 2000})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    tree = FolderTree(tmp_path)
    sizes = {entry.path: entry.size_bytes for entry in tree.entries()}

    problems, _ = check_entries(tree, Limits(1000))
    pointer = parse_pointer(tree.read("model.bin"))
    assert problems[0].startswith("data.txt has")
    assert not any("model.bin" in line for line in problems)
    assert pointer is not None
    assert pointer.size_bytes == 2000
    assert sizes["model.bin"] == len(tree.read("model.bin"))


def test_links_and_caches_of_a_plain_folder(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "hello", "__pycache__/app.pyc": "", ".venv/bin/python": ""})
    (tmp_path / "outside").symlink_to("/etc")
    tree = FolderTree(tmp_path)
    entries = {entry.path: entry for entry in tree.entries()}

    assert set(entries) == {"README.md", "outside"}
    assert entries["outside"].kind is Kind.SYMLINK
    assert tree.read("outside") == b"/etc"
    assert tree.read("README.md") == b"hello"


def test_the_samples_have_nothing_to_be_told() -> None:
    root = Path(__file__).parents[2]
    for folder in sorted((root / "spaces").iterdir()):
        found = inspect_commit(FolderTree(folder), (), load_templates(root / "templates"), Limits(10 * 1024**2))

        assert (found.problems, found.warnings) == ((), ()), folder.name


def test_the_settings_of_a_repo_run_no_program(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "---\nsdk: gradio\n---\n", "app.py": "demo.launch()\n"})
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", "app.py"], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "core.fsmonitor", str(program)], check=True)

    assert check(tmp_path)[0] == 0
    assert not (tmp_path / "ran").exists()
