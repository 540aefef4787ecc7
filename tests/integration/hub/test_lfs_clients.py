"""Large files by the real Python client without Xet, and by git on the other side: what one sends the other gets."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi
from tests.integration.hub.conftest import Hub, change_files, git, running_hub
from tests.integration.hub.test_git_lfs import clone, url_of
from tests.s3_server import running_s3

pytestmark = pytest.mark.git_lfs
MIB = 1024**2

#: Whether Xet is used is decided when the client is imported, so each runs in a process of its own.
PROGRAM = """
import sys, warnings
from pathlib import Path
from huggingface_hub import HfApi, hf_hub_download
warnings.simplefilter("ignore")
api, folder = HfApi(), Path(sys.argv[2])
"""
UPLOAD = """
api.create_repo("ada/tiny", exist_ok=True)
large = folder / "in_parts.safetensors"
api.upload_file(path_or_fileobj=large, path_in_repo=large.name, repo_id="ada/tiny")
api.upload_file(path_or_fileobj=b"in one piece", path_in_repo="piece.bin", repo_id="ada/tiny")
with open(folder / "opened.bin", "rb") as file:
    api.upload_file(path_or_fileobj=file, path_in_repo="deep/opened.bin", repo_id="ada/tiny")
api.upload_folder(folder_path=folder, path_in_repo="all", repo_id="ada/tiny")
"""
DOWNLOAD = """
path = hf_hub_download("ada/tiny", "from_git.bin", cache_dir=folder / "cache")
assert Path(path).read_bytes() == (folder / "from_git.bin").read_bytes()
"""
PROPOSE = """
found = api.upload_file(
    path_or_fileobj=b"of a stranger", path_in_repo="stranger.bin", repo_id="ada/tiny", create_pr=True
)
print(found.pr_revision)
"""


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.s3)])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    """A hub with its large files on disk, or in a bucket."""
    folder = tmp_path / "data"
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        make = stack.enter_context(running_s3()) if request.param == "s3" else None
        objects = make(tmp_path / "incoming") if make else None
        yield stack.enter_context(running_hub(folder, objects, upload_part_bytes=MIB))


def run_client(hub: Hub, who: str, program: str, folder: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")} | {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": hub.person(who).token,
        "HF_HOME": str(folder.parent / "hf-home"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program, "client", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_what_the_client_uploads_is_what_git_pulls(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, size in {"in_parts.safetensors": 3 * MIB + 5, "opened.bin": 2 * MIB, "text.txt": 20}.items():
        (folder / name).write_bytes(os.urandom(size))

    run_client(hub, "ada", UPLOAD, folder)

    work = clone(url_of(hub, "ada/tiny"), tmp_path / "work")
    git(work, "lfs", "pull")
    expected = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert (work / "in_parts.safetensors").read_bytes() == expected["in_parts.safetensors"]
    assert (work / "piece.bin").read_bytes() == b"in one piece"
    assert (work / "deep" / "opened.bin").read_bytes() == expected["opened.bin"]
    for name, content in expected.items():
        assert (work / "all" / name).read_bytes() == content
    assert git(work, "status", "--porcelain").output == ""
    rest = httpx.get(f"{hub.url}/ada/tiny/resolve/main/in_parts.safetensors", headers={"Range": f"bytes={MIB}-"})
    assert rest.content == expected["in_parts.safetensors"][MIB:]
    assert list(hub.services.objects.staging.iterdir()) == []


def test_what_git_pushes_is_what_the_client_downloads(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    content = os.urandom(3 * MIB)
    (folder / "from_git.bin").write_bytes(content)
    HfApi(hub.url, hub.person("ada").token).create_repo("ada/tiny")
    work = clone(url_of(hub, "ada/tiny", "ada"), tmp_path / "work")
    change_files(work, {"from_git.bin": content})
    git(work, "push", "origin", "main")

    run_client(hub, "ada", DOWNLOAD, folder)


def test_a_stranger_proposes_a_large_file(hub: Hub, tmp_path: Path) -> None:
    HfApi(hub.url, hub.person("ada").token).create_repo("ada/tiny")

    revision = run_client(hub, "eve", PROPOSE, tmp_path / "files")

    assert revision == "refs/pr/1"
    work = clone(url_of(hub, "ada/tiny"), tmp_path / "work")
    git(work, "fetch", "origin", "refs/pr/1")
    git(work, "checkout", "FETCH_HEAD")
    git(work, "lfs", "pull", "origin")
    assert (work / "stranger.bin").read_bytes() == b"of a stranger"
