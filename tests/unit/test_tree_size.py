"""Commits that unfold to more than anybody can look through are told by counting each folder once."""

from pathlib import Path

import pygit2
import pytest

from spaceport.repos.refs import ZERO, Moved
from spaceport.repos.tree import MAX_ENTRIES, TreeTooLarge, opened_repo
from spaceport.repos.tree_size import TreeSizes, check_tips

from .test_git_tree import commit_of

TEN, SEVENTEEN = ([f"d{number}" for number in range(many)] for many in (10, 17))


def problems_of(path: Path, sha: str) -> list[str]:
    return check_tips(path, [Moved(ZERO, sha, "refs/pr/1")], None)


@pytest.mark.parametrize(
    ("levels", "names", "why"),
    [
        (200, TEN, "more than 100,000 files and folders"),
        (100, ["d" * 200], "a path in it is too long"),
        (5000, ["d"], "a path in it is too long"),
    ],
)
def test_a_ref_may_not_lead_to_a_bomb(tmp_path: Path, levels: int, names: list[str], why: str) -> None:
    [problem] = problems_of(tmp_path, commit_of(tmp_path, levels, names, leaf="file"))

    assert problem.startswith("refs/pr/1: ")
    assert why in problem


def test_folders_that_share_their_content_are_counted_as_often_as_they_appear(tmp_path: Path) -> None:
    """17 + 17^2 + 17^3 + 17^4 = 88,740: just fits; with one level more it would not."""
    assert 80_000 < sum(17**level for level in range(1, 5)) < MAX_ENTRIES
    assert problems_of(tmp_path, commit_of(tmp_path, levels=4, names=SEVENTEEN, leaf="file")) == []


def test_each_folder_is_known_after_one_look_also_from_another_commit(tmp_path: Path) -> None:
    sha = commit_of(tmp_path, levels=4, names=SEVENTEEN, leaf="file")
    with opened_repo(tmp_path) as git:
        sizes = TreeSizes(git)
        sizes.check(sha)
        tree = git[sha].tree
        # Of what it has seen it needs nothing any more: not even the objects.
        for each in git.odb:
            if each not in (tree.id, git[sha].id):
                (tmp_path / "objects" / str(each)[:2] / str(each)[2:]).unlink()
        sizes.check(sha, tree.id)


@pytest.mark.parametrize("target", ["file", "folder"])
def test_tags_of_files_and_folders_are_looked_at_too(tmp_path: Path, target: str) -> None:
    sha = commit_of(tmp_path, levels=10, names=TEN, leaf="file")
    with opened_repo(tmp_path) as git:
        who = pygit2.Signature("ada", "ada@example.org")
        at, kind = (git[sha].tree.id, pygit2.enums.ObjectType.TREE)
        if target == "file":
            at, kind = (git.create_blob(b"x"), pygit2.enums.ObjectType.BLOB)
        tag = str(git.create_tag("t", at, kind, who, "a tag"))
        if target == "file":
            TreeSizes(git).check(tag)
        else:
            with pytest.raises(TreeTooLarge):
                TreeSizes(git).check(tag)


def test_deleted_refs_lead_nowhere(tmp_path: Path) -> None:
    sha = commit_of(tmp_path, levels=10, names=TEN, leaf="file")

    assert check_tips(tmp_path, [Moved(sha, ZERO, "refs/heads/side")], None) == []
