"""When a repo is packed."""

from pathlib import Path

import pygit2

from spaceport.repos.tidying import is_untidy, tidy


def test_many_loose_objects_are_packed(tmp_path: Path) -> None:
    repo = pygit2.init_repository(str(tmp_path / "repo.git"), bare=True)
    builder = repo.TreeBuilder()
    for number in range(9_000):
        builder.insert(str(number), repo.create_blob(str(number).encode()), pygit2.enums.FileMode.BLOB)
    signature = pygit2.Signature("ada", "ada@localhost")
    repo.create_commit("refs/heads/main", signature, signature, "Many", builder.write(), [])
    before = is_untidy(tmp_path / "repo.git")
    tidy(tmp_path / "repo.git")

    assert before
    assert not is_untidy(tmp_path / "repo.git")
    assert len(pygit2.Repository(str(tmp_path / "repo.git")).references["refs/heads/main"].peel(pygit2.Tree)) == 9_000


def test_a_repo_with_little_in_it_is_left_alone(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path / "repo.git"), bare=True)

    assert not is_untidy(tmp_path / "repo.git")
