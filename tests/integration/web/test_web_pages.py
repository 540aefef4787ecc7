"""Pages as a browser without scripts sees them."""

import html
import re
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.account import Caller
from spaceport.domain.build import BuildStatus
from spaceport.domain.diagnosis import diagnose_start
from spaceport.domain.instance import Role
from spaceport.domain.space import Space
from spaceport.domain.stage import Stage
from spaceport.rollout.config_commands import set_secret, set_variable
from spaceport.web.account_pages import MAX_NEW_ACCOUNTS
from spaceport_runner.contract import build_log_path, run_log_path
from spaceport_runner.log_file import CappedLog

from .conftest import Hub, run_hub

ABSENT = "No such page, or it is not for you to see."


def test_an_empty_list_teaches_the_first_push_with_the_real_address(hub: Hub) -> None:
    for path in ("/", "/spaces"):
        page = hub.browser().get(path)
        assert page.status_code == 200
        assert f"git clone {hub.url}/spaces/you/my-first-space" in page.text
    assert f"export HF_ENDPOINT={hub.url}" in hub.browser().get("/models").text
    assert "hf upload --repo-type dataset you/my-dataset ." in hub.browser().get("/datasets").text


def test_the_list_shows_each_space_with_its_stage(hub: Hub, running_space: Space) -> None:
    page = hub.browser().get("/spaces").text

    assert 'href="/spaces/ada/hello"' in page
    assert "👋" in page
    assert re.search(r'class="chip ok".*Running', page)


def test_a_running_space_is_framed_from_its_own_origin_only(hub: Hub, running_space: Space) -> None:
    page = hub.browser().get("/spaces/ada/hello?name=Bob&logs=")
    origin = f"http://ada-hello.localhost:{hub.services.settings.apps_port}"

    assert f'src="{origin}/?name=Bob"' in page.text
    assert 'sandbox="allow-downloads allow-forms' in page.text
    assert f"frame-src {origin}" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/", "/spaces/ada/hello", "/spaces/ada/hello/events", "/login", "/models", "/nobody/none"]
)
def test_who_asks_for_the_head_of_a_page_gets_that_of_the_page(hub: Hub, running_space: Space, path: str) -> None:
    head = hub.browser().head(path)

    assert head.status_code == (404 if path == "/nobody/none" else 200)
    assert head.content == b""
    assert "content-type" in head.headers
    if not path.endswith("/events"):
        page = hub.browser().get(path)
        assert (page.status_code, page.headers["content-type"]) == (head.status_code, head.headers["content-type"])


def test_agents_are_told_how_to_call_a_gradio_space(hub: Hub, running_space: Space) -> None:
    hub.space(hub.user("bob"), "site", sdk="static")
    hub.space(hub.user("eve"), "own", private=True)
    told = hub.browser().get("/spaces/ada/hello/agents.md")

    assert told.headers["content-type"].startswith("text/plain")
    assert f"GET http://{running_space.loopback_address}" in told.text
    assert hub.browser().get("/spaces/bob/site/agents.md").status_code == 404
    assert hub.browser().get("/spaces/eve/own/agents.md").status_code == 404


def test_the_drawer_of_logs_is_for_those_who_may_read_them(hub: Hub, running_space: Space) -> None:
    stranger = hub.browser(hub.user("eve"))

    assert "data-log-drawer" not in stranger.get("/spaces/ada/hello?logs=build").text
    assert stranger.get("/spaces/ada/hello/logs/drawer").status_code == 403


def test_names_of_secrets_in_commands_are_for_those_who_set_them(hub: Hub) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "hello")
    set_variable(hub.services, space, Caller(owner), "MODE", "fast")
    set_secret(hub.services, space, Caller(owner), "HIDDEN_KEY", "value")

    stranger, own = (hub.browser(user).get("/spaces/ada/hello").text for user in (None, owner))

    assert "-e MODE=fast" in stranger
    assert "HIDDEN_KEY" not in stranger
    assert "-e MODE=fast -e HIDDEN_KEY" in own


def test_pinned_spaces_come_first_in_their_owners_list(hub: Hub) -> None:
    owner = hub.user("ada")
    hub.space(owner, "pinned", card={"pinned": True})
    hub.space(owner, "newer")

    for path in ("/ada", "/spaces?author=ada"):
        page = hub.browser().get(path).text
        assert page.index("ada/pinned") < page.index("ada/newer")


@pytest.mark.parametrize(
    ("card", "shown", "hidden"),
    [
        ({"header": "mini"}, "mini-head", "space-view column"),
        ({"fullWidth": False}, "space-view column", "mini-head"),
        ({"base_path": "/docs"}, ":{port}/docs?a=1", "mini-head"),
        ({"disable_embedding": True}, "Use via API", "Embed</summary>"),
    ],
)
def test_keys_of_the_card_change_the_frame(hub: Hub, card: dict[str, Any], shown: str, hidden: str) -> None:
    hub.space(hub.user("ada"), "hello", card=card, stage=Stage.RUNNING)
    page = hub.browser().get("/spaces/ada/hello?a=1").text

    assert shown.format(port=hub.services.settings.apps_port) in page
    assert hidden not in page


def test_the_picture_of_a_card_comes_from_the_repo_or_is_only_told(hub: Hub) -> None:
    ada, sha = hub.user("ada"), "a" * 40
    hub.space(ada, "own", card={"thumbnail": "card.png"}, head_sha=sha)
    hub.space(ada, "other", card={"thumbnail": "https://example.org/a.png?x=1&y='2"}, head_sha=sha)
    browser = hub.browser()
    shown = f"/spaces/ada/own/resolve/{sha}/card.png"
    cards = browser.get("/spaces").text

    assert f'src="{shown}"' in cards
    assert "example.org" not in cards
    assert f'property="og:image" content="{hub.services.settings.hub}{shown}"' in browser.get("/spaces/ada/own").text
    told = browser.get("/spaces/ada/other").text
    assert 'property="og:image" content="https://example.org/a.png?x=1&amp;y=&#39;2"' in told
    assert told.count("example.org") == 1


def test_a_failed_build_shows_the_suggestion_and_the_owner_a_way_to_the_log(hub: Hub) -> None:
    owner = hub.user("ada")
    hub.space(owner, "hello", stage=Stage.BUILD_ERROR, stage_reason="no such package", suggestion="fix the name")

    assert "fix the name" in hub.browser().get("/spaces/ada/hello").text
    assert "/logs?show=build" not in hub.browser().get("/spaces/ada/hello").text
    assert "/logs?show=build" in hub.browser(owner).get("/spaces/ada/hello").text


def test_a_private_space_answers_others_exactly_like_an_absent_one(hub: Hub) -> None:
    owner, other = hub.user("ada"), hub.user("eve")
    hub.space(owner, "secret", private=True)
    stranger = hub.browser(other)
    pages = ("", "/logs", "/settings", "/events", "/builds/x", "/instances/x")

    for page in pages:
        secret, absent = (stranger.get(f"/spaces/ada/{name}{page}") for name in ("secret", "absent"))
        assert (secret.status_code, secret.text) == (404, absent.text)
        assert ABSENT in secret.text
    assert "ada/secret" not in stranger.get("/spaces").text
    assert "ada/secret" in hub.browser(owner).get("/spaces").text


def test_anonymous_visitors_learn_nothing_of_a_private_space_either(hub: Hub) -> None:
    hub.space(hub.user("ada"), "secret", private=True)
    nobody = hub.browser()

    secret, absent = nobody.get("/spaces/ada/secret"), nobody.get("/spaces/ada/absent")

    assert secret.status_code == absent.status_code == 404
    assert secret.text.replace("secret", "absent") == absent.text


def test_logs_are_for_the_owner(hub: Hub, running_space: Space) -> None:
    other = hub.user("eve")

    assert hub.browser(other).get("/spaces/ada/hello/logs").status_code == 403
    assert (
        hub.browser().get("/spaces/ada/hello/logs").headers["location"] == "/login?next=%2Fspaces%2Fada%2Fhello%2Flogs"
    )


def test_history_shows_builds_with_reason_and_their_kept_logs(hub: Hub) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "hello")
    build = hub.build(space, "Add torch", sha="c0ffee" + "0" * 34)
    with CappedLog(build_log_path(hub.services.settings.data_dir, build.id), 10_000) as log:
        log.write("2026-01-31T12:00:00.000Z", "\x1b[31mERROR\x1b[0m no torchh <b>")
    hub.end_build(build, BuildStatus.FAILED, reason="no package named torchh", suggestion="did you mean torch?")
    browser = hub.browser(owner)

    logs = browser.get("/spaces/ada/hello/logs").text
    page = browser.get(f"/spaces/ada/hello/builds/{build.id}").text
    download = browser.get(f"/spaces/ada/hello/builds/{build.id}/log.txt")

    assert "c0ffee0" in logs
    assert "Add torch" in logs
    assert "did you mean torch?" in logs
    assert "ERROR no torchh &lt;b&gt;" in page
    assert download.text == "2026-01-31T12:00:00.000Z ERROR no torchh <b>\n"
    assert "attachment" in download.headers["content-disposition"]


def test_the_log_of_another_space_is_not_found_through_ones_own(hub: Hub) -> None:
    ada, eve = hub.user("ada"), hub.user("eve")
    build = hub.build(hub.space(ada, "hello"))
    hub.space(eve, "mine")

    assert hub.browser(eve).get(f"/spaces/eve/mine/builds/{build.id}").status_code == 404
    assert hub.browser(eve).get(f"/spaces/eve/mine/builds/{build.id}/log.txt").status_code == 404


def test_a_wrong_password_is_said_beside_the_form(hub: Hub) -> None:
    hub.user("ada")
    answer = hub.browser().post("/login", data={"name": "ada", "password": "wrong"})

    assert answer.status_code == 401
    assert "Wrong user name or password." in answer.text
    assert 'value="ada"' in answer.text


def test_signing_in_leads_nowhere_else(hub: Hub) -> None:
    form = {"name": hub.user("ada").name, "password": "correct horse battery"}
    for next_page in ("//evil.example", "/\\evil.example", "https://evil.example", "evil"):
        answer = hub.browser().post("/login", data={**form, "next": next_page})

        assert answer.headers["location"] == "/", next_page


def test_joining_is_there_only_when_it_is_open(hub: Hub, tmp_path: Path, apps_port: int) -> None:
    assert hub.browser().get("/join").status_code == 404
    assert hub.browser().post("/join", data={"name": "zoe", "password": "long enough"}).status_code == 404
    with run_hub(tmp_path / "open", apps_port, open_signup=True) as open_hub:
        browser = open_hub.browser()
        assert "at least" in browser.get("/join").text.lower()
        short = browser.post("/join", data={"name": "zoe", "password": "short"})
        joined = browser.post("/join", data={"name": "zoe", "password": "long enough"})

        assert (short.status_code, joined.status_code) == (400, 303)
        assert "Account of zoe" in browser.get("/").text
        for _ in range(MAX_NEW_ACCOUNTS):
            late = browser.post("/join", data={"name": "yan", "password": "short"})
        assert late.status_code == 429
        assert browser.post("/join", data={"name": "yan", "password": "long enough"}).status_code == 429


def test_the_address_of_the_repo_opens_the_page_in_a_browser(hub: Hub, running_space: Space) -> None:
    assert hub.browser().get("/spaces/ada/hello.git").headers["location"] == "/spaces/ada/hello"


def test_unknown_addresses_answer_with_a_page(hub: Hub) -> None:
    for path in ("/nothing", "/spaces/ada", "/static/x/y.css", "/spaces/../../etc/passwd"):
        assert hub.browser().get(path).status_code == 404
    assert ABSENT in hub.browser().get("/nothing").text


@pytest.mark.parametrize(
    ("sdk", "path", "text"),
    [
        ("static", "index.html", "&lt;!doctype html&gt;"),
        ("gradio", "app.py", "import gradio as gr"),
        ("streamlit", "app.py", "import streamlit as st"),
        ("docker", "Dockerfile", "FROM spaceport/base"),
    ],
)
def test_the_first_push_is_taught_for_the_kind_of_space(hub: Hub, sdk: str, path: str, text: str) -> None:
    owner = hub.user("ada")
    hub.space(owner, "first", sdk=sdk)
    browser = hub.browser(owner)

    page = browser.get("/spaces/ada/first").text
    form = browser.get(f"/spaces/ada/first/new/main?file={path}").text

    assert f"cat &gt; {path} &lt;&lt;&#39;EOF&#39;\n{text}" in page
    assert f'href="/spaces/ada/first/new/main?file={path}"' in page
    assert text in form


def test_the_log_of_an_earlier_build_or_run_is_chosen_without_a_script(hub: Hub) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "hello")
    data_dir = hub.services.settings.data_dir
    builds = [hub.build(space, f"Commit {number}", 100 - number, status=BuildStatus.SUCCEEDED) for number in (1, 2)]
    runs = [hub.instance(space, builds[0], role=Role.GONE, restart=1), hub.instance(space, builds[1])]
    for build in builds:
        with CappedLog(build_log_path(data_dir, build.id), 10_000) as log:
            log.write("2026-01-31T12:00:00.000Z", f"built {build.id}")
    for run in runs:
        with CappedLog(run_log_path(data_dir, space.id, run.id), 10_000) as log:
            log.write("2026-01-31T12:00:00.000Z", f"ran {run.id}")
    browser = hub.browser(owner)

    for kind, earlier, newest, words in (("build", builds[0], builds[1], "built"), ("run", runs[0], runs[1], "ran")):
        page = browser.get(f"/spaces/ada/hello/logs?show={kind}").text
        chosen = browser.get(f"/spaces/ada/hello/logs?show={kind}&of={earlier.id}").text
        assert f"{words} {newest.id}" in page
        assert f"{words} {earlier.id}" not in page
        assert f"{words} {earlier.id}" in chosen
        assert f'<option value="{earlier.id}" selected>' in chosen
    assert "release 1, restart 1" in browser.get("/spaces/ada/hello/logs?show=run").text
    assert browser.get("/spaces/ada/hello/logs?show=run&of=nonsense").status_code == 404


def test_an_earlier_start_that_failed_says_why_and_what_to_try(hub: Hub) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "hello")
    error = "ModuleNotFoundError: No module named 'torch'"
    diagnosis = diagnose_start([error], 1, None)
    values = {"role": Role.GONE, "ready_at": None, "exit_code": 1, "reason": diagnosis.cause}
    failed = hub.instance(space, hub.build(space, status=BuildStatus.SUCCEEDED), **values)
    with CappedLog(run_log_path(hub.services.settings.data_dir, space.id, failed.id), 10_000) as log:
        log.write("2026-01-31T12:00:00.000Z", error)
    browser = hub.browser(owner)

    assert diagnosis.suggestion
    for path in (f"instances/{failed.id}", f"logs?show=run&of={failed.id}"):
        page = html.unescape(browser.get(f"/spaces/ada/hello/{path}").text)
        assert page.index(diagnosis.cause) < page.index(error)
        assert diagnosis.suggestion in page
