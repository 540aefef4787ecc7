"""Commits that are small to push and endless to look at."""

from pathlib import Path
from typing import Any

import pygit2
import pytest

from spaceport.repos.commits import listing
from spaceport.repos.files import Limits, check_entries
from spaceport.repos.tree import GitTree, TreeTooLarge

TREE, BLOB = pygit2.enums.FileMode.TREE, pygit2.enums.FileMode.BLOB


def commit_of(path: Path, levels: int, names: list[str], leaf: str) -> str:
    """A commit of ``levels`` folders in each other, each holding the one below under all ``names``."""
    repo: Any = pygit2.init_repository(str(path), bare=True)
    below, mode = (repo.TreeBuilder().write(), TREE) if leaf == "folder" else (repo.create_blob(b""), BLOB)
    for _ in range(levels):
        builder = repo.TreeBuilder()
        for name in names:
            builder.insert(name, below, mode)
        below, mode = builder.write(), TREE
    signature = pygit2.Signature("ada", "ada@example.org")
    sha = str(repo.create_commit("refs/heads/main", signature, signature, "bomb", below, []))
    repo.free()
    return sha


@pytest.mark.parametrize("leaf", ["folder", "file"])
def test_folders_that_unfold_to_billions_are_given_up(tmp_path: Path, leaf: str) -> None:
    sha = commit_of(tmp_path, levels=10, names=[f"d{number}" for number in range(10)], leaf=leaf)

    with GitTree(tmp_path, sha) as tree:
        with pytest.raises(TreeTooLarge, match="more than 100,000 files and folders"):
            list(tree.entries())
        problems, _ = check_entries(tree, Limits(1000))
    assert len(problems) == 1


def test_folders_in_folders_without_end_are_given_up(tmp_path: Path) -> None:
    sha = commit_of(tmp_path, levels=100, names=["d" * 200], leaf="file")

    with GitTree(tmp_path, sha) as tree, pytest.raises(TreeTooLarge, match="too long"):
        list(tree.entries())


@pytest.mark.parametrize("encoding", ["nonsense-9", "ascii"])
def test_a_message_is_shown_whatever_encoding_it_claims_to_have(tmp_path: Path, encoding: str) -> None:
    """Pushed to a pull request, such a commit must not break the page, nor the check of a push."""
    first = commit_of(tmp_path, levels=1, names=["d"], leaf="file")
    repo: Any = pygit2.Repository(str(tmp_path))
    who = b"a\xffda <ada@example.org> 1700000000 +0000"
    lines = [b"tree " + str(repo[first].tree_id).encode(), b"author " + who, b"committer " + who]
    text = b"\n".join([*lines, b"encoding " + encoding.encode(), b"", b"Gr\xfc\xdfe\n\nmore\n"])
    sha = str(repo.odb.write(pygit2.enums.ObjectType.COMMIT, text))
    repo.free()

    with GitTree(tmp_path, sha) as tree:
        assert tree.message == "Gr\ufffd\ufffde"
    told = listing.commit_of(tmp_path, sha)
    assert (told.title, told.message, told.author) == ("Gr\ufffd\ufffde", "more", "a\ufffdda")


def test_a_page_of_commits_does_not_read_the_whole_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_WALKED", 10)
    repo: Any = pygit2.init_repository(str(tmp_path), bare=True)
    tree, shas = repo.TreeBuilder().write(), []
    for number in range(30):
        who = pygit2.Signature("ada", "ada@example.org", 1_700_000_000 + number, 0)
        shas.append(str(repo.create_commit(None, who, who, f"{number}", tree, shas[-1:])))
    repo.free()
    # What is never looked at is not missed.
    (tmp_path / "objects" / shas[5][:2] / shas[5][2:]).unlink()
    commits, total = listing.commits_of(tmp_path, shas[-1], "", 0, 3)

    assert [each.title for each in commits] == ["29", "28", "27"]
    assert total == 10
