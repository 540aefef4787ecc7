"""The LFS addresses by hand and by the real Python client: parts, signatures, forged names, rights."""

import base64
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.lfs import lfs_upload, post_lfs_batch_info
from tests.integration.hub.conftest import Hub, running_hub

from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.lfs.ticket import Operation, TransferTicket, seal
from spaceport.repos.repo_creation import create_repo

#: The client's own way to call its HTTP library.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
MIB = 1024**2
CONTENT = os.urandom(3 * MIB + 5)
NOISE = os.urandom(2 * MIB)
SHA = hashlib.sha256(CONTENT).hexdigest()
MEDIA = {"Accept": "application/vnd.git-lfs+json", "Content-Type": "application/vnd.git-lfs+json"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    folder = tmp_path / "data"
    folder.mkdir()
    with running_hub(folder, upload_part_bytes=MIB, max_large_file_bytes=100 * MIB) as hub:
        yield hub


@pytest.fixture
def repo(hub: Hub) -> Repo:
    return create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "tiny")


def bearer(hub: Hub, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {hub.person(who).token}"}


def batch(hub: Hub, operation: str, headers: dict[str, str], path: str = "ada/tiny", **more: Any) -> httpx.Response:
    body = {"operation": operation, "objects": [{"oid": SHA, "size": len(CONTENT)}], **more}
    return httpx.post(f"{hub.url}/{path}.git/info/lfs/objects/batch", json=body, headers=MEDIA | headers)


def upload_address(hub: Hub, who: str = "ada", path: str = "ada/tiny") -> str:
    return str(batch(hub, "upload", bearer(hub, who), path).json()["objects"][0]["actions"]["upload"]["href"])


def is_granted(hub: Hub, repo: Repo, sha256: str = SHA) -> bool:
    with hub.services.database.read() as tx:
        return tx.blobs.is_granted(repo.id, sha256)


def client_upload(hub: Hub, content: bytes) -> None:
    """As ``upload_file`` does it, up to the commit."""
    operation = CommitOperationAdd("model.bin", content)
    token = hub.person("ada").token
    actions, errors, _ = post_lfs_batch_info([operation.upload_info], token, "model", "ada/tiny", "main", hub.url)
    assert errors == []
    lfs_upload(operation, actions[0], token, endpoint=hub.url)


@pytest.mark.parametrize("size", [1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 5])
def test_the_client_uploads_in_one_piece_or_in_parts(hub: Hub, repo: Repo, size: int) -> None:
    content = CONTENT[:size]

    client_upload(hub, content)

    sha256 = hashlib.sha256(content).hexdigest()
    assert is_granted(hub, repo, sha256)
    # It counts for the sender until a branch names it.
    assert httpx.get(f"{hub.url}/api/models/ada/tiny").json()["usedStorage"] == 0
    with hub.services.objects.open_file(sha256) as file:
        assert file.read() == content
    assert list(hub.services.objects.staging.iterdir()) == []


def test_what_the_repo_has_is_not_sent_again(hub: Hub, repo: Repo) -> None:
    client_upload(hub, CONTENT)

    (answer,) = batch(hub, "upload", bearer(hub, "ada")).json()["objects"]

    assert answer == {"oid": SHA, "size": len(CONTENT)}


def test_what_only_others_have_is_sent_again(hub: Hub, repo: Repo) -> None:
    client_upload(hub, CONTENT)
    other = create_repo(hub.services, hub.person("eve").caller, RepoType.MODEL, "mine")

    (upload,) = batch(hub, "upload", bearer(hub, "eve"), "eve/mine").json()["objects"]
    (download,) = batch(hub, "download", bearer(hub, "eve"), "eve/mine").json()["objects"]

    assert "upload" in upload["actions"]
    assert download["error"]["code"] == 404
    assert not is_granted(hub, other)


def test_completing_without_parts_gives_no_right_to_the_bytes_of_others(hub: Hub, repo: Repo) -> None:
    client_upload(hub, CONTENT)
    other = create_repo(hub.services, hub.person("eve").caller, RepoType.MODEL, "mine")
    (answer,) = batch(hub, "upload", bearer(hub, "eve"), "eve/mine", transfers=["multipart"]).json()["objects"]
    upload = answer["actions"]["upload"]
    parts = [{"partNumber": number, "etag": "x"} for number in range(1, 5)]

    completed = httpx.post(upload["href"], json={"oid": SHA, "parts": parts})
    verified = httpx.post(answer["actions"]["verify"]["href"], json={"oid": SHA, "size": len(CONTENT)})

    assert completed.status_code == 400
    assert verified.status_code == 404
    assert not is_granted(hub, other)


def test_parts_may_come_in_any_order_and_again(hub: Hub, repo: Repo) -> None:
    (answer,) = batch(hub, "upload", bearer(hub, "ada"), transfers=["basic", "multipart"]).json()["objects"]
    upload = answer["actions"]["upload"]
    addresses = {int(key): url for key, url in upload["header"].items() if key != "chunk_size"}
    assert sorted(addresses) == [1, 2, 3, 4]
    assert int(upload["header"]["chunk_size"]) == MIB

    assert httpx.put(addresses[2], content=b"x" * MIB).status_code == 200
    for number in (4, 2, 1, 3):
        answer_to_part = httpx.put(addresses[number], content=CONTENT[(number - 1) * MIB : number * MIB])
        assert answer_to_part.headers["etag"]
    done = httpx.post(upload["href"], json={"oid": SHA, "parts": [{"partNumber": n, "etag": "x"} for n in addresses]})
    again = httpx.post(upload["href"], json={"oid": SHA, "parts": [{"partNumber": n, "etag": "x"} for n in addresses]})

    assert done.status_code == again.status_code == 200
    assert is_granted(hub, repo)


def test_a_wrong_part_is_found_and_can_be_mended(hub: Hub, repo: Repo) -> None:
    (answer,) = batch(hub, "upload", bearer(hub, "ada"), transfers=["multipart"]).json()["objects"]
    upload = answer["actions"]["upload"]
    addresses = {int(key): url for key, url in upload["header"].items() if key != "chunk_size"}
    end = {"oid": SHA, "parts": [{"partNumber": number, "etag": "x"} for number in addresses]}
    for number, url in addresses.items():
        httpx.put(url, content=CONTENT[(number - 1) * MIB : number * MIB][::-1])

    refused = httpx.post(upload["href"], json=end)
    for number, url in addresses.items():
        httpx.put(url, content=CONTENT[(number - 1) * MIB : number * MIB])

    assert refused.status_code == 400
    assert httpx.post(upload["href"], json=end).status_code == 200
    assert is_granted(hub, repo)


@pytest.mark.parametrize("announced", [True, False])
def test_other_bytes_than_announced_are_refused(hub: Hub, repo: Repo, announced: bool) -> None:
    address = upload_address(hub)

    for content in (b"", CONTENT[:-1], CONTENT + b"x", CONTENT[::-1]):
        refused = httpx.put(address, content=content if announced else iter([content]))

        assert refused.status_code == 400
        assert refused.json()["error"]
        assert not is_granted(hub, repo)
        assert hub.services.objects.size(SHA) is None
        assert list(hub.services.objects.staging.iterdir()) == []


def test_a_part_has_a_number_and_exactly_its_length(hub: Hub, repo: Repo) -> None:
    (answer,) = batch(hub, "upload", bearer(hub, "ada"), transfers=["multipart"]).json()["objects"]
    upload = answer["actions"]["upload"]

    for part in (-1, 0, 5, 99):
        assert httpx.put(f"{upload['href']}&part={part}", content=b"x").status_code == 400
    for size in (MIB - 1, MIB + 1):
        assert httpx.put(upload["header"]["1"], content=b"x" * size).status_code == 400
        assert httpx.put(upload["header"]["1"], content=iter([b"x" * size])).status_code == 400


def test_a_signature_holds_for_one_thing_only(hub: Hub, repo: Repo) -> None:
    client_upload(hub, CONTENT)
    other = hashlib.sha256(b"other").hexdigest()
    (answer,) = batch(hub, "download", bearer(hub, "ada")).json()["objects"]
    download = answer["actions"]["download"]["href"]

    assert httpx.get(download).content == CONTENT
    assert httpx.put(download, content=CONTENT).status_code == 403
    assert httpx.get(download.replace(SHA, other)).status_code == 403
    assert httpx.get(download[:-1] + ("0" if download[-1] != "0" else "1")).status_code == 403
    assert httpx.get(download.partition("?")[0]).status_code == 403


def test_a_forged_ticket_is_refused(hub: Hub, repo: Repo) -> None:
    base, _, ticket = upload_address(hub).partition("?ticket=")
    payload, _, signature = ticket.partition(".")
    fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(fields | {"repo_id": "0" * 24}).encode()).decode().rstrip("=")

    assert httpx.put(f"{base}?ticket={forged}.{signature}", content=CONTENT).status_code == 403
    assert httpx.put(f"{base}?ticket=%00.%ff", content=CONTENT).status_code == 403


def test_the_rest_of_a_download_is_a_range(hub: Hub, repo: Repo) -> None:
    client_upload(hub, CONTENT)
    (answer,) = batch(hub, "download", {}).json()["objects"]

    rest = httpx.get(answer["actions"]["download"]["href"], headers={"Range": f"bytes={MIB}-"})

    assert rest.status_code == 206
    assert rest.content == CONTENT[MIB:]


def test_rights_are_those_of_git(hub: Hub, repo: Repo) -> None:
    create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "hidden", private=True)
    read_only = {"Authorization": f"Bearer {hub.person('ada').read_token}"}
    basic = {"Authorization": "Basic " + base64.b64encode(f"x:{hub.person('ada').token}".encode()).decode()}
    main = {"ref": {"name": "refs/heads/main"}}

    anonymous = batch(hub, "upload", {})
    assert anonymous.status_code == 401
    assert anonymous.headers["lfs-authenticate"].startswith("Basic")
    assert batch(hub, "upload", {"Authorization": "Bearer hf_wrong"}).status_code == 401
    assert batch(hub, "upload", read_only).status_code == 403
    assert batch(hub, "upload", basic).status_code == 200
    assert batch(hub, "upload", bearer(hub, "eve"), **main).status_code == 403
    for path in ("ada/hidden", "ada/absent"):
        answers = [batch(hub, "download", headers, path) for headers in ({}, bearer(hub, "eve"))]
        assert [answer.status_code for answer in answers] == [401, 404]
        assert [answer.json()["message"] for answer in answers] == [
            "Sign in: any user name, and an access token as password",
            "Repository not found",
        ]


def test_files_for_a_pull_request_are_taken_from_readers(hub: Hub, repo: Repo) -> None:
    """Python clients name the branch without ``refs/heads/`` when they are about to open one."""
    assert batch(hub, "upload", bearer(hub, "eve"), ref={"name": "main"}).status_code == 200
    assert batch(hub, "upload", bearer(hub, "eve"), ref={"name": "refs/pr/1"}).status_code == 200


def test_each_bad_file_has_an_error_of_its_own(hub: Hub, repo: Repo) -> None:
    names = [("../../etc/passwd", 1), (SHA.upper(), 1), (SHA[:-1], 1), ("é" * 64, 1), (SHA, 101 * MIB)]
    objects = [{"oid": oid, "size": size} for oid, size in [*names, (SHA, len(CONTENT))]]

    *bad, good = batch(hub, "upload", bearer(hub, "ada"), objects=objects).json()["objects"]

    assert [each["error"]["code"] for each in bad] == [422] * len(names)
    assert "actions" in good


def test_the_hash_has_two_names_and_no_other(hub: Hub, repo: Repo) -> None:
    """huggingface.js writes ``sha_256``."""
    answers = {
        name: batch(hub, "upload", bearer(hub, "ada"), hash_algo=name) for name in ("sha256", "sha_256", "sha512")
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "sha256": 200,
        "sha_256": 200,
        "sha512": 409,
    }


def test_nonsense_is_refused_in_json(hub: Hub, repo: Repo) -> None:
    url = f"{hub.url}/ada/tiny.git/info/lfs/objects/batch"
    bodies = [
        b"",
        b"[]",
        b'{"operation": "upload"}',
        b'{"operation": "steal", "objects": []}',
        b'{"operation": "upload", "objects": [{"oid": 1, "size": "x"}]}',
        b'{"operation": "upload", "objects": [{"oid": "a", "size": 99999999999999999999999}]}',
        b'{"operation": "upload", "objects": [{"oid": "a", "size": -1}]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"x" * (2 * MIB),
    ]

    for body in bodies:
        answer = httpx.post(url, content=body, headers=MEDIA | bearer(hub, "ada"))

        assert 400 <= answer.status_code < 500
        assert answer.json()["message"] == answer.json()["error"]


def test_locks_are_not_found_and_clients_go_on(hub: Hub, repo: Repo) -> None:
    base, headers = f"{hub.url}/ada/tiny.git/info/lfs/locks", bearer(hub, "ada")

    for answer in (httpx.get(base, headers=headers), httpx.post(f"{base}/verify", headers=headers)):
        assert answer.status_code == 404
        assert "locks" in answer.json()["message"]


def test_an_upload_with_holes_is_refused_unread(hub: Hub, repo: Repo) -> None:
    (answer,) = batch(hub, "upload", bearer(hub, "ada"), transfers=["multipart"]).json()["objects"]
    upload = answer["actions"]["upload"]
    end = {"oid": SHA, "parts": [{"partNumber": number, "etag": "x"} for number in range(1, 5)]}
    for number in (1, 4):
        httpx.put(upload["header"][str(number)], content=CONTENT[(number - 1) * MIB : number * MIB])
    httpx.put(upload["header"]["2"], content=iter([b"too short"]))

    refused = httpx.post(upload["href"], json=end)

    assert refused.status_code == 400
    assert refused.json()["message"] == "part 2 has not arrived, nor have 1 others: send them"
    for number in (2, 3):
        httpx.put(upload["header"][str(number)], content=CONTENT[(number - 1) * MIB : number * MIB])
    assert httpx.post(upload["href"], json=end).status_code == 200
    assert is_granted(hub, repo)


def test_a_wrong_part_alone_is_sent_again(hub: Hub, repo: Repo) -> None:
    (answer,) = batch(hub, "upload", bearer(hub, "ada"), transfers=["multipart"]).json()["objects"]
    upload = answer["actions"]["upload"]
    end = {"oid": SHA, "parts": [{"partNumber": number, "etag": "x"} for number in range(1, 5)]}
    for number in range(1, 5):
        part = CONTENT[(number - 1) * MIB : number * MIB]
        httpx.put(upload["header"][str(number)], content=part[::-1] if number == 3 else part)

    assert httpx.post(upload["href"], json=end).status_code == 400
    assert httpx.put(upload["header"]["3"], content=CONTENT[2 * MIB : 3 * MIB]).status_code == 200
    assert httpx.post(upload["href"], json=end).status_code == 200


def test_what_the_disk_has_no_room_for_is_said_in_each_way_in(tmp_path: Path) -> None:
    """No disk keeps a twentieth of itself and what is in it free as well."""
    usage = shutil.disk_usage(tmp_path)
    content = b"x" * 1000
    with running_hub(tmp_path, max_large_file_bytes=usage.total, max_uncommitted_bytes_per_user=0) as hub:
        repo = create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "tiny")
        objects = [{"oid": SHA, "size": usage.free}]
        (told,) = batch(hub, "upload", bearer(hub, "ada"), objects=objects).json()["objects"]
        address = f"{hub.url}/ada/tiny.git/info/lfs/objects/{SHA}?ticket="
        ticket = TransferTicket(Operation.UPLOAD, repo.id, "x", SHA, usage.free, int(time.time()) + 60)
        refused = httpx.put(address + seal(ticket, hub.services.internal_secret), content=iter([content]))

    assert (told["error"]["code"], refused.status_code) == (507, 507)
    assert "no room" in told["error"]["message"]
    assert "no room" in refused.json()["message"]


def test_a_user_leaves_only_so_much_uncommitted(tmp_path: Path) -> None:
    with running_hub(tmp_path, max_uncommitted_bytes_per_user=len(CONTENT) + 10) as hub:
        create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "tiny")
        api = HfApi(hub.url, hub.person("ada").token)
        first = upload_address(hub)
        assert httpx.put(first, content=CONTENT).status_code == 200
        other = {"objects": [{"oid": "ab" * 32, "size": 11}]}

        (told,) = batch(hub, "upload", bearer(hub, "ada"), **other).json()["objects"]
        with pytest.raises(Exception, match="that no branch names: commit what you sent"):
            api.upload_file(path_or_fileobj=NOISE, path_in_repo="more.bin", repo_id="ada/tiny")
        api.create_commit("ada/tiny", [CommitOperationAdd("model.bin", CONTENT)], commit_message="Name it")
        (free,) = batch(hub, "upload", bearer(hub, "ada"), **other).json()["objects"]

    assert told["error"]["code"] == 403
    assert "actions" in free
