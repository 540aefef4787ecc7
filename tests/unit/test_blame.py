"""Which commit a line comes from."""

import subprocess
from pathlib import Path

import pytest

from spaceport.errors import EntryNotFound
from spaceport.repos.blame import blame_of


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ada <b>", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, content: str, title: str) -> str:
    (folder / "a b.txt").write_text(content)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", title)
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


def test_lines_are_grouped_by_their_commits(folder: Path) -> None:
    first = commit(folder, "one\ntwo\nthree\n", "First")
    second = commit(folder, "one\n\tTWO\nthree\n", "Second")

    found = blame_of(folder / ".git", second, "a b.txt")

    assert [(each.origin.sha, each.first, each.count) for each in found] == [
        (first, 1, 1),
        (second, 2, 1),
        (first, 3, 1),
    ]
    assert found[1].origin.title == "Second"
    assert found[1].origin.author.startswith("Ada")


def test_an_empty_file_has_no_lines_and_an_absent_one_is_told(folder: Path) -> None:
    sha = commit(folder, "", "Nothing")

    assert blame_of(folder / ".git", sha, "a b.txt") == []
    with pytest.raises(EntryNotFound):
        blame_of(folder / ".git", sha, "*.txt")
