"""Two branches side by side, and a pull request made of one of them."""

import pytest

from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.branches import create_branch
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub
from .test_web_discussions import Talker

BRANCH = "try/this"
HERE = "/ada/tiny/compare/main..try%2Fthis"


@pytest.fixture
def ada(hub: Hub) -> Talker:
    return Talker(hub, hub.user("ada"))


@pytest.fixture
def model(hub: Hub, ada: Talker) -> Repo:
    """``main`` and a branch, each with a commit that the other has not."""
    owner = Caller(ada.user)
    repo = create_repo(hub.services, owner, RepoType.MODEL, "tiny")
    write_commit(hub.services, repo, owner, "main", [AddFile("a.txt", b"one\n")], "Begin")
    create_branch(hub.services, repo, owner, BRANCH, "main")
    write_commit(hub.services, repo, owner, BRANCH, [AddFile("a.txt", b"one\ntwo\n")], "Say <two>")
    write_commit(hub.services, repo, owner, "main", [AddFile("b.txt", b"of main\n")], "Elsewhere")
    return repo


def test_a_branch_is_compared_and_becomes_a_pull_request(hub: Hub, model: Repo, ada: Talker) -> None:
    eve = Talker(hub, hub.user("eve"))
    assert f'href="{HERE}"' in eve.browser.get("/ada/tiny/branches").text
    assert eve.browser.get("/ada/tiny/compare", params={"head": BRANCH}).headers["location"] == HERE

    page = eve.browser.get(HERE).text
    assert "Say &lt;two&gt;" in page
    assert "+1" in page
    assert "of main" not in page
    assert eve.browser.get("/ada/tiny/compare/main...try/this").status_code == 200
    refused = eve.send(HERE, title=" ", description="kept")
    assert (refused.status_code, "kept</textarea>" in refused.text) == (400, True)
    opened = eve.send(HERE, title="Two", description="**Why** not")

    assert opened.headers["location"] == "/ada/tiny/discussions/1?done=proposed"
    seen = ada.browser.get("/ada/tiny/discussions/1").text
    for part in (">open<", "<strong>Why</strong>", "committed Say &lt;two&gt;", "Merge into main"):
        assert part in seen
    ada.send(
        "/ada/tiny/discussions/1",
        action="merge",
        head=seen.split('name="head" value="')[1][:40],
    )
    assert ada.browser.get("/ada/tiny/raw/main/a.txt").text == "one\ntwo\n"
    assert ada.browser.get(f"/ada/tiny/raw/{BRANCH.replace('/', '%2F')}/a.txt").text == "one\ntwo\n"
    assert "Nothing new" in ada.browser.get(HERE).text
    assert ada.send(HERE, title="Again").status_code == 400


def test_what_cannot_be_compared_or_proposed_says_so(hub: Hub, model: Repo, ada: Talker) -> None:
    assert ada.browser.get("/ada/tiny/compare").status_code == 200
    for path in ("main", "main..", "..main", "main..nothing", "nothing..main"):
        assert ada.browser.get(f"/ada/tiny/compare/{path}").status_code == 404
    assert ada.send("/ada/tiny/compare/try%2Fthis..main", title="Back").status_code == 400
    stranger = hub.browser()
    assert "Open the pull request" not in stranger.get(HERE).text
    assert stranger.post(HERE, data={"title": "x"}).status_code == 401
    with hub.services.database.begin() as tx:
        tx.repos.update(model.id, private=True)
    assert Talker(hub, hub.user("eve")).browser.get(HERE).status_code == 404
