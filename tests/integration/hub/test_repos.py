"""Models and datasets: made with the real client, pushed with the real git, downloaded with the real client."""

from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError
from tests.integration.hub.conftest import Hub, change_files, git, make_work

MODEL = {"README.md": "---\nlicense: mit\npipeline_tag: text-classification\n---\n# A model\n", "config.json": "{}\n"}


def api_of(hub: Hub, name: str = "ada") -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


def pushed(hub: Hub, tmp_path: Path, kind: str = "model", private: bool = False) -> tuple[str, Path]:
    """A repo ``ada/tiny`` with a first push; returns the commit and the working copy."""
    api_of(hub).create_repo("tiny", repo_type=kind, private=private)
    work = make_work(tmp_path / "work", MODEL | {"deep/er/weights.bin": bytes(range(256)) * 40})
    prefix = "" if kind == "model" else f"{kind}s/"
    host = hub.url.removeprefix("http://")
    git(work, "push", "--force", f"http://hf_user:{hub.person('ada').token}@{host}/{prefix}ada/tiny", "main")
    return git(work, "rev-parse", "HEAD").output.strip(), work


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_a_push_is_what_the_client_downloads(hub: Hub, tmp_path: Path, kind: str) -> None:
    sha, work = pushed(hub, tmp_path, kind)

    info = api_of(hub).repo_info("ada/tiny", repo_type=kind, files_metadata=True)
    folder = Path(
        snapshot_download("ada/tiny", repo_type=kind, endpoint=hub.url, cache_dir=tmp_path / "cache", token=False)
    )

    assert info.sha == sha
    assert {each.rfilename: each.size for each in info.siblings or []}["deep/er/weights.bin"] == 10240
    for path in ("README.md", "config.json", "deep/er/weights.bin"):
        assert (folder / path).read_bytes() == (work / path).read_bytes()
    names = [each.path for each in api_of(hub).list_repo_tree("ada/tiny", repo_type=kind, recursive=True)]
    assert names == ["README.md", "config.json", "deep", "deep/er", "deep/er/weights.bin"]


def test_a_second_push_is_seen_and_old_revisions_stay(hub: Hub, tmp_path: Path) -> None:
    old, work = pushed(hub, tmp_path)
    new = change_files(work, {"config.json": '{"a": 1}\n'})
    git(work, "push", f"http://hf_user:{hub.person('ada').token}@{hub.url.removeprefix('http://')}/ada/tiny", "main")

    options = {"endpoint": hub.url, "cache_dir": tmp_path / "cache", "token": False}
    assert Path(hf_hub_download("ada/tiny", "config.json", **options)).read_text() == '{"a": 1}\n'
    assert Path(hf_hub_download("ada/tiny", "config.json", revision=old, **options)).read_text() == "{}\n"
    assert api_of(hub).model_info("ada/tiny").sha == new
    with pytest.raises(EntryNotFoundError):
        hf_hub_download("ada/tiny", "missing.json", **options)


def test_parts_of_files_are_served(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    url = f"{hub.url}/ada/tiny/resolve/main/deep%2Fer/weights.bin"

    part = httpx.get(url, headers={"Range": "bytes=254-257"})
    end = httpx.get(url, headers={"Range": "bytes=-2"})
    beyond = httpx.get(url, headers={"Range": "bytes=10240-"})
    head = httpx.head(url)

    assert (part.status_code, part.content) == (206, bytes([254, 255, 0, 1]))
    assert part.headers["content-range"] == "bytes 254-257/10240"
    assert (end.status_code, end.content) == (206, bytes([254, 255]))
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */10240")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10240", b"")
    assert head.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_private_repo_answers_like_one_that_is_not_there(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path, private=True)
    bob = hub.person("bob")

    for path in ("api/models/ada/{}", "ada/{}/resolve/main/config.json", "ada/{}/info/refs?service=git-upload-pack"):
        for headers in ({}, {"Authorization": f"Bearer {bob.token}"}):
            answers = [httpx.get(f"{hub.url}/{path.format(name)}", headers=headers) for name in ("tiny", "absent")]
            assert answers[0].status_code == answers[1].status_code
            assert answers[0].text == answers[1].text.replace("absent", "tiny")
    with pytest.raises(RepositoryNotFoundError):
        HfApi(hub.url, bob.token).model_info("ada/tiny")
    assert api_of(hub).model_info("ada/tiny").private
    assert list(HfApi(hub.url, bob.token).list_models()) == []
    assert [each.id for each in api_of(hub).list_models()] == ["ada/tiny"]


def test_a_card_that_is_not_yaml_refuses_the_push(hub: Hub, tmp_path: Path) -> None:
    _, work = pushed(hub, tmp_path)
    change_files(work, {"README.md": "---\nlicense: [mit\n---\n"})
    url = f"http://hf_user:{hub.person('ada').token}@{hub.url.removeprefix('http://')}/ada/tiny"

    refused = git(work, "push", url, "main", check=False)

    assert refused.code != 0
    assert "README.md: the front matter is not valid YAML" in refused.output


def test_nobody_else_pushes(hub: Hub, tmp_path: Path) -> None:
    _, work = pushed(hub, tmp_path)
    url = f"http://hf_user:{hub.person('bob').token}@{hub.url.removeprefix('http://')}/ada/tiny"

    refused = git(work, "push", url, "main", check=False)

    assert "bob has no right to push to ada/tiny" in refused.output


def test_delete_frees_the_name(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    api = api_of(hub)

    api.delete_repo("ada/tiny")

    assert not api.repo_exists("ada/tiny")
    assert api.create_repo("tiny").repo_id == "ada/tiny"


def test_an_id_without_an_owner_is_a_repo_that_is_not_there(hub: Hub) -> None:
    """The public Hub has some; clients ask for them and have to be told in the words for repos."""
    api = api_of(hub)
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    calls = [
        lambda: api.list_repo_commits("absent"),
        lambda: list(api.list_repo_tree("absent", repo_type="dataset")),
        lambda: api.unlike("absent", repo_type="space"),
        lambda: hf_hub_download("absent", "config.json", endpoint=hub.url),
        lambda: hf_hub_download("absent", "config.json", endpoint=hub.url, repo_type="dataset"),
    ]
    for call in calls:
        with pytest.raises(RepositoryNotFoundError):
            call()
    unknown = httpx.get(f"{hub.url}/api/models/absent/no-such-call/x", headers=headers)

    assert not api.file_exists("absent", "config.json")
    assert unknown.status_code == 404
    assert "x-error-code" not in unknown.headers
    assert "x-error-code" not in httpx.get(f"{hub.url}/ada/resolve/tree/main", headers=headers).headers
