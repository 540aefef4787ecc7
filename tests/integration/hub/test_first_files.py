"""Repos that are made with their first files, as huggingface.js does."""

import base64
from typing import Any

import httpx
import pytest

from .conftest import README, Hub


def create(hub: Hub, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    return httpx.post(f"{hub.url}/api/repos/create", json={"name": "tiny", "type": "model", **body}, headers=headers)


def first_file(path: str, content: bytes) -> dict[str, str]:
    return {"path": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}


def test_a_model_has_the_files_and_the_licence_it_was_made_with(hub: Hub) -> None:
    attributes = b"*.html filter=lfs diff=lfs merge=lfs -text\n"
    files = [first_file(".gitattributes", attributes), {"path": "a/b.txt", "content": "text", "encoding": "utf-8"}]
    answer = create(hub, files=files, license="mit")
    info = httpx.get(f"{hub.url}/api/models/ada/tiny").json()

    assert answer.status_code == 200, answer.text
    assert httpx.get(f"{hub.url}/ada/tiny/resolve/main/.gitattributes").content == attributes
    assert httpx.get(f"{hub.url}/ada/tiny/resolve/main/a/b.txt").text == "text"
    assert info["cardData"] == {"license": "mit"}


def test_a_space_is_made_with_its_app(hub: Hub) -> None:
    files = [first_file("README.md", README.encode()), first_file("app.py", b"print('hello')\n")]
    assert create(hub, type="space", sdk="gradio", files=files).status_code == 200

    assert httpx.get(f"{hub.url}/spaces/ada/tiny/resolve/main/app.py").text == "print('hello')\n"
    assert httpx.get(f"{hub.url}/api/spaces/ada/tiny").json()["cardData"]["title"] == "Demo"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"files": [first_file("../a", b"")]}, 422, "cannot be used"),
        ({"files": [{"path": "a", "content": "?"}]}, 400, "is no base64"),
        ({"files": [first_file("README.md", b"---\nlicense: My Own\n---\n")]}, 400, "identifier of a licence"),
        ({"license": "My Own"}, 400, "identifier of a licence"),
    ],
)
def test_a_repo_whose_first_files_are_refused_is_not_made(hub: Hub, body: Any, status: int, words: str) -> None:
    answer = create(hub, **body)

    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    assert httpx.get(f"{hub.url}/api/models?author=ada").json() == []
    assert create(hub).status_code == 200


@pytest.mark.parametrize(
    ("kind", "path", "mode"),
    [
        ("model", "notes.lfs.txt", "lfs"),
        ("model", "runs/events.out.tfevents.1", "lfs"),
        ("model", "saved_model/1/graph.txt", "lfs"),
        ("model", "part.tar.001", "lfs"),
        ("model", "picture.png", "regular"),
        ("dataset", "deep/picture.png", "lfs"),
        ("dataset", "rows.csv", "regular"),
    ],
)
def test_a_new_repo_sends_to_lfs_what_the_public_hub_does(hub: Hub, kind: str, path: str, mode: str) -> None:
    create(hub, type=kind)
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    files = [{"path": path, "sample": base64.b64encode(b"text").decode(), "size": 4}]
    answer = httpx.post(f"{hub.url}/api/{kind}s/ada/tiny/preupload/main", json={"files": files}, headers=headers)

    assert answer.json()["files"][0]["uploadMode"] == mode
