"""Two sides of a history, joined within limits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pygit2
import pytest

from spaceport.repos import diff
from spaceport.repos.ancestry import last_in_common
from spaceport.repos.comparing import Allowance, Limits
from spaceport.repos.discussions import pull_refs
from spaceport.repos.discussions.joining import join
from spaceport.repos.discussions.patch import patch_text
from spaceport.repos.tree import TreeTooLarge

TREE, BLOB = pygit2.enums.FileMode.TREE, pygit2.enums.FileMode.BLOB
LINES = [b"%d\n" % number for number in range(40)]
#: Too many lines to be joined by a server, but no large file.
MANY = [b"%d\n" % number for number in range(100_000)]


class Side:
    """Makes commits of files in the root of a repo."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git: Any = pygit2.init_repository(str(folder), bare=True)

    def commit(self, files: Mapping[str, bytes], *parents: Any) -> Any:
        builder = self.git.TreeBuilder()
        for name, content in files.items():
            builder.insert(name, self.git.create_blob(content), BLOB)
        return self._commit(builder.write(), parents)

    def bomb(self, leaf: bytes, *parents: Any) -> Any:
        below, mode = self.git.create_blob(leaf), BLOB
        for _ in range(30):
            builder = self.git.TreeBuilder()
            for number in range(10):
                builder.insert(f"d{number}", below, mode)
            below, mode = builder.write(), TREE
        return self._commit(below, parents)

    def files(self, index: Any) -> dict[str, bytes]:
        return {entry.path: bytes(self.git[entry.id].data) for entry in index}

    def _commit(self, tree: Any, parents: Sequence[Any]) -> Any:
        who = pygit2.Signature("ada", "ada@example.org", 1_700_000_000, 0)
        return self.git.create_commit(None, who, who, "a commit", tree, list(parents))


@pytest.fixture
def side(tmp_path: Path) -> Side:
    return Side(tmp_path)


def changed(lines: list[bytes], place: int) -> bytes:
    return b"".join([*lines[:place], b"changed\n", *lines[place + 1 :]])


def test_changes_in_other_places_of_a_file_are_joined(side: Side) -> None:
    base = side.commit({"a": b"".join(LINES), "b": b"b"})
    main, head = side.commit({"a": changed(LINES, 2)}, base), side.commit({"a": changed(LINES, 30), "b": b"b"}, base)
    joined = join(side.git, base, main, head)

    assert joined.conflicts == ()
    assert side.files(joined.index)["a"].count(b"changed") == 2
    assert "b" not in side.files(joined.index)


def test_a_file_that_moved_on_one_side_keeps_the_changes_of_the_other(side: Side) -> None:
    base = side.commit({"a": b"".join(LINES)})
    main, head = side.commit({"new": b"".join(LINES)}, base), side.commit({"a": changed(LINES, 30)}, base)

    assert side.files(join(side.git, base, main, head).index) == {"new": changed(LINES, 30)}


def test_a_file_that_is_too_large_to_be_joined_is_a_conflict(side: Side) -> None:
    base = side.commit({"a": b"".join(MANY), "b": b"b"})
    main = side.commit({"a": changed(MANY, 2), "b": b"b"}, base)

    assert join(side.git, base, main, side.commit({"a": changed(MANY, 9000), "b": b"c"}, base)).conflicts == ("a",)
    assert join(side.git, base, main, side.commit({"a": changed(MANY, 2), "b": b"c"}, base)).conflicts == ()


def test_histories_with_nothing_in_common_are_joined_where_their_files_differ(side: Side) -> None:
    joined = join(side.git, None, side.commit({"a": b"1"}), side.commit({"b": b"2"}))

    assert side.files(joined.index) == {"a": b"1", "b": b"2"}


def test_two_bases_are_joined_as_well(side: Side) -> None:
    """Each side merged the other before: the two last commits in common are joined by nobody."""
    first = side.commit({"a": b"".join(LINES)})
    left, right = side.commit({"a": changed(LINES, 2)}, first), side.commit({"a": changed(LINES, 30)}, first)
    both = b"".join([*LINES[:2], b"changed\n", *LINES[3:30], b"changed\n", *LINES[31:]])
    main = side.commit({"a": both, "m": b"m"}, left, right)
    head = side.commit({"a": both, "h": b"h"}, right, left)
    base = last_in_common(side.folder, str(main), str(head))

    assert base in (str(left), str(right))
    assert side.files(join(side.git, base, main, head).index) == {"a": both, "m": b"m", "h": b"h"}


@pytest.mark.parametrize("place", ["base", "main", "head"])
def test_a_bomb_on_any_side_is_neither_joined_nor_compared(side: Side, place: str) -> None:
    base = side.bomb(b"0") if place == "base" else side.commit({"a": b"0"})
    main = side.bomb(b"1", base) if place == "main" else side.commit({"a": b"1"}, base)
    head = side.bomb(b"2", base) if place == "head" else side.commit({"a": b"2"}, base)
    ends = (base, main) if place == "main" else (base, head)

    with pytest.raises(TreeTooLarge):
        join(side.git, base, main, head)
    assert pull_refs.conflicts(side.git, base, main, head) == ()
    assert "not compared: the commit has more than" in patch_text(side.git, *ends)
    found = diff.diff_of(side.folder, *(str(each) for each in ends))
    assert found.files == ()
    assert "more than 100,000 files" in (found.note or "")


def test_an_allowance_ends_with_the_bytes_the_lines_and_the_time(side: Side) -> None:
    a, b, nothing = side.git.create_blob(b"1\n2\n3\n"), side.git.create_blob(b"123456"), pygit2.Oid(hex="0" * 40)
    times = iter([0.0, 1.0, 2.0, 3.0, 4.0, 11.0])
    limits = Limits(max_file_bytes=6, max_file_lines=3, max_bytes=24, max_lines=5, max_seconds=10)
    allowance = Allowance(side.git.odb, limits, now=lambda: next(times))

    assert allowance.covers(nothing, a)
    assert not allowance.covers(nothing, a), "two times three lines are more than five"
    assert allowance.covers(b, b)
    assert not allowance.covers(b, b), "all bytes are used up but six"
    assert not allowance.covers(nothing), "the time is over"


def test_a_file_of_very_many_lines_is_not_compared(side: Side) -> None:
    found = diff.diff_of(side.folder, None, str(side.commit({"a": b"\n" * 30_000})))

    assert [file.note for file in found.files] == ["too large to be compared here"]
