"""Pages of models and datasets, and files of all repos, as a browser without scripts uses them."""

import re

import httpx
import pytest

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub, csrf_of

EVIL = "<script>alert(1)</script>"
CARD = f"""---
license: mit
pipeline_tag: text-classification
library_name: transformers
tags: [tiny]
---
# Tiny model

{EVIL}

![of ours](docs/plot.png) ![of others](https://example.org/pixel.png) [notes](docs/notes.md)

<div align="center"><b>HTML</b></div>
"""


def commit(hub: Hub, repo: Repo, owner: User, files: dict[str, str], revision: str = "main") -> str:
    operations = [AddFile(path, content.encode()) for path, content in files.items()]
    return write_commit(hub.services, repo, Caller(owner), revision, operations, f"Add {EVIL}").sha


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


@pytest.fixture
def model(hub: Hub, ada: User) -> Repo:
    repo = create_repo(hub.services, Caller(ada), RepoType.MODEL, "tiny")
    files = {
        "README.md": CARD,
        "docs/notes.md": "[up](../app.py)",
        "app.py": f"print('{EVIL}')\n",
        "a b/ü #1?.txt": "x\n",
    }
    commit(hub, repo, ada, files)
    return repo


def send(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return browser.post(path, data={"csrf": csrf_of(browser), **fields})


def test_a_model_shows_its_card_and_nothing_runs_or_is_loaded_from_elsewhere(hub: Hub, model: Repo) -> None:
    page = hub.browser().get("/ada/tiny").text

    assert '<h1 id="card-tiny-model">' in page
    assert EVIL not in page
    assert "example.org/pixel.png" not in page
    assert re.search(r'<img src="/ada/tiny/resolve/[0-9a-f]{40}/docs/plot.png" alt="of ours">', page)
    assert 'href="/ada/tiny/blob/main/docs/notes.md"' in page
    assert '<div align="center"><b>HTML</b></div>' in page
    assert "pipeline(&#34;text-classification&#34;, model=&#34;ada/tiny&#34;)" in page
    assert 'href="/models?filter=tiny"' in page


def test_a_card_that_never_ends_says_so_to_its_owner_only(hub: Hub, ada: User) -> None:
    repo = create_repo(hub.services, Caller(ada), RepoType.MODEL, "open")
    commit(hub, repo, ada, {"README.md": "---\nlicense: mit\n# Hello"})

    assert "and never ends: write another ---" in hub.browser(ada).get("/ada/open").text
    assert "and never ends" not in hub.browser().get("/ada/open").text


def test_files_are_found_by_walking(hub: Hub, model: Repo) -> None:
    browser = hub.browser()
    root = browser.get("/ada/tiny/tree/main").text

    for name, url in (("docs", "/tree/main/docs"), ("app.py", "/blob/main/app.py"), ("a b", "/tree/main/a%20b")):
        assert f'href="/ada/tiny{url}" dir="auto">{name}</a>' in root
    inside = browser.get("/ada/tiny/tree/main/a%20b").text
    url = re.search(r'href="(/ada/tiny/blob/main/a%20b/[^"]+)"', inside)
    assert url is not None
    assert '<span class="code-line" id="L1">x' in browser.get(url[1]).text
    assert EVIL not in root
    assert "Add &lt;script&gt;" in root


def test_a_file_is_shown_as_what_it_is(hub: Hub, model: Repo, ada: User) -> None:

    commit(hub, model, ada, {"docs/plot.png": "\x89PNG", "weights.txt": "a\0b", "empty.txt": ""})
    browser = hub.browser()

    assert ">'&lt;script&gt;" in browser.get("/ada/tiny/blob/main/app.py").text
    assert '<img src="/ada/tiny/resolve/main/docs/plot.png"' in browser.get("/ada/tiny/blob/main/docs/plot.png").text
    assert "Not a text" in browser.get("/ada/tiny/blob/main/weights.txt").text
    assert "The file is empty" in browser.get("/ada/tiny/blob/main/empty.txt").text
    readme = browser.get("/ada/tiny/blob/main/README.md").text
    assert '<h1 id="card-tiny-model">' in readme
    assert "license: mit" not in readme
    assert "license: mit" in browser.get("/ada/tiny/blob/main/README.md?plain=1").text
    assert 'href="/ada/tiny/blob/main/app.py"' in browser.get("/ada/tiny/blob/main/docs/notes.md").text


def test_old_revisions_and_histories_of_files_are_there(hub: Hub, model: Repo, ada: User) -> None:
    first = model_head(hub, model)
    commit(hub, model, ada, {"app.py": "print('new')\n"})
    browser = hub.browser()

    assert ">'&lt;script" in browser.get(f"/ada/tiny/blob/{first}/app.py").text
    assert browser.get("/ada/tiny/commits/main/app.py").text.count('<li class="deployment') == 2
    assert browser.get("/ada/tiny/commits/main/docs/notes.md").text.count('<li class="deployment') == 1
    assert "line-minus" in browser.get(f"/ada/tiny/commit/{model_head(hub, model)}").text


@pytest.mark.parametrize(
    "path",
    [
        "/ada/none",
        "/ada/tiny/tree/none",
        "/ada/tiny/tree/main/none",
        "/ada/tiny/tree/main/app.py",
        "/ada/tiny/blob/main/docs",
        "/ada/tiny/blob/main/none",
        "/ada/tiny/blob/main/../../secret",
        "/ada/tiny/blob/main/%00",
        "/ada/tiny/commits/main/none",
        "/ada/tiny/commit/none",
        "/datasets/ada/tiny",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(hub: Hub, model: Repo, path: str) -> None:
    answer = hub.browser().get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_private_repo_does_not_exist_for_others(hub: Hub, ada: User) -> None:
    create_repo(hub.services, Caller(ada), RepoType.DATASET, "hidden", private=True)
    eve, own = hub.browser(hub.user("eve")), hub.browser(ada)

    for path in ("", "/tree/main", "/blob/main/.gitattributes", "/commits/main", "/settings"):
        assert own.get(f"/datasets/ada/hidden{path}").status_code == 200
        assert eve.get(f"/datasets/ada/hidden{path}").status_code == 404
    assert "ada/hidden" in own.get("/datasets").text
    assert "ada/hidden" not in eve.get("/datasets").text


def test_a_gate_is_asked_at_and_answered(hub: Hub, model: Repo, ada: User) -> None:
    own, eve = hub.browser(ada), hub.browser(hub.user("eve"))
    saved = send(own, "/ada/tiny/settings/access", visibility="public", gated="manual", discussions="true")
    assert saved.headers["location"] == "/ada/tiny/settings?done=repo-saved#access"

    assert "Ask for access" in eve.get("/ada/tiny").text
    assert eve.get("/ada/tiny/blob/main/app.py").status_code == 403
    assert eve.get(f"/ada/tiny/commit/{model_head(hub, model)}").status_code == 403
    assert send(eve, "/ada/tiny/access").headers["location"] == "/ada/tiny?done=asked"
    assert "has not answered yet" in eve.get("/ada/tiny").text
    assert "pending" in own.get("/ada/tiny/settings").text
    send(own, "/ada/tiny/settings/requests", user="eve", status="accepted")
    assert eve.get("/ada/tiny/blob/main/app.py").status_code == 200
    assert "Ask for access" not in eve.get("/ada/tiny").text


@pytest.mark.parametrize(("kind", "form"), [(RepoType.MODEL, "/new"), (RepoType.DATASET, "/new-dataset")])
def test_a_repo_is_made_renamed_and_deleted(hub: Hub, ada: User, kind: RepoType, form: str) -> None:
    browser = hub.browser(ada)
    base = f"/{kind.prefix}ada"

    assert 'aria-invalid="true"' in send(browser, form, name="a b").text
    made = send(browser, form, name="one", visibility="private")
    assert made.headers["location"] == f"{base}/one?done=repo-created"
    assert "No card yet" in browser.get(f"{base}/one").text
    assert 'value="README.md"' in browser.get(f"{base}/one/new/main/?file=README.md").text
    assert send(browser, form, name="one").status_code == 409
    assert send(browser, form, name="other", license="My Own").status_code == 400
    assert send(browser, form, name="other", license="apache-2.0").status_code == 303
    assert "apache-2.0" in browser.get(f"{base}/other").text
    moved = send(browser, f"{base}/one/settings/name", to_owner="ada", to_name="two")
    assert moved.headers["location"] == f"{base}/two/settings?done=repo-saved#name"
    assert browser.get(f"{base}/one").status_code == 308
    assert send(browser, f"{base}/two/settings/delete", confirm="two").status_code == 400
    assert send(browser, f"{base}/two/settings/delete", confirm="ada/two").status_code == 303
    assert browser.get(f"{base}/two").status_code == 404


def test_forms_of_others_change_nothing(hub: Hub, model: Repo) -> None:
    eve = hub.browser(hub.user("eve"))

    for path in ("access", "name", "delete", "requests"):
        assert send(eve, f"/ada/tiny/settings/{path}", confirm="ada/tiny").status_code == 403
        assert hub.browser().post(f"/ada/tiny/settings/{path}").status_code in (401, 403)
    assert eve.get("/ada/tiny").status_code == 200


def model_head(hub: Hub, repo: Repo) -> str:
    with hub.services.database.read() as tx:
        found = tx.repos.get(repo.id)
    assert found is not None
    assert found.head_sha is not None
    return found.head_sha
