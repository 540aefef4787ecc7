"""What changed between two commits, as a page shows it."""

from pathlib import Path
from typing import Any

import pygit2
import pytest

from spaceport.errors import RevisionNotFound
from spaceport.repos import diff
from spaceport.repos.diff import FileChange, diff_of


def commit(path: Path, files: dict[str, bytes]) -> str:
    repo: Any = pygit2.init_repository(str(path), bare=True)
    builder = repo.TreeBuilder()
    for name, content in files.items():
        builder.insert(name, repo.create_blob(content), pygit2.enums.FileMode.BLOB)
    signature = pygit2.Signature("ada", "ada@example.org")
    return str(repo.create_commit(None, signature, signature, "change", builder.write(), []))


def changes(path: Path, before: dict[str, bytes] | None, after: dict[str, bytes]) -> dict[str, FileChange]:
    old = None if before is None else commit(path, before)
    return {file.path: file for file in diff_of(path, old, commit(path, after)).files}


def test_lines_that_came_and_went_are_told_file_by_file(tmp_path: Path) -> None:
    found = changes(tmp_path, {"a.py": b"one\ntwo\n", "b.py": b"x\n"}, {"a.py": b"one\nthree\n", "c.py": b"y\n"})

    assert {path: (file.what, file.added, file.removed) for path, file in found.items()} == {
        "a.py": ("changed", 1, 1),
        "b.py": ("deleted", 0, 1),
        "c.py": ("added", 1, 0),
    }
    assert [(line.mark, line.text) for line in found["a.py"].lines[1:]] == [(" ", "one"), ("-", "two"), ("+", "three")]


def test_the_first_commit_adds_everything(tmp_path: Path) -> None:
    assert changes(tmp_path, None, {"a.py": b"one\n"})["a.py"].what == "added"


def test_binary_and_large_files_are_named_only(tmp_path: Path) -> None:
    large = b"line\n" * 200_000
    found = changes(tmp_path, {"large.csv": b""}, {"large.csv": large, "image.png": b"\x89PNG\0\1\2"})

    assert found["image.png"].note == "a binary file"
    assert found["large.csv"].note == "too large to be compared here"
    assert not found["large.csv"].lines


def test_a_page_holds_only_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "MAX_FILES", 3)
    many = {f"{number}.py": b"a line\n" * 1000 for number in range(5)}
    found = diff_of(tmp_path, None, commit(tmp_path, many))

    assert (len(found.files), found.more_files) == (3, 2)
    assert all(len(file.lines) <= diff.MAX_LINES_OF_FILE and file.note for file in found.files)
    assert found.added == 3000


def test_control_characters_do_not_reach_the_page(tmp_path: Path) -> None:
    line = changes(tmp_path, None, {"a.py": "\x1b[31mred\u202e\n".encode()})["a.py"].lines[1]

    assert line.text == "\ufffd[31mred\ufffd"


def test_a_commit_that_is_gone_is_said_so(tmp_path: Path) -> None:
    sha = commit(tmp_path, {"a.py": b""})

    with pytest.raises(RevisionNotFound):
        diff_of(tmp_path, "0" * 40, sha)


def test_lines_know_their_numbers_before_and_after(tmp_path: Path) -> None:
    file = changes(tmp_path, {"a.py": b"one\ntwo\nthree\n"}, {"a.py": b"one\n2\nnew\nthree\n"})["a.py"]

    assert [(line.mark, line.old, line.new) for line in file.lines] == [
        ("@", None, None),
        (" ", 1, 1),
        ("-", 2, None),
        ("+", None, 2),
        ("+", None, 3),
        (" ", 3, 4),
    ]
    assert file.anchor == changes(tmp_path, None, {"a.py": b"other\n"})["a.py"].anchor
