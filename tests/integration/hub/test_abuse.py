"""What somebody sends who wants to harm: refused at the door, at no more cost than an honest request."""

import hashlib
import struct
import zlib
from pathlib import Path

import httpx
import pytest
from tests.unit.test_git_tree import commit_of

from spaceport.repos.discussions.opening import open_pull_request
from spaceport.repos.paths import repo_path
from spaceport.repos.refs import read_ref

from .conftest import Hub, change_files, git, make_work
from .test_git_protocol import basic

TEN = [f"d{number}" for number in range(10)]


@pytest.mark.parametrize("ref", ["refs/heads/side", "refs/tags/v1", "refs/pr/1"])
def test_folders_that_unfold_to_billions_come_in_by_no_ref(hub: Hub, tmp_path: Path, ref: str) -> None:
    space = hub.space()
    open_pull_request(hub.services, space, hub.person("ada").caller, "A bomb", "")
    folder = repo_path(hub.services.settings.data_dir, space.id)
    before = read_ref(folder, ref)
    commit_of(tmp_path / "bomb", levels=200, names=TEN, leaf="file")
    url = hub.git_url("ada/demo", hub.person("ada").token)
    result = git(tmp_path / "bomb", "push", "-f", url, f"main:{ref}", check=False)

    assert result.code != 0
    assert f"{ref}: the commit has more than 100,000 files and folders" in result.output
    assert read_ref(folder, ref) == before


def test_a_pack_that_unpacks_to_gigabytes_is_given_up(hub: Hub) -> None:
    """A megabyte of zeros, and the order to copy it 1,536 times: twelve kilobytes."""
    space = hub.space()
    zeros = bytes(1024**2)
    copies = b"".join([length_of(len(zeros)), length_of(1536 * len(zeros)), b"\xc0\x10" * 1536])
    base = hashlib.sha1(b"blob %d\0" % len(zeros) + zeros).digest()
    objects = [object_of(3, zeros), object_of(7, copies, base)]
    pack = b"PACK" + struct.pack(">II", 2, len(objects)) + b"".join(objects)
    command = f"{space.head_sha} {'1' * 40} refs/heads/main\0report-status"
    body = f"{len(command) + 4:04x}{command}0000".encode() + pack + hashlib.sha1(pack).digest()
    headers = {**basic(hub.person("ada").token), "Content-Type": "application/x-git-receive-pack-request"}
    answer = httpx.post(f"{hub.url}/spaces/ada/demo/git-receive-pack", content=body, headers=headers, timeout=60)

    assert len(body) < 10_000
    assert answer.content[4:].startswith(b"unpack unpack-objects abnormal exit")
    assert hub.read_space(space).head_sha == space.head_sha


def test_a_file_of_gigabytes_of_zeros_is_refused_by_its_size(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = make_work(tmp_path / "work")
    with (work / "zeros.bin").open("wb") as file:
        file.truncate(200 * 1024**2)
    change_files(work, {})
    result = git(work, "push", "-f", hub.git_url("ada/demo", hub.person("ada").token), "main", check=False)

    assert result.code != 0
    assert "zeros.bin has 200.0 MiB; the limit is 10.0 MiB" in result.output
    assert hub.read_space(space).head_sha == space.head_sha


def test_a_bomb_inside_a_history_makes_no_fetch_endless(hub: Hub, tmp_path: Path) -> None:
    """Later commits took it away, so that no ref is at it; git walks every folder once, but for one filter."""
    hub.space()
    bomb = tmp_path / "bomb"
    commit_of(bomb, levels=200, names=TEN, leaf="file")
    work = make_work(tmp_path / "work")
    git(work, "fetch", str(bomb), "main")
    git(work, "merge", "--allow-unrelated-histories", "-s", "ours", "-m", "Take it away", "FETCH_HEAD")
    url = hub.git_url("ada/demo", hub.person("ada").token)
    git(work, "push", "-f", url, "main")
    rules = git(work, "rev-parse", "HEAD:README.md").output.strip()
    refused = git(tmp_path, "clone", "--bare", f"--filter=sparse:oid={rules}", url, "sparse", check=False)

    assert "filter 'sparse:oid' not supported" in refused.output
    for options in ((), ("--depth=1",), ("--filter=blob:none",), ("--filter=tree:0",)):
        git(tmp_path, "clone", "--bare", *options, url, f"clone{len(options)}{options[-1:]}")


def object_of(kind: int, content: bytes, base: bytes = b"") -> bytes:
    """An object of a pack. Source: gitformat-pack(5)."""
    size, head = len(content) >> 4, (kind << 4) | (len(content) & 15)
    rest = length_of(size) if size else b""
    return bytes([head | (128 if size else 0)]) + rest + base + zlib.compress(content)


def length_of(number: int) -> bytes:
    groups = []
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])
