"""Files uploaded, moved and deleted in a browser, and who wrote which line; without scripts but for one test."""

import re
from pathlib import Path

import httpx
import pytest

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub

BOOK = b'{"cells": [{"cell_type": "code", "source": "1 + 1", "outputs": [{"output_type": "stream", "text": "two"}]}]}'
BINARY = b"\x89PNG\r\n\x1a\n\0" * 1000
#: Some bytes that a parser of forms may stumble over.
TEXT = b"one\r\n--x\n\r\n--\n" * 20_000


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


@pytest.fixture
def model(hub: Hub, ada: User) -> Repo:
    repo = create_repo(hub.services, Caller(ada), RepoType.MODEL, "tiny")
    files = [AddFile("notes.txt", b"one\ntwo\n"), AddFile("docs/a.py", b"import os\n"), AddFile("docs/b.bin", b"\0")]
    write_commit(hub.services, repo, Caller(ada), "main", files, "Add")
    return repo


def csrf_of(browser: httpx.Client, path: str) -> str:
    page = browser.get(path)
    assert page.status_code == 200, page.text
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def send(
    browser: httpx.Client, path: str, files: dict[str, bytes], fields: dict[str, str] | None = None
) -> httpx.Response:
    form = [(name, (None, value.encode())) for name, value in (fields or {}).items()]
    return browser.post(path, files=[*form, *(("files", (name, content)) for name, content in files.items())])


def staged(hub: Hub) -> list[Path]:
    return list(hub.services.objects.staging.glob("form-*"))


def test_files_and_folders_arrive_as_they_were(hub: Hub, model: Repo, ada: User) -> None:
    browser = hub.browser(ada)
    csrf = csrf_of(browser, "/ada/tiny/upload/main/new")
    files = {"a.txt": TEXT, "sub/picture.png": BINARY, "sub/größe.md": b"# x", "empty": b"", "run.ipynb": BOOK}

    done = send(browser, "/ada/tiny/upload/main/new", files, {"csrf": csrf, "message": "Bring them"})

    assert done.headers["location"] == "/ada/tiny/tree/main?done=committed", done.text
    for name, content in files.items():
        assert browser.get(f"/ada/tiny/resolve/main/new/{name}", follow_redirects=True).content == content
    listing = browser.get("/ada/tiny/tree/main/new/sub").text
    assert "LFS" in listing
    assert "Bring them" in listing
    assert "two" in browser.get("/ada/tiny/blob/main/new/run.ipynb").text
    assert staged(hub) == []


def test_a_form_is_refused_before_its_files_are_kept(hub: Hub, model: Repo, ada: User) -> None:
    browser, path = hub.browser(ada), "/ada/tiny/upload/main"
    csrf = csrf_of(browser, path)

    assert send(browser, path, {"a": TEXT}, {"csrf": "wrong"}).status_code == 403
    assert send(browser, path, {"a": TEXT}).status_code == 403
    assert send(browser, path, {"": b""}, {"csrf": "wrong"}).status_code == 403
    assert send(hub.browser(), path, {"a": TEXT}, {"csrf": csrf}).status_code in (401, 403)
    for name, problem in (("../a", "cannot be used"), (".git/config", "cannot be used"), ("", "choose at least one")):
        answer = send(browser, path, {name: b"x"}, {"csrf": csrf, "message": "long <b> thought"})
        assert answer.status_code == 400
        assert problem in answer.text
        assert "long &lt;b&gt; thought" in answer.text
    cut = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert browser.post(path, content=cut, headers=kind).status_code in (400, 403)
    assert browser.post(path, data={"csrf": csrf}).status_code == 400
    assert staged(hub) == []


def test_others_propose_what_they_upload(hub: Hub, model: Repo) -> None:
    eve = hub.browser(hub.user("eve"))
    csrf = csrf_of(eve, "/ada/tiny/upload/main")

    done = send(eve, "/ada/tiny/upload/main", {"x.png": BINARY}, {"csrf": csrf})

    assert done.headers["location"] == "/ada/tiny/discussions/1?done=proposed"
    assert eve.get("/ada/tiny/blob/main/x.png").status_code == 404
    pull = eve.get("/ada/tiny/resolve/refs%2Fpr%2F1/x.png", follow_redirects=True)
    assert pull.content == BINARY


def test_files_and_folders_of_any_kind_are_renamed_and_deleted(hub: Hub, model: Repo, ada: User) -> None:
    browser = hub.browser(ada)
    csrf = csrf_of(browser, "/ada/tiny/move/main/docs")

    def act(path: str, **fields: str) -> httpx.Response:
        return browser.post(f"/ada/tiny/move/main/{path}", data={"csrf": csrf, **fields})

    assert act("docs", action="move", to="texts/all").headers["location"] == "/ada/tiny/tree/main?done=committed"
    assert browser.get("/ada/tiny/blob/main/texts/all/b.bin").status_code == 200
    assert browser.get("/ada/tiny/tree/main/docs").status_code == 404
    assert act("texts/all/b.bin", action="delete").status_code == 303
    assert browser.get("/ada/tiny/blob/main/texts/all/b.bin").status_code == 404
    proposed = act("texts", action="delete", is_proposal="true").headers["location"]
    assert proposed == "/ada/tiny/discussions/1?done=proposed"
    assert browser.get("/ada/tiny/blob/main/texts/all/a.py").status_code == 200

    refused = act("notes.txt", action="move", to="../x", message="kept <i>")
    assert refused.status_code == 400
    assert "kept &lt;i&gt;" in refused.text
    assert act("absent", action="delete").status_code == 404


def test_each_line_is_told_who_wrote_it(hub: Hub, model: Repo, ada: User) -> None:
    write_commit(hub.services, model, Caller(ada), "main", [AddFile("notes.txt", b"one\n<b>2\n")], "Change <i>")
    reader = hub.browser()

    page = reader.get("/ada/tiny/blame/main/notes.txt").text

    assert "Change &lt;i&gt;" in page
    assert "&lt;b&gt;2" in page
    assert 'class="hl-key"' in reader.get("/ada/tiny/blame/main/docs/a.py").text
    assert reader.get("/ada/tiny/blame/main/docs/b.bin").status_code == 400
    assert reader.get("/ada/tiny/blame/main/docs").status_code == 404


def test_branches_are_made_and_deleted(hub: Hub, model: Repo, ada: User) -> None:
    browser, path = hub.browser(ada), "/ada/tiny/branches"
    csrf = csrf_of(browser, path)

    def act(by: httpx.Client = browser, **fields: str) -> httpx.Response:
        return by.post(path, data={"csrf": csrf, **fields})

    assert act(branch="try/this").headers["location"] == f"{path}?done=branch-made"
    assert "/ada/tiny/tree/try%2Fthis" in hub.browser().get(path).text
    assert act(branch="try/this").status_code == 400
    assert "Invalid reference" in act(branch="a b").text
    assert act(branch="x", start="none").status_code == 400
    assert act(branch="main", action="delete").status_code == 400
    assert act(branch="try/this", action="delete").headers["location"] == f"{path}?done=branch-gone"
    assert "try%2Fthis" not in browser.get(path).text
    eve = hub.browser(hub.user("eve"))
    assert act(eve, branch="x").status_code == 403
    assert eve.post(path, data={"csrf": csrf_of(eve, "/ada/tiny/upload/main"), "branch": "x"}).status_code == 403
