"""How much memory the hub takes for a large file: none that grows with it."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi

MIB = 1024**2
SIZE = 768 * MIB
XET_SIZE = 192 * MIB
#: Of the blocks on their way and of what Python gives back late: far from the size of any of the files.
MAX_GROWTH_BYTES = 96 * MIB
ZEROS = bytes(MIB)
#: Until an answer: the bench sends ten gigabytes, which a slow disk has to have first.
TIMEOUT_SECONDS = 900

_HUB = """
import json, sys
from pathlib import Path
from spaceport.domain.repo import RepoType
from spaceport.repos.repo_creation import create_repo
from tests.integration.hub.conftest import running_hub

with running_hub(Path(sys.argv[1]), max_uncommitted_bytes_per_user=0) as hub:
    ada = hub.person("ada")
    create_repo(hub.services, ada.caller, RepoType.MODEL, "tiny")
    print(json.dumps([hub.url, ada.token]), flush=True)
    sys.stdin.read()
"""


@dataclass
class HubProcess:
    """A hub in a process of its own, whose memory is told by the kernel."""

    url: str
    token: str
    pid: int

    def forget_peak(self) -> int:
        """Source: proc(5), ``clear_refs`` and ``VmHWM``."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.peak_bytes()

    def peak_bytes(self) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    def address(self, operation: str, sha256: str, size: int) -> str:
        body = {"operation": operation, "objects": [{"oid": sha256, "size": size}]}
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.post(f"{self.url}/ada/tiny.git/info/lfs/objects/batch", json=body, headers=headers)
        return str(answer.json()["objects"][0]["actions"][operation]["href"])


@contextlib.contextmanager
def hub_process(folder: Path) -> Iterator[HubProcess]:
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", _HUB, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield HubProcess(*json.loads(process.stdout.readline()), process.pid)
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def zeros(size: int) -> Iterator[bytes]:
    for _ in range(size // MIB):
        yield ZEROS


def sha_of_zeros(size: int) -> str:
    digest = hashlib.sha256()
    for block in zeros(size):
        digest.update(block)
    return digest.hexdigest()


def send(hub: HubProcess, size: int) -> None:
    address = hub.address("upload", sha_of_zeros(size), size)
    assert httpx.put(address, content=zeros(size), timeout=TIMEOUT_SECONDS).status_code == 200


def fetch(hub: HubProcess, size: int) -> int:
    with httpx.stream("GET", hub.address("download", sha_of_zeros(size), size), timeout=TIMEOUT_SECONDS) as answer:
        return sum(len(chunk) for chunk in answer.iter_raw(MIB))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the most memory that was used")
def test_memory_stays_flat_whatever_the_size_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    noise = tmp_path / "noise.bin"
    with noise.open("wb") as file:
        for _ in range(XET_SIZE // MIB):
            file.write(os.urandom(MIB))
    with hub_process(tmp_path / "data") as hub:
        send(hub, MIB)
        assert fetch(hub, MIB) == MIB
        before = hub.forget_peak()

        send(hub, SIZE)
        by_lfs = hub.peak_bytes() - before
        assert fetch(hub, SIZE) == SIZE
        down = hub.peak_bytes() - before
        api = HfApi(hub.url, hub.token)
        api.upload_file(path_or_fileobj=noise, path_in_repo="noise.bin", repo_id="ada/tiny")
        by_xet = hub.peak_bytes() - before
        api.hf_hub_download("ada/tiny", "noise.bin", cache_dir=tmp_path / "cache")
        in_chunks = hub.peak_bytes() - before

    assert by_lfs < MAX_GROWTH_BYTES
    assert down < MAX_GROWTH_BYTES
    assert by_xet < MAX_GROWTH_BYTES
    assert in_chunks < MAX_GROWTH_BYTES
