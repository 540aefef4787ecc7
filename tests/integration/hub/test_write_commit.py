"""Commits that the hub itself writes: what git sees of them, and what follows."""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from spaceport.domain.blob import StoredBlob
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, BadRequest, BranchMoved, EntryNotFound, RevisionNotFound
from spaceport.repos.commits.landing import CommitResult
from spaceport.repos.commits.operations import AddFile, AddLarge, Copy, Delete, Operation
from spaceport.repos.commits.write import write_commit
from spaceport.repos.large_files import keep_large_file
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub, git


@pytest.fixture
def model(hub: Hub) -> Repo:
    return create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "tiny")


def commit(hub: Hub, repo: Space | Repo, operations: Sequence[Operation], **options: str) -> CommitResult:
    caller = hub.person(options.pop("by", "ada")).caller
    revision = options.pop("revision", "main")
    return write_commit(hub.services, repo, caller, revision, operations, "Change files", **options)


def clone(hub: Hub, repo: Space | Repo, folder: Path) -> Path:
    prefix = "spaces/" if isinstance(repo, Space) else repo.type.prefix
    host = hub.url.removeprefix("http://")
    url = f"http://ada:{hub.person('ada').token}@{host}/{prefix}{repo.full_name}"
    git(folder.parent, "-c", "filter.lfs.smudge=", "-c", "filter.lfs.required=false", "clone", "-q", url, str(folder))
    return folder


def files_of(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts]
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


def store(hub: Hub, repo: Space | Repo, content: bytes) -> str:
    path = hub.services.objects.staging / "file"
    path.write_bytes(content)
    stored: StoredBlob = hub.services.objects.adopt(path)
    keep_large_file(hub.services, repo.id, stored)
    return stored.sha256


def test_what_was_committed_is_what_git_clones(hub: Hub, model: Repo, tmp_path: Path) -> None:
    first = commit(hub, model, [AddFile("a/b.txt", b"b"), AddFile("a/c.txt", b"c"), AddFile("d.txt", b"d")])
    second = commit(hub, model, [Delete("a/b.txt"), Copy("e/f.txt", "d.txt"), Copy("g", "a", is_move=True)])
    work = clone(hub, model, tmp_path / "work")

    found = files_of(work)
    found.pop(".gitattributes")
    assert found == {"d.txt": "d", "e/f.txt": "d", "g/c.txt": "c"}
    assert git(work, "rev-parse", "HEAD", "HEAD~1").output.split() == [second.sha, first.sha]
    assert git(work, "log", "-1", "--format=%an %s").output.strip() == "ada Change files"
    git(work, "fsck", "--strict")


def test_a_commit_to_a_space_is_published_like_a_push(hub: Hub) -> None:
    space = hub.space()
    result = commit(hub, space, [AddFile("app.py", b"print('hello')\n")])

    assert hub.read_space(space).head_sha == result.sha
    assert hub.read_space(space).has_app
    with hub.services.database.read() as tx:
        push = tx.pushes.by_sha(space.id, result.sha)
    assert push is not None
    assert (push.pushed_by, push.problem) == ("ada", None)


def test_a_space_may_be_filled_file_by_file(hub: Hub) -> None:
    space = hub.space()
    result = commit(hub, space, [AddFile("requirements.txt", b"numpy\n")])

    assert "no application file" in " ".join(result.notes)
    assert not hub.read_space(space).has_app


def test_a_card_that_a_push_could_not_bring_is_refused(hub: Hub) -> None:
    space = hub.space()

    with pytest.raises(BadRequest, match="colorFrom"):
        commit(hub, space, [AddFile("README.md", b"---\nsdk: gradio\ncolorFrom: mud\n---\n"), AddFile("app.py", b"")])
    assert hub.read_space(space).head_sha == space.head_sha


def test_a_commit_that_changes_nothing_returns_the_head(hub: Hub, model: Repo) -> None:
    first = commit(hub, model, [AddFile("a.txt", b"a")])

    assert commit(hub, model, [AddFile("a.txt", b"a")]) == first


def test_a_commit_on_another_head_is_refused(hub: Hub, model: Repo) -> None:
    assert model.head_sha is not None
    first = commit(hub, model, [AddFile("a.txt", b"a")], parent=model.head_sha)

    with pytest.raises(BranchMoved):
        commit(hub, model, [AddFile("b.txt", b"b")], parent=model.head_sha)
    commit(hub, model, [AddFile("b.txt", b"b")], parent=first.sha[:7])


def test_writers_at_once_lose_nothing(hub: Hub, model: Repo, tmp_path: Path) -> None:
    def write(number: int) -> None:
        for turn in range(3):
            commit(hub, model, [AddFile(f"{number}/{turn}.txt", b"x")])

    hub.person("ada")
    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    work = clone(hub, model, tmp_path / "work")

    assert len(files_of(work)) == 8 * 3 + 1
    assert git(work, "rev-list", "--count", "HEAD").output.strip() == "25"


def test_many_files_become_one_pack(hub: Hub, model: Repo, tmp_path: Path) -> None:
    commit(hub, model, [AddFile(f"{number}.txt", str(number).encode()) for number in range(200)])
    work = clone(hub, model, tmp_path / "work")

    assert files_of(work)["77.txt"] == "77"
    folder = hub.services.settings.data_dir / "repos" / "models" / f"{model.id}.git" / "objects"
    assert len(list(folder.glob("pack/*.pack"))) == 1
    assert list(folder.glob("tmp_objdir-*")) == []


def test_large_files_become_pointers_with_a_rule(hub: Hub, model: Repo, tmp_path: Path) -> None:
    sha256 = store(hub, model, b"large")
    commit(hub, model, [AddLarge("odd name", sha256, 5), AddLarge("x/weights.bin", sha256)])
    work = clone(hub, model, tmp_path / "work")

    assert f"oid sha256:{sha256}\nsize 5\n" in (work / "odd name").read_text()
    attributes = git(work, "check-attr", "filter", "odd name", "x/weights.bin", "x/odd name").output
    assert "odd name: filter: lfs\nx/weights.bin: filter: lfs\nx/odd name: filter: unspecified" in attributes
    assert "weights" not in (work / ".gitattributes").read_text()


def test_large_files_of_others_cannot_be_named(hub: Hub, model: Repo) -> None:
    other = create_repo(hub.services, hub.person("eve").caller, RepoType.MODEL, "secret")
    sha256 = store(hub, other, b"secret")

    for wanted in (sha256, hashlib.sha256(b"never sent").hexdigest()):
        with pytest.raises(BadRequest, match="were not sent"):
            commit(hub, model, [AddLarge("x.bin", wanted)])


def test_paths_that_lead_elsewhere_are_refused(hub: Hub, model: Repo) -> None:
    for path in ("../x", "a/../b", ".git/config", "a/.GIT/x", "", "/x", "a//b", "a\0b", "x" * 300):
        with pytest.raises(BadRequest, match="path"):
            commit(hub, model, [AddFile(path, b"x")])


def test_files_and_folders_never_hide_each_other(hub: Hub, model: Repo) -> None:
    commit(hub, model, [AddFile("a/b", b"x")])

    for path in ("a", "a/b/c"):
        with pytest.raises(BadRequest, match=r"already|is a file"):
            commit(hub, model, [AddFile(path, b"x")])
    commit(hub, model, [Delete("a/b"), AddFile("a", b"x")])


def test_what_is_not_there_cannot_be_deleted(hub: Hub, model: Repo) -> None:
    with pytest.raises(EntryNotFound, match="A file with this name doesn't exist"):
        commit(hub, model, [Delete("nothing/here.txt")])


def test_commits_go_to_branches_of_ones_own_only(hub: Hub, model: Repo) -> None:
    for revision in ("nowhere", "refs/tags/v1", "refs/spaceport/x", "refs/heads/../x", str(model.head_sha)):
        with pytest.raises(RevisionNotFound):
            commit(hub, model, [AddFile("a", b"x")], revision=revision)
    with pytest.raises(AccessDenied):
        commit(hub, model, [AddFile("a", b"x")], by="eve")
