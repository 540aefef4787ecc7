"""Lines of code that comments are about: which are there, and where they went."""

from pathlib import Path
from typing import Any

import pygit2
import pytest

from spaceport.domain.account import ANONYMOUS
from spaceport.domain.code_line import CodeLine, Hunk, Side, moved_line
from spaceport.errors import BadRequest
from spaceport.repos.discussions.code_lines import check_place, find_lines
from spaceport.repos.finding import folder_of
from spaceport.services import Services
from tests.unit.factories import make_space
from tests.unit.services import make_bench

SPACE = make_space(id="a" * 24)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return make_bench(tmp_path / "data").services


def commit(services: Services, files: dict[str, bytes]) -> str:
    repo: Any = pygit2.init_repository(str(folder_of(services, SPACE)), bare=True)
    builder = repo.TreeBuilder()
    for name, content in files.items():
        builder.insert(name, repo.create_blob(content), pygit2.enums.FileMode.BLOB)
    signature = pygit2.Signature("ada", "ada@example.org")
    return str(repo.create_commit(None, signature, signature, "change", builder.write(), []))


def numbered(*numbers: object) -> bytes:
    return "".join(f"line {number}\n" for number in numbers).encode()


@pytest.mark.parametrize(
    ("line", "hunks", "now"),
    [
        (5, [], 5),
        (5, [Hunk(2, 0, 3)], 8),
        (2, [Hunk(2, 0, 3)], 2),
        (1, [Hunk(0, 0, 2)], 3),
        (5, [Hunk(1, 2, 0)], 3),
        (5, [Hunk(4, 2, 2)], None),
        (6, [Hunk(4, 2, 5)], 9),
        (3, [Hunk(4, 2, 5)], 3),
    ],
)
def test_a_line_is_followed_through_changes(line: int, hunks: list[Hunk], now: int | None) -> None:
    assert moved_line(line, hunks) == now


@pytest.mark.parametrize(
    ("path", "side", "line", "sha"),
    [("", "new", 1, "a" * 40), ("a", "left", 1, "a" * 40), ("a", "new", 0, "a" * 40), ("a", "new", 1, "main")],
)
def test_what_is_no_place_is_refused(path: str, side: str, line: int, sha: str) -> None:
    with pytest.raises(BadRequest):
        CodeLine.of(path, side, line, sha)


def test_a_line_has_to_be_there_to_be_spoken_about(services: Services) -> None:
    sha = commit(services, {"app.py": numbered(1, 2), "image.png": b"\x89PNG\0\n\n\n"})

    check_place(services, SPACE, ANONYMOUS, CodeLine("app.py", Side.NEW, 2, sha))
    for path, line, where in (("app.py", 3, sha), ("image.png", 1, sha), ("none.py", 1, sha), ("app.py", 1, "1" * 40)):
        with pytest.raises(BadRequest, match="has no line"):
            check_place(services, SPACE, ANONYMOUS, CodeLine(path, Side.NEW, line, where))


def test_lines_are_found_again_or_said_to_be_gone(services: Services) -> None:
    first = commit(services, {"app.py": numbered(1, 2, 3, 4, 5), "gone.py": b"x\n"})
    second = commit(services, {"app.py": numbered("new", 1, 2, "three", 4, 5)})
    kept, changed = (CodeLine("app.py", Side.NEW, line, first) for line in (5, 3))
    removed, lost = CodeLine("gone.py", Side.NEW, 1, first), CodeLine("app.py", Side.NEW, 1, "1" * 40)
    before = CodeLine("app.py", Side.OLD, 2, first)

    found = find_lines(services, SPACE, [kept, changed, removed, lost, before], first, second)

    assert [found[each].now for each in (kept, changed, removed, lost, before)] == [6, None, None, None, 2]
    assert found[kept].excerpt == ((2, "line 2"), (3, "line 3"), (4, "line 4"), (5, "line 5"))
    assert found[before].excerpt == ((1, "line 1"), (2, "line 2"))
    assert found[lost].excerpt == ()
