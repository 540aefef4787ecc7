"""What git says of two commits, and what becomes of histories that are too long for that."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygit2
import pytest

from spaceport.domain.discussion import Discussion, DiscussionStatus
from spaceport.errors import RevisionNotFound
from spaceport.repos.ancestry import HistoryTooLong, commits_since, last_in_common, whole_history
from spaceport.repos.between import MAX_COMMITS, between
from spaceport.repos.discussions.pull_refs import read_state

NOWHERE = "1" * 40
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PULL = Discussion(
    "d", "r", "model", 1, "Two", DiscussionStatus.OPEN, True, "u", "ada", NOW, NOW, base="main", base_sha=None
)


class History:
    """Commits of one empty folder, a second apart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git: Any = pygit2.init_repository(str(folder), bare=True)
        self.tree = self.git.TreeBuilder().write()
        self._seconds = 1_700_000_000

    def commit(self, *parents: str, title: str = "a commit") -> str:
        self._seconds += 1
        who = pygit2.Signature("ada", "ada@example.org", self._seconds, 0)
        return str(self.git.create_commit(None, who, who, title, self.tree, list(parents)))

    def line(self, length: int, start: str) -> list[str]:
        """Oldest first."""
        found = [start]
        for _ in range(length):
            found.append(self.commit(found[-1]))
        return found[1:]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "h.git")


def test_what_one_side_has_is_told_newest_first_from_where_they_parted(history: History) -> None:
    root = history.commit()
    main, branch = history.line(2, root), history.line(3, root)
    merge = history.commit(branch[-1], main[0])
    found = between(history.folder, main[-1], merge)

    assert found.start == main[0]
    assert [commit.sha for commit in found.commits] == [merge, *reversed(branch)]
    assert not found.has_more
    assert between(history.folder, merge, branch[0]).commits == ()


def test_of_a_long_line_the_newest_are_told(history: History) -> None:
    root = history.commit()
    line = history.line(MAX_COMMITS + 1, root)
    all_but_one, everything = between(history.folder, line[0], line[-1]), between(history.folder, root, line[-1])

    assert (len(all_but_one.commits), all_but_one.has_more) == (MAX_COMMITS, False)
    assert (len(everything.commits), everything.has_more) == (MAX_COMMITS, True)
    assert everything.commits[0].sha == line[-1]


def test_a_whole_history_is_told_from_its_beginning(history: History) -> None:
    root = history.commit()
    main, branch = history.line(2, root), history.line(2, root)
    merge = history.commit(main[-1], branch[-1])
    told = whole_history(history.folder, [branch[0], merge], 9)

    assert sorted(told) == sorted([root, *main, *branch, merge])
    assert [told.index(each) for each in (root, *main, merge)] == sorted(map(told.index, (root, *main, merge)))
    assert whole_history(history.folder, [merge], 2)[-1] == merge
    assert whole_history(history.folder, [], 9) == []


def test_more_branches_than_a_command_line_holds_are_told_together(history: History) -> None:
    root = history.commit()

    assert whole_history(history.folder, [root] * 60_000, 9) == [root]


def test_histories_with_nothing_in_common_are_told_from_the_base(history: History) -> None:
    one, other = history.commit(title="one"), history.commit(title="other")
    found = between(history.folder, one, other)

    assert last_in_common(history.folder, one, other) is None
    assert (found.start, [commit.title for commit in found.commits]) == (one, ["other"])
    assert commits_since(history.folder, None, other, 5) == [other]


def test_a_replacement_that_somebody_pushed_changes_nothing(history: History) -> None:
    root = history.commit()
    line = history.line(3, root)
    history.git.references.create(f"refs/replace/{line[-1]}", history.commit())

    assert last_in_common(history.folder, root, line[-1]) == root
    assert commits_since(history.folder, root, line[-1], 9) == line[::-1]


@pytest.mark.parametrize("place", [0, 1])
def test_a_commit_that_is_gone_is_told(history: History, place: int) -> None:
    ends = [history.commit(), history.commit()]
    ends[place] = NOWHERE

    with pytest.raises(RevisionNotFound, match="1111111"):
        between(history.folder, *ends)
    with pytest.raises(RevisionNotFound):
        commits_since(history.folder, ends[0], ends[1], 5)


def test_a_history_that_takes_too_long_is_refused_in_words(history: History) -> None:
    root = history.commit()

    with pytest.raises(HistoryTooLong, match="use git log"):
        last_in_common(history.folder, root, root, limit_seconds=0)
    with pytest.raises(HistoryTooLong, match="use git log"):
        commits_since(history.folder, None, root, 5, limit_seconds=0)
    with pytest.raises(HistoryTooLong, match="use git log"):
        whole_history(history.folder, [root], 5, limit_seconds=0)


def test_a_pull_request_is_told_with_its_commits_or_why_not(history: History) -> None:
    root = history.commit()
    branch = history.line(2, root)
    history.git.references.create("refs/heads/main", root)
    history.git.references.create(PULL.ref, branch[-1])
    found = read_state(history.folder, PULL, with_diff=True)

    assert ([commit.sha for commit in found.commits], found.base, found.note) == (branch, root, None)
    late = read_state(history.folder, PULL, with_diff=True, limit_seconds=0)
    assert (late.commits, late.conflicts, late.head) == ((), (), branch[-1])
    assert "too long" in (late.note or "")
    assert (late.diff or "").startswith("# not compared: ")
    gone = read_state(history.folder, replace(PULL, merge_sha=root, base_sha=NOWHERE), with_diff=False)
    assert (gone.commits, gone.diff) == ((), None)
    assert NOWHERE[:7] in (gone.note or "")
