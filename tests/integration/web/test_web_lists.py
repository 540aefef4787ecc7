"""Home and lists without scripts: searched, narrowed, turned page by page; likes; what it costs."""

import html
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.stage import Stage
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub, csrf_of


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


def add_repo(hub: Hub, owner: User, name: str, tags: tuple[str, ...] = (), readme: str = "", **values: Any) -> Repo:
    kind = values.pop("kind", RepoType.MODEL)
    repo = create_repo(hub.services, Caller(owner), kind, name, private=values.pop("private", False))
    with hub.services.database.begin() as tx:
        tx.repos.update(repo.id, tags=list(tags), **values)
        tx.tags.replace(repo.id, kind, tags)
        tx.texts.put_card(repo.id, readme)
    return repo


def names(page: str) -> list[str]:
    return re.findall(r'<h3[^>]*><a (?:class="card-link" )?href="/([^"]+)"', page)


def link_of(page: str, rel: str) -> str | None:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return html.unescape(found[1]) if found else None


def walk(browser: httpx.Client, path: str | None, rel: str = "next") -> list[tuple[str, str]]:
    """The addresses and pages from there on."""
    pages = []
    while path is not None:
        answer = browser.get(path)
        assert answer.status_code == 200, answer.text
        pages.append((path, answer.text))
        path = link_of(answer.text, rel)
    return pages


def test_a_search_finds_heads_first_and_then_cards_page_by_page(hub: Hub, ada: User) -> None:
    for number in range(31):
        add_repo(hub, ada, f"whale-{number}", readme="about whales", downloads=number)
    for number in range(31):
        add_repo(hub, ada, f"other-{number}", readme="better than a whale", downloads=number + 100)
    add_repo(hub, ada, "unrelated")
    pages = [names(page) for _, page in walk(hub.browser(), "/models?search=Whale&sort=downloads")]

    found = [name for page in pages for name in page]
    assert [len(page) for page in pages] == [30, 30, 2]
    assert found == [f"ada/{word}-{number}" for word in ("whale", "other") for number in range(30, -1, -1)]
    first, second = (hub.browser().get(path).text for path in ("/models?search=whale", "/models?search=better"))
    assert ("Found in cards" in first, "Found in cards" in second) == (False, True)
    assert "62 models" in first
    assert "No model found" in hub.browser().get("/models?search=zebra").text


@pytest.mark.parametrize("heads", [0, 30, 31, 62])
def test_pages_lead_back_to_those_before_them(hub: Hub, ada: User, heads: int) -> None:
    """Wherever repos found in their cards begin, in the order of something that many have equal."""
    for number in range(heads):
        add_repo(hub, ada, f"whale-{number}", likes=number // 10)
    for number in range(62 - heads):
        add_repo(hub, ada, f"other-{number}", readme="better than a whale", likes=number // 10)
    there = walk(hub.browser(), "/models?search=whale&sort=likes")

    back = walk(hub.browser(), there[-1][0], "prev")

    assert [path for path, _ in reversed(back)] == [path for path, _ in there]
    shown = [re.findall(r">(\d+–\d+)</span>", page) for _, page in there]
    assert shown == [["1–30"], ["31–60"], ["61–62"]]


def test_lists_are_narrowed_by_links_that_can_be_kept(hub: Hub, ada: User) -> None:
    add_repo(hub, ada, "one", ("fill-mask", "transformers", "fr", "license:mit"))
    add_repo(hub, ada, "two", ("fill-mask", "en"))
    browser = hub.browser()
    page = browser.get("/models?search=ada").text

    path = re.search(r'href="([^"]+)" +rel="nofollow"><span dir="auto">mit</span><span class="facet-count">1<', page)
    assert path is not None
    assert html.unescape(path[1]) == "/models?search=ada&license=mit"
    narrowed = browser.get(html.unescape(path[1])).text
    assert names(narrowed) == ["ada/one"]
    assert '<input type="hidden" name="license" value="mit">' in narrowed
    assert 'href="/models?search=ada" aria-label="Take away the filter mit"' in narrowed
    assert names(browser.get("/models?pipeline_tag=fill-mask&language=en").text) == ["ada/two"]
    assert browser.get("/models?cursor=nonsense").status_code == 400


def test_nothing_private_shows_in_names_counts_or_filters(hub: Hub, ada: User) -> None:
    add_repo(hub, ada, "open", ("tiny",))
    add_repo(hub, ada, "hidden", ("unseen-tag",), "unseen words", private=True, description="unseen text")
    own, eve, nobody = hub.browser(ada), hub.browser(hub.user("eve")), hub.browser()

    for path in ("/", "/models", "/models?search=unseen", "/models?filter=unseen-tag", "/?search=unseen"):
        assert "ada/hidden" in own.get(path).text
        for other in (eve, nobody):
            page = other.get(path).text
            assert "hidden" not in re.sub(r"<[^>]*>", "", page), path
            assert "unseen-tag" not in page.replace("?filter=unseen-tag", "") or "filter=" in path
    assert "2 models" in own.get("/models").text
    assert "1 model<" in eve.get("/models").text
    assert "0 models" in nobody.get("/models?search=unseen").text


def test_home_shows_and_searches_all_types(hub: Hub, ada: User) -> None:
    hub.space(ada, "birdsong", card={"title": "Birdsong", "emoji": "🐦"})
    add_repo(hub, ada, "bird-model")
    add_repo(hub, ada, "bird-calls", kind=RepoType.DATASET)
    add_repo(hub, ada, "chess")
    browser = hub.browser()

    assert names(browser.get("/").text) == [
        "spaces/ada/birdsong",
        "ada/chess",
        "ada/bird-model",
        "datasets/ada/bird-calls",
    ]
    found = browser.get("/?search=bird").text
    assert names(found) == ["spaces/ada/birdsong", "ada/bird-model", "datasets/ada/bird-calls"]
    assert 'href="/models?search=bird"' in found
    assert "Nothing found" in browser.get("/?search=zebra").text


@pytest.mark.parametrize("kind", list(RepoType))
def test_a_repo_is_liked_and_unliked_by_a_form(hub: Hub, ada: User, kind: RepoType) -> None:
    base = f"/{kind.prefix}ada/one"
    if kind is RepoType.SPACE:
        hub.space(ada, "one")
    else:
        add_repo(hub, ada, "one", kind=kind)
    eve = hub.browser(hub.user("eve"))
    csrf = csrf_of(eve)

    def likes() -> set[tuple[str, str]]:
        pages = [eve.get(path).text for path in (f"/{kind.plural}?search=one", base, "/ada")]
        return {found for page in pages for found in re.findall(r'aria-pressed="(\w+)"[^>]*: ([\d,]+) like', page)}

    assert likes() == {("false", "0")}
    back = f"/{kind.plural}?search=one"
    assert eve.post(f"{base}/like", data={"csrf": csrf, "back": back}).headers["location"] == back
    assert likes() == {("true", "1")}
    assert eve.post(f"{base}/like", data={"csrf": csrf, "back": "//evil.example"}).headers["location"] == base
    part = eve.post(f"{base}/unlike", data={"csrf": csrf, "part": "true"}).text
    assert part.strip().startswith("<form")
    assert f'action="{base}/like"' in part
    assert likes() == {("false", "0")}
    assert eve.post(f"{base}/like", data={"csrf": "wrong"}).status_code == 403
    assert hub.browser().post(f"{base}/like", data={"csrf": csrf}).status_code in (401, 403)
    assert f'href="/login?next=/{kind.plural}"' in hub.browser().get(f"/{kind.plural}").text


def test_what_is_private_cannot_be_liked_by_others(hub: Hub, ada: User) -> None:
    add_repo(hub, ada, "hidden", private=True)
    eve = hub.browser(hub.user("eve"))

    answers = [eve.post(f"/ada/{name}/like", data={"csrf": csrf_of(eve)}) for name in ("hidden", "absent")]
    assert {answer.status_code for answer in answers} == {404}


def test_a_search_costs_the_same_few_queries_however_much_it_finds(hub: Hub, ada: User) -> None:
    browser = hub.browser(ada)
    paths = ("/?search=bird", "/spaces?search=bird&sdk=gradio&running=true", "/models?search=bird+song&language=en")

    def costs() -> list[int]:
        return [len(queries_of(hub, lambda path=path: browser.get(path))) for path in paths]  # type: ignore[misc]

    add_repo(hub, ada, "bird-song")
    few = costs()
    for number in range(20):
        hub.space(ada, f"bird-{number}", stage=Stage.RUNNING)
        add_repo(hub, ada, f"bird-{number}", ("en",), "a song")

    many = costs()
    assert all(number <= limit for number, limit in zip(many, (20, 18, 16), strict=True)), many
    # Whether there is an index of words is asked once for each connection.
    assert all(number <= before + 2 for number, before in zip(many, few, strict=True)), (few, many)


def queries_of(hub: Hub, do: Callable[[], object]) -> list[str]:
    database: Any = hub.services.database
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(database._reading_engine, "before_cursor_execute", listen)
    try:
        do()
    finally:
        event.remove(database._reading_engine, "before_cursor_execute", listen)
    return [statement for statement in said if statement.startswith("SELECT")]
