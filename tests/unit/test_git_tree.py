"""Commits that are small to push and endless to look at."""

from pathlib import Path
from typing import Any

import pygit2
import pytest

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
