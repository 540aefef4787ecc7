"""Files written, changed and deleted in a browser without scripts."""

import html
import re

import httpx
import pytest

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub

FILES = {
    "notes.txt": "one\ntwo\n",
    "dos.txt": "one\r\ntwo\r\n",
    "picture.png": "\x89\0PNG",
    "<b>.txt": "\n\nx</textarea>",
}


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


@pytest.fixture
def model(hub: Hub, ada: User) -> Repo:
    repo = create_repo(hub.services, Caller(ada), RepoType.MODEL, "tiny")
    write_commit(hub.services, repo, Caller(ada), "main", [AddFile(p, c.encode()) for p, c in FILES.items()], "Add")
    return repo


def form_of(page: httpx.Response) -> dict[str, str]:
    """What a browser would send of the form as it is."""
    assert page.status_code == 200, page.text
    ids = re.findall(r' id="([^"]*)"', page.text)
    assert len(ids) == len(set(ids)), "a label names one thing"
    fields = dict(re.findall(r'<input [^>]*?name="(path|old_path|parent|csrf)"[^>]*?value="([^"]*)"', page.text))
    found = re.search(r"<textarea id=\"file-content\"[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    assert found is not None
    fields["content"] = found[1]
    return {name: html.unescape(value) for name, value in fields.items()}


def raw(browser: httpx.Client, path: str, revision: str = "main") -> str:
    return browser.get(f"/ada/tiny/raw/{revision}/{path}").content.decode()


def test_a_file_is_changed_renamed_made_and_deleted(hub: Hub, model: Repo, ada: User) -> None:
    browser = hub.browser(ada)
    form = form_of(browser.get("/ada/tiny/edit/main/notes.txt"))
    assert form["content"] == "one\ntwo\n"

    done = browser.post("/ada/tiny/edit/main", data={**form, "content": "one\r\nthree\r\n", "path": "docs/n.txt"})
    assert done.headers["location"] == "/ada/tiny/tree/main?done=committed"
    assert raw(browser, "docs/n.txt") == "one\nthree\n"
    assert browser.get("/ada/tiny/blob/main/notes.txt").status_code == 404

    form = form_of(browser.get("/ada/tiny/new/main/docs"))
    assert form["path"] == "docs/"
    browser.post("/ada/tiny/edit/main", data={**form, "path": "docs/new.md", "content": "# New", "message": "Say more"})
    assert "Say more" in browser.get("/ada/tiny/tree/main/docs").text

    form = form_of(browser.get("/ada/tiny/edit/main/docs/new.md"))
    browser.post("/ada/tiny/edit/main", data={**form, "action": "delete"})
    assert browser.get("/ada/tiny/blob/main/docs/new.md").status_code == 404


@pytest.mark.parametrize("name", ["dos.txt", "<b>.txt"])
def test_what_is_not_touched_stays_to_the_byte(hub: Hub, model: Repo, ada: User, name: str) -> None:
    browser = hub.browser(ada)
    page = browser.get(f"/ada/tiny/edit/main/{httpx.URL(path='/' + name).raw_path.decode()[1:]}")
    form = form_of(page)
    sent = form["content"].replace("\r\n", "\n").replace("\n", "\r\n")

    browser.post("/ada/tiny/edit/main", data={**form, "content": sent, "path": "same.txt"})

    assert raw(browser, "same.txt") == FILES[name]


def test_somebody_elses_change_is_never_overwritten(hub: Hub, model: Repo, ada: User) -> None:
    browser = hub.browser(ada)
    form = form_of(browser.get("/ada/tiny/edit/main/notes.txt"))
    write_commit(hub.services, model, Caller(ada), "main", [AddFile("notes.txt", b"theirs\n")], "Meanwhile")

    answer = browser.post("/ada/tiny/edit/main", data={**form, "content": "mine <b>"})

    assert answer.status_code == 400
    assert "changed by somebody else meanwhile" in answer.text
    assert "mine &lt;b&gt;" in answer.text
    assert raw(browser, "notes.txt") == "theirs\n"


@pytest.mark.parametrize("path", ["", "../x", ".git/config", "a//b", "docs/"])
def test_a_path_that_cannot_be_is_explained_and_nothing_typed_is_lost(
    hub: Hub, model: Repo, ada: User, path: str
) -> None:
    browser = hub.browser(ada)
    form = form_of(browser.get("/ada/tiny/new/main"))

    answer = browser.post("/ada/tiny/edit/main", data={**form, "path": path, "content": "long work"})

    assert answer.status_code == 400
    assert "long work" in answer.text


def test_others_propose_and_nobody_edits_what_is_no_text(hub: Hub, model: Repo, ada: User) -> None:
    eve = hub.browser(hub.user("eve"))
    form = form_of(eve.get("/ada/tiny/edit/main/notes.txt"))

    made = eve.post("/ada/tiny/edit/main", data={**form, "content": "better\n", "action": "commit"})

    assert made.headers["location"] == "/ada/tiny/discussions/1?done=proposed"
    assert raw(eve, "notes.txt") == "one\ntwo\n"
    assert "line-plus" in eve.get("/ada/tiny/discussions/1").text
    assert hub.browser(ada).get("/ada/tiny/edit/main/picture.png").status_code == 400
    assert hub.browser().get("/ada/tiny/edit/main/notes.txt").status_code in (303, 401)
    assert hub.browser().post("/ada/tiny/edit/main", data=form).status_code in (401, 403)
    assert eve.post("/ada/tiny/edit/main", data={**form, "csrf": "guess"}).status_code == 403
    assert eve.get("/ada/tiny/edit/none/notes.txt").status_code == 404


def test_without_discussions_others_change_nothing(hub: Hub, model: Repo) -> None:
    with hub.services.database.begin() as tx:
        tx.repos.update(model.id, has_discussions=False)
    eve = hub.browser(hub.user("eve"))

    assert eve.get("/ada/tiny/edit/main/notes.txt").status_code == 403
    assert "Edit</a>" not in eve.get("/ada/tiny/blob/main/notes.txt").text
