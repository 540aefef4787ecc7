"""Uploads by huggingface_hub and hf as they are run, each a process with a cache of its own: large files go by Xet."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.integration.hub.conftest import Hub
from tests.xet_capture import repeatable_bytes

from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.repo_creation import create_repo

NOISE = repeatable_bytes("weights", 30_000_000)
REPEATED = NOISE[:12_000_000] + bytes(3_000_000) + NOISE[5_000_000:12_000_000] * 2


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    return own_hub


@pytest.fixture
def repo(hub: Hub) -> Repo:
    return create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "tiny")


def run(hub: Hub, home: Path, arguments: Sequence[str], who: str = "ada") -> str:
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home / "hf"),
        "HF_TOKEN": hub.person(who).token,
        "HOME": str(home),
    }
    done = subprocess.run(
        arguments, env=environment, cwd=home, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python(hub: Hub, home: Path, code: str, who: str = "ada") -> str:
    return run(hub, home, [sys.executable, "-c", f"from huggingface_hub import HfApi\napi = HfApi()\n{code}"], who)


def download(hub: Hub, home: Path, path: str, revision: str = "main") -> bytes:
    code = f"print(api.hf_hub_download('ada/tiny', {path!r}, revision={revision!r}, force_download=True))"
    return Path(python(hub, home, code).strip().splitlines()[-1]).read_bytes()


def xet_names(hub: Hub, repo: Repo) -> list[str | None]:
    with hub.services.database.read() as tx:
        return [blob.xet_hash for blob in tx.blobs.granted_blobs(repo.id).values()]


def test_a_file_is_uploaded_from_a_path_and_from_bytes(hub: Hub, repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(NOISE)
    (tmp_path / "repeated").write_bytes(REPEATED)
    python(
        hub,
        tmp_path,
        "api.upload_file(path_or_fileobj='model.safetensors', path_in_repo='model.safetensors', repo_id='ada/tiny')\n"
        "content = open('repeated', 'rb').read()\n"
        "api.upload_file(path_or_fileobj=content, path_in_repo='data/repeated.bin', repo_id='ada/tiny')",
    )

    assert download(hub, tmp_path, "model.safetensors") == NOISE
    assert download(hub, tmp_path, "data/repeated.bin") == REPEATED
    names = xet_names(hub, repo)
    assert len(names) == 2
    assert all(names)


def test_a_changed_file_replaces_the_one_before(hub: Hub, repo: Repo, tmp_path: Path) -> None:
    upload = "api.upload_file(path_or_fileobj='model.bin', path_in_repo='model.bin', repo_id='ada/tiny')"
    (tmp_path / "model.bin").write_bytes(NOISE)
    python(hub, tmp_path, upload)
    (tmp_path / "model.bin").write_bytes(NOISE[:17_000_000] + b"changed" + NOISE[17_000_000:])

    python(hub, tmp_path, upload)

    assert download(hub, tmp_path, "model.bin") == (tmp_path / "model.bin").read_bytes()
    assert len(xet_names(hub, repo)) == 2


def make_folder(folder: Path) -> dict[str, bytes]:
    contents = {
        "config.json": b'{"model_type": "tiny"}',
        "model-00001-of-00002.safetensors": NOISE[:15_000_000],
        "model-00002-of-00002.safetensors": NOISE[10_000_000:],
        "deep/er/table.parquet": REPEATED[:1_000_000],
        "deep/empty.bin": b"",
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return contents


def test_a_folder_is_uploaded_and_comes_back(hub: Hub, repo: Repo, tmp_path: Path) -> None:
    contents = make_folder(tmp_path / "folder")

    python(hub, tmp_path, "api.upload_folder(folder_path='folder', repo_id='ada/tiny')")
    python(hub, tmp_path, "api.snapshot_download('ada/tiny', local_dir='copy')")

    assert {name: (tmp_path / "copy" / name).read_bytes() for name in contents} == contents


def test_hf_upload_and_hf_download_carry_a_folder(hub: Hub, repo: Repo, tmp_path: Path) -> None:
    contents = make_folder(tmp_path / "folder")
    hf = str(Path(sys.executable).with_name("hf"))

    run(hub, tmp_path, [hf, "upload", "ada/tiny", "folder", "."])
    run(hub, tmp_path, [hf, "download", "ada/tiny", "--local-dir", "copy"])

    assert {name: (tmp_path / "copy" / name).read_bytes() for name in contents} == contents


def test_a_stranger_uploads_into_a_pull_request(hub: Hub, repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(NOISE)
    code = (
        "done = api.upload_file(path_or_fileobj='model.bin', path_in_repo='model.bin', repo_id='ada/tiny', "
        "create_pr=True)\nprint(done.pr_revision)"
    )

    assert python(hub, tmp_path, code, "eve").strip().splitlines()[-1] == "refs/pr/1"

    assert download(hub, tmp_path, "model.bin", "refs/pr/1") == NOISE


def test_a_file_of_another_repo_is_sent_again_and_kept_once(hub: Hub, repo: Repo, tmp_path: Path) -> None:
    create_repo(hub.services, hub.person("eve").caller, RepoType.DATASET, "table", private=True)
    (tmp_path / "rows.parquet").write_bytes(NOISE)
    for who, repo_id, kind in (("ada", "ada/tiny", "model"), ("eve", "eve/table", "dataset")):
        home = tmp_path / who
        home.mkdir()
        python(
            hub,
            home,
            f"api.upload_file(path_or_fileobj='../rows.parquet', path_in_repo='rows.parquet', repo_id={repo_id!r}, "
            f"repo_type={kind!r})",
            who,
        )

    assert len(list(hub.services.objects.all())) == 1
