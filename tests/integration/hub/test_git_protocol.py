"""Git's protocol at the level of HTTP: what is told to whom, gzip, hang-ups, lost hooks."""

import base64
import gzip
import socket
from pathlib import Path

import httpx
import psutil
import pytest

from spaceport.domain.source import source_path, source_token
from spaceport.repos.paths import hooks_dir, repo_path
from spaceport.repos.publish import main_sha
from spaceport.repos.repair import clear_leftovers, repair_unpublished

from .conftest import Hub, change_files, git, make_work, wait_until


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"hf_user:{token}".encode()).decode()}


def told(response: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer but what differs each time, and the name that was asked for."""
    differing = ("date", "x-request-id", "content-length")
    headers = {key: value for key, value in response.headers.items() if key not in differing}
    return response.status_code, response.content.replace(b"ada/nothing", b"ada/secret"), headers


@pytest.mark.parametrize("service", ["git-upload-pack", "git-receive-pack"])
@pytest.mark.parametrize("name", [None, "eve"])
def test_a_private_space_answers_like_an_absent_one(hub: Hub, service: str, name: str | None) -> None:
    hub.space(name="secret", private=True)
    headers = basic(hub.person(name).token) if name else {}
    path = f"info/refs?service={service}"
    private = httpx.get(f"{hub.url}/spaces/ada/secret.git/{path}", headers=headers)
    absent = httpx.get(f"{hub.url}/spaces/ada/nothing.git/{path}", headers=headers)

    assert told(private) == told(absent)
    assert private.status_code == (404 if name else 401)


def test_a_private_space_can_be_cloned_with_a_read_token(hub: Hub, tmp_path: Path) -> None:
    hub.space(name="secret", private=True)
    git(tmp_path, "clone", hub.git_url("ada/secret", hub.person("ada").read_token), "work")

    assert (tmp_path / "work" / "README.md").is_file()


def test_a_wrong_token_is_refused_also_for_public_spaces(hub: Hub) -> None:
    hub.space()
    response = httpx.get(
        f"{hub.url}/spaces/ada/demo/info/refs?service=git-upload-pack", headers=basic("hf_" + "x" * 34)
    )

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic ")


def test_protocol_version_two_is_spoken(hub: Hub) -> None:
    hub.space()
    url = f"{hub.url}/spaces/ada/demo/info/refs?service=git-upload-pack"
    response = httpx.get(url, headers={"Git-Protocol": "version=2"})

    assert response.headers["content-type"] == "application/x-git-upload-pack-advertisement"
    assert "no-cache" in response.headers["cache-control"]
    assert b"version 2" in response.content


def test_the_probe_before_a_large_push_is_answered(hub: Hub) -> None:
    hub.space()
    headers = {**basic(hub.person("ada").token), "Content-Type": "application/x-git-receive-pack-request"}
    response = httpx.post(f"{hub.url}/spaces/ada/demo/git-receive-pack", content=b"0000", headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize("wants", [1, 20_000])
def test_gzipped_requests_are_unpacked(hub: Hub, wants: int) -> None:
    """A megabyte of equal lines is a few kilobytes of gzip: more comes out than goes in."""
    space = hub.space()
    want = (f"0032want {space.head_sha}\n" * wants + "00000009done\n").encode()
    headers = {"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"}
    response = httpx.post(f"{hub.url}/spaces/ada/demo/git-upload-pack", content=gzip.compress(want), headers=headers)

    assert response.status_code == 200
    assert b"PACK" in response.content


def test_a_large_push_arrives_in_chunks(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = make_work(tmp_path / "work")
    noise = b"".join(base64.b64encode(str(number).encode() * 7) for number in range(150_000))
    sha = change_files(work, {"data.txt": noise[: 5 * 1024**2]})
    git(work, "-c", "http.postBuffer=65536", "push", "-f", hub.git_url("ada/demo", hub.person("ada").token), "main")

    assert main_sha(hub.services, space.id) == sha


def test_a_pusher_who_hangs_up_leaves_no_process_and_no_lock(hub: Hub) -> None:
    space = hub.space()
    repo = str(repo_path(hub.services.settings.data_dir, space.id))
    token = basic(hub.person("ada").token)["Authorization"]
    head = (
        "POST /spaces/ada/demo/git-receive-pack HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: {token}\r\nContent-Type: application/x-git-receive-pack-request\r\n\r\n4\r\n00a8\r\n"
    )
    address = hub.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=10) as connection:
        connection.sendall(head.encode())
        wait_until(lambda: bool(git_processes(repo)))

    wait_until(lambda: not git_processes(repo))
    assert not list(Path(repo).rglob("*.lock"))


def git_processes(repo: str) -> list[int]:
    return [
        each.pid
        for each in psutil.process_iter(["cmdline"])
        if "receive-pack" in (each.info["cmdline"] or []) and repo in each.info["cmdline"]
    ]


def test_a_push_whose_hub_cannot_be_asked_fails_cleanly(hub: Hub, tmp_path: Path) -> None:
    """As when the hub dies in the middle of a push: the hook finds nobody, and nothing moves."""
    space = hub.space()
    hook = hooks_dir(hub.services.settings.data_dir) / "pre-receive"
    hook.write_text(hook.read_text().replace("exec ", "SPACEPORT_HOOK_PORT=1 exec ", 1))
    url = hub.git_url("ada/demo", hub.person("ada").token)
    result = git(make_work(tmp_path / "work"), "push", "-f", url, "main", check=False)

    assert result.code != 0
    assert "the hub went away during the push: push again" in result.output
    assert main_sha(hub.services, space.id) == space.head_sha


def test_the_address_of_the_hooks_is_closed_to_others(hub: Hub) -> None:
    body = {"refs": [["0" * 40, "1" * 40, "refs/heads/main"]]}
    for headers in ({}, {"Authorization": "Ticket e30=.0"}, basic(hub.person("ada").token)):
        response = httpx.post(f"{hub.url}/internal/git-hook/post-receive", json=body, headers=headers)
        assert response.status_code == 401


def test_a_push_that_a_killed_hub_missed_is_published_later(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    repo = repo_path(hub.services.settings.data_dir, space.id)
    work = make_work(tmp_path / "work")
    git(work, "push", "-f", str(repo), "main")
    published = [repair_unpublished(hub.services), repair_unpublished(hub.services)]

    assert published == [1, 0]
    assert hub.read_space(space).head_sha == git(work, "rev-parse", "HEAD").output.strip()
    assert hub.read_space(space).has_app


def test_repos_without_a_space_go_to_the_trash(own_hub: Hub) -> None:
    space, other = own_hub.space(), own_hub.space(name="other")
    with own_hub.services.database.begin() as tx:
        tx.spaces.remove(other.id)
    clear_leftovers(own_hub.services, stale_seconds=-1)
    data_dir = own_hub.services.settings.data_dir

    assert repo_path(data_dir, space.id).is_dir()
    assert not repo_path(data_dir, other.id).exists()
    assert len(list((data_dir / "repos" / "trash").iterdir())) == 1


def test_a_runner_fetches_a_commit_with_its_token(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    assert space.head_sha is not None
    url = hub.url + source_path(space.id, space.head_sha)
    token = source_token(hub.services.internal_secret, space.id, space.head_sha)
    response = httpx.get(url, headers={"Authorization": f"Bearer {token}"})
    tar = tmp_path / "commit.tar"
    tar.write_bytes(response.content)

    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"Authorization": "Bearer x"}).status_code == 401
    assert response.headers["content-type"] == "application/x-tar"
    assert b"README.md" in response.content


def test_what_is_marked_export_ignore_is_built_all_the_same(own_hub: Hub, tmp_path: Path) -> None:
    space = own_hub.space()
    work = make_work(tmp_path / "work")
    sha = change_files(work, {".gitattributes": "app.py export-ignore\n"})
    git(work, "push", "-f", own_hub.git_url("ada/demo", own_hub.person("ada").token), "main")
    token = source_token(own_hub.services.internal_secret, space.id, sha)
    response = httpx.get(own_hub.url + source_path(space.id, sha), headers={"Authorization": f"Bearer {token}"})

    assert b"app.py" in response.content.replace(b".gitattributes", b"").replace(b"app.py export-ignore", b"")


def test_an_archive_of_a_commit_that_is_not_there_fails(hub: Hub) -> None:
    space = hub.space()
    sha = "1" * 40
    token = source_token(hub.services.internal_secret, space.id, sha)
    response = httpx.get(hub.url + source_path(space.id, sha), headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 500
