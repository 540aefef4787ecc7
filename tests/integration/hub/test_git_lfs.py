"""Large files by git: the real git-lfs against a live hub."""

import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path

import httpx
import pytest
from tests.integration.hub.conftest import README, Hub, change_files, git

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.source import source_path, source_token
from spaceport.repos.duplication import duplicate
from spaceport.repos.repo_creation import create_repo

pytestmark = pytest.mark.git_lfs
WEIGHTS = os.urandom(3 * 1024**2 + 11)
SHA = hashlib.sha256(WEIGHTS).hexdigest()


def make_model(hub: Hub, owner: str = "ada", name: str = "tiny", private: bool = False) -> Repo:
    return create_repo(hub.services, hub.person(owner).caller, RepoType.MODEL, name, private=private)


def url_of(hub: Hub, path: str, who: str | None = None) -> str:
    """For git, with the write token of somebody in it."""
    if who is None:
        return f"{hub.url}/{path}"
    return hub.url.replace("http://", f"http://{who}:{hub.person(who).token}@") + f"/{path}"


def clone(url: str, folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(folder.parent, "-c", "filter.lfs.smudge=", "-c", "filter.lfs.required=false", "clone", url, folder.name)
    git(folder, "lfs", "install", "--local")
    return folder


def push_weights(hub: Hub, folder: Path, path: str = "ada/tiny", content: bytes = WEIGHTS) -> str:
    work = clone(url_of(hub, path, "ada"), folder)
    sha = change_files(work, {"model.safetensors": content})
    git(work, "push", "origin", "main")
    return sha


def test_a_large_file_is_pushed_and_pulled_bit_by_bit(hub: Hub, tmp_path: Path) -> None:
    repo = make_model(hub)

    push_weights(hub, tmp_path / "work")

    copy = clone(url_of(hub, "ada/tiny"), tmp_path / "copy")
    assert (copy / "model.safetensors").read_bytes().startswith(b"version https://git-lfs")
    git(copy, "lfs", "pull")
    assert (copy / "model.safetensors").read_bytes() == WEIGHTS
    with hub.services.database.read() as tx:
        assert tx.blobs.granted_to(repo.id) == {SHA}


def test_a_new_repo_sends_weights_to_lfs_by_itself(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)

    work = clone(url_of(hub, "ada/tiny", "ada"), tmp_path / "work")
    change_files(work, {"model.safetensors": WEIGHTS})

    assert git(work, "lfs", "ls-files", "--long").output.startswith(SHA)


def test_a_pointer_without_its_file_is_refused_with_what_to_do(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    work = clone(url_of(hub, "ada/tiny", "ada"), tmp_path / "work")
    change_files(work, {"model.safetensors": WEIGHTS})

    refused = git(work, "push", "--no-verify", "origin", "main", check=False)
    git(work, "lfs", "push", "--all", "origin")
    mended = git(work, "push", "--no-verify", "origin", "main", check=False)

    assert refused.code != 0
    assert "model.safetensors is a Git LFS pointer to a file that this repo does not have" in refused.output
    assert "git lfs push --all origin" in refused.output
    assert mended.code == 0, mended.output


def test_a_pointer_on_another_branch_is_refused_too(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    work = clone(url_of(hub, "ada/tiny", "ada"), tmp_path / "work")
    git(work, "checkout", "-b", "side")
    change_files(work, {"model.safetensors": WEIGHTS})

    refused = git(work, "push", "--no-verify", "origin", "side", check=False)

    assert refused.code != 0
    assert SHA in refused.output


def test_bytes_of_another_repo_cannot_be_named(hub: Hub, tmp_path: Path) -> None:
    """Somebody who knows the hash pushes a pointer to it, and gets nothing."""
    make_model(hub, private=True)
    push_weights(hub, tmp_path / "work")
    create_repo(hub.services, hub.person("eve").caller, RepoType.MODEL, "mine")
    other = clone(url_of(hub, "eve/mine", "eve"), tmp_path / "other")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA}\nsize {len(WEIGHTS)}\n"
    (other / ".gitattributes").unlink()
    change_files(other, {"model.safetensors": pointer})

    refused = git(other, "push", "--no-verify", "origin", "main", check=False)

    assert refused.code != 0
    assert "does not have" in refused.output


def test_a_private_repo_gives_its_files_to_nobody_else(hub: Hub, tmp_path: Path) -> None:
    make_model(hub, private=True)
    push_weights(hub, tmp_path / "work")
    hub.person("eve")

    copy = clone(url_of(hub, "ada/tiny", "ada"), tmp_path / "copy")
    shutil.rmtree(copy / ".git" / "lfs", ignore_errors=True)
    git(copy, "remote", "set-url", "origin", url_of(hub, "ada/tiny", "eve"))
    refused = git(copy, "lfs", "pull", check=False)

    assert (copy / "model.safetensors").read_bytes().startswith(b"version https://git-lfs")
    assert "not found" in refused.output.lower()


def test_a_reader_cannot_push_large_files(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    hub.person("eve")
    work = clone(url_of(hub, "ada/tiny", "eve"), tmp_path / "work")
    change_files(work, {"model.safetensors": WEIGHTS})

    refused = git(work, "push", "origin", "main", check=False)

    assert refused.code != 0
    with hub.services.database.read() as tx:
        assert tx.blobs.get(SHA) is None


def test_a_space_with_large_files_is_pushed(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    work = clone(url_of(hub, "spaces/ada/demo", "ada"), tmp_path / "work")
    change_files(work, {"README.md": README, "app.py": "", "model.bin": WEIGHTS})

    git(work, "push", "origin", "main")

    copy = clone(url_of(hub, "spaces/ada/demo"), tmp_path / "copy")
    git(copy, "lfs", "pull")
    assert (copy / "model.bin").read_bytes() == WEIGHTS


def archive_of(hub: Hub, space_id: str, sha: str) -> tarfile.TarFile:
    token = source_token(hub.services.internal_secret, space_id, sha)
    answer = httpx.get(hub.url + source_path(space_id, sha), headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return tarfile.open(fileobj=io.BytesIO(answer.content))


def test_a_build_gets_the_files_and_not_their_pointers(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = clone(url_of(hub, "spaces/ada/demo", "ada"), tmp_path / "work")
    name = "deep/" + "long" * 40 + "/ünï.bin"
    sha = change_files(work, {"README.md": README, "app.py": "print()", name: WEIGHTS, "a.bin": b""})
    git(work, "push", "origin", "main")

    with archive_of(hub, space.id, sha) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive if member.isreg()}  # type: ignore[union-attr]

    assert files[name] == WEIGHTS
    assert files["app.py"] == b"print()"
    assert files["a.bin"] == b""


def test_a_duplicate_has_the_large_files_too(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = clone(url_of(hub, "spaces/ada/demo", "ada"), tmp_path / "work")
    change_files(work, {"README.md": README, "app.py": "", "model.bin": WEIGHTS})
    git(work, "push", "origin", "main")

    copy = duplicate(hub.services, hub.read_space(space), hub.person("eve").caller, "eve", "copy")

    assert copy.head_sha is not None
    with archive_of(hub, copy.id, copy.head_sha) as archive:
        content = archive.extractfile("model.bin")
        assert content is not None
        assert content.read() == WEIGHTS
