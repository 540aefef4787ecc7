"""The review of a pull request: comments on lines of code, in the diff and in the conversation."""

import re

import httpx
import pygit2
import pytest

from spaceport.domain.account import Caller
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.repos.discussions.opening import open_pull_request
from spaceport.repos.paths import repo_path

from .conftest import Hub
from .test_web_discussions import Talker

HERE = "/spaces/ada/hello/discussions/1"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def ada(hub: Hub) -> Talker:
    return Talker(hub, hub.user("ada"))


@pytest.fixture
def eve(hub: Hub) -> Talker:
    return Talker(hub, hub.user("eve"))


@pytest.fixture
def space(hub: Hub, ada: Talker, eve: Talker) -> Space:
    """With a pull request of eve, which has one commit."""
    space = hub.space(ada.user, "hello")
    open_pull_request(hub.services, space, Caller(eve.user), "Greet", "")
    commit(hub, space, b"import this\n\nprint('hello')\n")
    return space


def commit(hub: Hub, space: Space, content: bytes) -> None:
    repo = pygit2.Repository(str(repo_path(hub.services.settings.data_dir, space.id, RepoType.SPACE)))
    parent = repo.references["refs/pr/1"].peel(pygit2.Commit)
    builder = repo.TreeBuilder(parent.tree)
    builder.insert("greet.py", repo.create_blob(content), pygit2.enums.FileMode.BLOB)
    author = pygit2.Signature("eve", "eve@localhost")
    repo.create_commit("refs/pr/1", author, author, "Greet", builder.write(), [parent.id])


def say(who: Talker, line: int, text: str, **fields: str) -> httpx.Response:
    """With the form of the file as it is on the page."""
    page = who.browser.get(HERE).text
    names = ("path", "old_sha", "new_sha")
    hidden = {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in names}
    return who.send(f"{HERE}/lines", **{**hidden, "line": str(line), "text": text, **fields})


def test_a_line_is_commented_on_answered_and_outdated(hub: Hub, space: Space, ada: Talker, eve: Talker) -> None:
    said = say(ada, 3, f"Say **goodbye** {EVIL}")
    comment = said.headers["location"].partition("#comment-")[2]
    answered = eve.send(HERE, action="comment", text="Why?", reply_to=comment)
    eve.send(HERE, action="comment", text="Because.", reply_to=answered.headers["location"].partition("#comment-")[2])
    page = eve.browser.get(HERE).text

    assert said.headers["location"] == f"{HERE}#comment-{comment}"
    assert EVIL not in page
    anchor = re.search(r'<a href="#(d\w+-n3)">greet.py, line 3</a>', page)
    assert anchor is not None
    assert f'id="{anchor[1]}"' in page
    assert page.count("<strong>goodbye</strong>") == 2
    conversation, diff = page.split('id="changes-title"')
    assert conversation.index("goodbye") < conversation.index("Why?") < conversation.index("Because.")
    assert diff.index("hello") < diff.index("goodbye") < diff.index("Why?") < diff.index("Because.")

    commit(hub, space, b"import this\n\n\nprint('hello')\n")
    page = eve.browser.get(HERE).text
    assert "greet.py, line 4</a>" in page
    assert "outdated" not in page
    commit(hub, space, b"import this\n\n\nprint('goodbye')\n")
    conversation, diff = eve.browser.get(HERE).text.split('id="changes-title"')
    assert "outdated" in conversation
    assert "print(&#39;hello&#39;)" in conversation
    assert "<strong>goodbye</strong>" not in diff

    events = eve.browser.get("/api/spaces/ada/hello/discussions/1").json()["events"]
    about, why, because = (
        event["data"] for event in events if event["type"] == "comment" and event["data"]["latest"]["raw"]
    )
    assert (about["place"]["path"], about["place"]["side"], about["place"]["line"]) == ("greet.py", "new", 3)
    assert why["relatedEventId"] == because["relatedEventId"] == comment


def test_comments_on_lines_have_their_limits(hub: Hub, space: Space, ada: Talker, eve: Talker) -> None:
    assert say(ada, 9, "There is no such line").status_code == 400
    assert say(ada, 3, "There is no such file", path="other.py").status_code == 400
    assert say(ada, 3, "It was not there before", side="old").status_code == 400
    assert say(ada, 3, " ").status_code == 400
    assert eve.send(HERE, action="comment", text="To whom?", reply_to="f" * 24).status_code == 404
    assert (
        eve.browser.post(f"{HERE}/lines", data={"path": "greet.py", "line": "1", "text": "Forged"}).status_code == 403
    )
    eve.send("/spaces/ada/hello/discussions", title="A question", description="")
    head = re.findall(r'name="new_sha" value="(\w+)"', eve.browser.get(HERE).text)[0]
    elsewhere = {"path": "greet.py", "line": "1", "text": "x", "new_sha": head}
    assert eve.send("/spaces/ada/hello/discussions/2/lines", **elsewhere).status_code == 400
    assert "Comment on a line" not in hub.browser().get(HERE).text


def test_clients_comment_on_lines_over_the_api(space: Space, ada: Talker) -> None:
    head = ada.browser.get("/api/spaces/ada/hello/discussions/1").json()["changes"]["head"]
    place = {"path": "greet.py", "line": 1, "commit": head}
    sent = {"comment": "Why this?", "place": place}

    answer = ada.browser.post("/api/spaces/ada/hello/discussions/1/comment", json=sent)

    assert answer.json()["newMessage"]["data"]["place"] == {**place, "side": "new"}
    assert "Why this?" in ada.browser.get(HERE).text.split('id="changes-title"')[1]
