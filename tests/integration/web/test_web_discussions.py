"""Discussions as a browser without scripts uses them."""

import re

import httpx
import pygit2
import pytest

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import RepoType
from spaceport.repos.paths import repo_path
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub, csrf_of

EVIL = "<script>alert(1)</script>"


class Talker:
    """Somebody with a browser."""

    def __init__(self, hub: Hub, user: User) -> None:
        self.user = user
        self.browser = hub.browser(user)
        self._csrf = csrf_of(self.browser)

    def send(self, path: str, /, **fields: str) -> httpx.Response:
        return self.browser.post(path, data={"csrf": self._csrf, **fields})


@pytest.fixture
def ada(hub: Hub) -> Talker:
    return Talker(hub, hub.user("ada"))


@pytest.fixture
def eve(hub: Hub) -> Talker:
    return Talker(hub, hub.user("eve"))


def commit_to(hub: Hub, repo_id: str, kind: RepoType, ref: str) -> None:
    repo = pygit2.Repository(str(repo_path(hub.services.settings.data_dir, repo_id, kind)))
    parent = repo.references[ref].peel(pygit2.Commit)
    builder = repo.TreeBuilder(parent.tree)
    path = "app.py" if kind is RepoType.SPACE else "notes.txt"
    builder.insert(path, repo.create_blob(b"# a new line\n"), pygit2.enums.FileMode.BLOB)
    author = pygit2.Signature(EVIL.replace("<", "").replace(">", ""), "eve@localhost")
    repo.create_commit(ref, author, author, f"Add notes {EVIL}", builder.write(), [parent.id])


@pytest.mark.parametrize("kind", list(RepoType))
def test_a_pull_request_is_opened_and_merged_on_its_page(hub: Hub, ada: Talker, eve: Talker, kind: RepoType) -> None:
    if kind is RepoType.SPACE:
        repo_id = hub.space(ada.user, "tiny").id
    else:
        repo_id = create_repo(hub.services, Caller(ada.user), kind, "tiny").id
    base = f"/{kind.prefix}ada/tiny/discussions"

    opened = eve.send(base, title=f"Better {EVIL}", description=f"**Why** {EVIL}", is_pull_request="true")
    here = f"{base}/1"
    assert opened.headers["location"] == here
    assert "refs/pr/1" in eve.browser.get(here).text
    assert "Merge into main" not in ada.browser.get(here).text
    commit_to(hub, repo_id, kind, "refs/pr/1")
    page = ada.browser.get(here).text
    assert "<strong>Why</strong>" in page
    assert EVIL not in page
    assert "a new line" in page
    assert "Merge into main" in page
    assert ("What is merged into main is built and deployed." in page) is (kind is RepoType.SPACE)
    assert "Merge into main" not in eve.browser.get(here).text
    assert ">draft<" in ada.browser.get(base).text

    for head in ("", "1" * 40):
        assert ada.send(here, action="merge", head=head).status_code == 409
    [seen] = re.findall(r'name="head" value="(\w{40})"', page)
    merged = ada.send(here, action="merge", text="Thanks", head=seen)
    assert merged.headers["location"] == f"{here}#end"
    page = ada.browser.get(here).text
    assert "merged this" in page
    assert "Thanks" in page
    assert "Merge into main" not in page
    assert ">merged<" in ada.browser.get(f"{base}?status=closed").text


def test_a_discussion_is_commented_closed_renamed_hidden_and_deleted(hub: Hub, ada: Talker, eve: Talker) -> None:
    hub.space(ada.user, "hello")
    base = "/spaces/ada/hello/discussions"
    assert "Community" in eve.browser.get("/spaces/ada/hello").text
    eve.send(base, title="A question", description="")
    eve.send(f"{base}/1", action="comment", text="Anybody?")
    ada.send(f"{base}/1", action="closed", text="Yes.")
    eve.send(f"{base}/1", action="rename", text="A good question")
    page = eve.browser.get(f"{base}/1").text
    for part in ("A good question", "which was: A question", "Anybody?", "Yes.", "closed this", "Open again"):
        assert part in page

    comment = page.split(f"{base}/1/comments/")[2].split("/hide")[0]
    hidden = ada.send(f"{base}/1/comments/{comment}/hide")
    assert hidden.status_code == 303
    assert "Anybody?" not in eve.browser.get(f"{base}/1").text
    assert eve.send(f"{base}/1", action="delete").status_code == 403
    assert ada.send(f"{base}/1", action="delete").headers["location"] == base
    assert eve.browser.get(f"{base}/1").status_code == 404
    assert eve.send(f"{base}/1", action="comment", text="Hello?").status_code == 404


def test_forms_of_others_are_refused_and_visitors_sign_in(hub: Hub, ada: Talker, eve: Talker) -> None:
    space = hub.space(ada.user, "hello")
    base = "/spaces/ada/hello/discussions"
    eve.send(base, title="A question", description="text")

    assert eve.browser.post(base, data={"title": "Forged", "csrf": "x"}).status_code == 403
    assert eve.browser.post(f"{base}/1", data={"text": "Forged"}).status_code == 403
    assert hub.browser().post(base, data={"title": "x"}).status_code == 401
    assert "Sign in" in hub.browser().get(f"{base}/1").text
    assert eve.send(f"{base}/1", action="explode").status_code == 400
    assert eve.send(f"{base}/1", action="comment", text=" ").status_code == 400
    hub.change(space, has_discussions=False)
    assert eve.browser.get(base).status_code == 403
    assert ">Discussions<" not in eve.browser.get("/spaces/ada/hello").text
    hub.change(space, has_discussions=True, private=True)
    for path in (base, f"{base}/1"):
        assert eve.browser.get(path).status_code == 404
        assert ada.browser.get(path).status_code == 200


def test_a_space_may_be_called_discussions(hub: Hub, ada: Talker) -> None:
    hub.space(ada.user, "discussions")

    assert "<title>Discussions" not in ada.browser.get("/spaces/ada/discussions").text
    assert ada.browser.get("/spaces/ada/discussions/logs").status_code == 200
    assert ada.browser.get("/spaces/ada/discussions/discussions").status_code == 200
