"""The list of deployments and one of them, as a browser without scripts sees them."""

from typing import Any

import pygit2
import pytest

from spaceport.domain.account import User
from spaceport.domain.build import BuildStatus
from spaceport.domain.instance import Role
from spaceport.domain.release import Release, ReleaseStatus
from spaceport.domain.space import Space
from spaceport.domain.stage import Stage
from spaceport.repos.paths import repo_path
from spaceport_runner.contract import run_log_path

from .conftest import Hub, csrf_of

EVIL = '"><script>alert(1)</script>'


def push(hub: Hub, space: Space, files: dict[str, str]) -> str:
    """A commit in the Space's repo, on top of ``main``."""
    repo: Any = pygit2.Repository(str(repo_path(hub.services.settings.data_dir, space.id)))
    builder = repo.TreeBuilder()
    for name, text in files.items():
        builder.insert(name, repo.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
    who = pygit2.Signature("ada", "ada@example.org")
    head = repo.references["refs/heads/main"].target
    sha = str(repo.create_commit("refs/heads/main", who, who, "a commit", builder.write(), [head]))
    hub.change(space, head_sha=sha)
    return sha


def release(hub: Hub, space: Space, sha: str, **values: Any) -> Release:
    """A live instance of a release of that commit; ``values`` are of the release."""
    build = hub.build(space, f"Commit {sha[:7]}", sha=sha, status=BuildStatus.SUCCEEDED)
    instance = hub.instance(space, build)
    with hub.services.database.begin() as tx:
        for other in tx.releases.live(space.id):
            tx.releases.update(other.id, status=ReleaseStatus.RETIRED)
        values = {"status": ReleaseStatus.LIVE, "live_at": hub.services.clock.now()} | values
        tx.releases.update(instance.release_id, message=f"Commit {sha[:7]}", created_by="ada", **values)
        found = tx.releases.get(instance.release_id)
    assert found is not None
    hub.change(space, stage=Stage.RUNNING)
    return found


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


@pytest.fixture
def space(hub: Hub, ada: User) -> Space:
    """Two releases, the second of which serves, and a failed build after them."""
    space = hub.space(ada, "hello")
    first = push(hub, space, {"app.py": "print('one')\n"})
    release(hub, space, first, lock="gradio==6.0.0\n", variables={"MODEL": "small"})
    second = push(hub, space, {"app.py": "print('<b>two</b>')\n"})
    release(hub, space, second, lock="gradio==6.1.0\n", variables={"MODEL": "large"}, secret_versions={"KEY": 1})
    hub.build(space, "Add torch", 0, status=BuildStatus.FAILED, reason="no such package", suggestion="fix the name")
    return space


def test_the_list_tells_what_serves_what_failed_and_why(hub: Hub, ada: User, space: Space) -> None:
    page = hub.browser(ada).get("/spaces/ada/hello/deployments").text

    assert page.index("Add torch") < page.index("Release 2") < page.index("Release 1")
    assert page.count('class="deployment serving"') == 1
    assert "no such package" in page
    assert "fix the name" in page
    assert "changed: 1 variable, 1 secret, 1 package" in page


def test_one_deployment_shows_code_packages_and_variables_against_the_one_before(
    hub: Hub, ada: User, space: Space
) -> None:
    page = hub.browser(ada).get("/spaces/ada/hello/deployments/2").text

    assert "print(&#39;&lt;b&gt;two&lt;/b&gt;&#39;)" in page
    assert "<b>two" not in page
    assert "6.0.0" in page
    assert "6.1.0" in page
    assert "large" in page
    assert "version 1" in page


def test_a_failed_start_shows_cause_what_to_try_and_how_the_log_ended(hub: Hub, ada: User, space: Space) -> None:
    sha = push(hub, space, {"app.py": "import torch\n"})
    failed = {"status": ReleaseStatus.FAILED, "failure": "torch is missing", "suggestion": "add torch"}
    found = release(hub, space, sha, **failed, live_at=None)
    with hub.services.database.begin() as tx:
        run = next(each for each in tx.instances.of_space(space.id) if each.release_id == found.id)
        tx.instances.update(run.id, role=Role.GONE, ended_at=hub.services.clock.now(), reason="torch is missing")
    log = run_log_path(hub.services.settings.data_dir, space.id, run.id)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("2026-01-01T00:00:00Z before\n2026-01-01T00:00:01Z No module named <torch>\n")
    owner, visitor = hub.browser(ada), hub.browser(hub.user("bob"))
    page = owner.get("/spaces/ada/hello/logs").text
    assert "The last start failed: torch is missing" in page
    assert "before\nNo module named &lt;torch&gt;</code>" in page
    hub.change(space, stage=Stage.RUNTIME_ERROR, stage_reason="torch is missing", suggestion="add torch")

    for path in ("", f"/deployments/{found.number}"):
        page = owner.get(f"/spaces/ada/hello{path}").text
        assert "torch is missing" in page
        assert "add torch" in page
        assert "before\nNo module named &lt;torch&gt;</code>" in page
        assert f'href="/spaces/ada/hello/instances/{run.id}"' in page
        assert "No module named" not in visitor.get(f"/spaces/ada/hello{path}").text
    assert "add torch" in owner.get("/spaces/ada/hello/deployments").text


def test_visitors_see_deployments_but_no_secrets_logs_or_buttons(hub: Hub, space: Space) -> None:
    pages = "".join(hub.browser().get(f"/spaces/ada/hello/deployments{path}").text for path in ("", "/2"))

    assert "Release 2" in pages
    assert "large" in pages
    for hidden in ("KEY", "/builds/", "/instances/", "Rebuild"):
        assert hidden not in pages


def test_a_commit_that_a_forced_push_took_away_does_not_break_the_page(hub: Hub, ada: User, space: Space) -> None:
    release(hub, space, "d" * 40)

    page = hub.browser(ada).get("/spaces/ada/hello/deployments/3")

    assert page.status_code == 200
    assert "cannot be compared" in page.text


def test_what_is_not_there_answers_with_a_page(hub: Hub, ada: User, space: Space) -> None:
    for path in ("/deployments/99", "/deployments/0", "/deployments/99999999999999999999", "/deployments?rows=0"):
        assert hub.browser(ada).get(f"/spaces/ada/hello{path}").status_code in (400, 404)


def test_hostile_texts_stay_text(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "evil")
    sha = push(hub, space, {EVIL.replace("/", "-"): EVIL})
    release(hub, space, sha, failure=EVIL, variables={"X": EVIL}, lock=EVIL, image=EVIL)
    with hub.services.database.begin() as tx:
        tx.releases.update(tx.releases.of_space(space.id)[0].id, message=EVIL)
    hub.build(space, EVIL, 0, status=BuildStatus.FAILED, reason=EVIL, suggestion=EVIL, phase=EVIL)

    for path in ("", "/1"):
        page = hub.browser(ada).get(f"/spaces/ada/evil/deployments{path}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def test_a_private_space_hides_its_deployments(hub: Hub, ada: User) -> None:
    release(hub, (space := hub.space(ada, "secret", private=True)), push(hub, space, {"app.py": ""}))
    stranger = hub.browser(hub.user("eve"))

    for path in ("/deployments", "/deployments/1"):
        secret, absent = (stranger.get(f"/spaces/ada/{name}{path}") for name in ("secret", "absent"))
        assert (secret.status_code, secret.text) == (404, absent.text)


def test_rebuilding_with_and_without_the_cache(hub: Hub, ada: User, space: Space) -> None:
    browser = hub.browser(ada)
    asked = []
    for verb in ("rebuild", "factory-rebuild"):
        browser.post(f"/spaces/ada/hello/{verb}", data={"csrf": csrf_of(browser)})
        with hub.services.database.read() as tx:
            found = tx.spaces.get(space.id)
        assert found is not None
        asked.append(found.rebuild_requested)

    assert asked == ["rebuild", "factory"]


def test_rolling_back_says_first_what_comes_back_and_what_does_not(hub: Hub, ada: User, space: Space) -> None:
    hub.change(space, volume_bytes=1024**3)
    page = hub.browser(ada).get("/spaces/ada/hello/deployments/1/rollback").text

    assert "Roll back to release 1?" in page
    assert "small" in page
    assert "The files in /data stay as they are now" in page
    assert "1 package in another version" in page
    assert f'stays at <span class="mono">{str(head_of(hub, space))[:7]}</span>' in page


def test_the_button_makes_a_new_release_of_the_old_image(hub: Hub, ada: User, space: Space) -> None:
    browser = hub.browser(ada)
    form = {"csrf": csrf_of(browser), "reason": "the new one is too large"}
    answer = browser.post("/spaces/ada/hello/deployments/1/rollback", data=form)
    with hub.services.database.read() as tx:
        newest = tx.releases.of_space(space.id)[0]
    page = browser.get(answer.headers["location"]).text

    assert (newest.number, newest.kind, newest.variables) == (3, "rollback", {"MODEL": "small"})
    assert "Rolling back." in page
    assert "back to release 1: the new one is too large" in page
    assert "rollback of release 1 by ada" in page


def test_going_back_is_refused_where_it_makes_no_sense(hub: Hub, ada: User, space: Space) -> None:
    browser = hub.browser(ada)
    for number, words in ((2, "is what serves already"), (99, "nothing here")):
        path = f"/spaces/ada/hello/deployments/{number}/rollback"
        for answer in (browser.get(path), browser.post(path, data={"csrf": csrf_of(browser)})):
            assert answer.status_code in (404, 409)
            assert words in answer.text
            assert ('href="/spaces/ada/hello/deployments">' in answer.text) == (answer.status_code == 409)


def test_only_the_owner_goes_back(hub: Hub, space: Space) -> None:
    eve = hub.browser(hub.user("eve"))
    path = "/spaces/ada/hello/deployments/1/rollback"

    assert eve.get(path).status_code == 403
    assert eve.post(path, data={"csrf": csrf_of(eve)}).status_code == 403
    assert hub.browser().get(path).status_code == 303


def test_the_owner_asks_for_a_review_of_what_an_admin_stopped(hub: Hub, ada: User, space: Space) -> None:
    root, browser = hub.browser(hub.user("root", is_admin=True)), hub.browser(ada)
    root.post("/spaces/ada/hello/stop", data={"csrf": csrf_of(root), "reason": "uses too much"})
    browser.post("/spaces/ada/hello/review", data={"csrf": csrf_of(browser)})
    with hub.services.database.read() as tx:
        stopped = tx.spaces.get(space.id)
    assert stopped is not None
    hub.change(stopped, stage=Stage.PAUSED, stage_reason=stopped.stop_reason)
    page = browser.get("/spaces/ada/hello").text

    assert "uses too much" in page
    assert "You asked for a review" in page


def head_of(hub: Hub, space: Space) -> str | None:
    with hub.services.database.read() as tx:
        found = tx.spaces.get(space.id)
    assert found is not None
    return found.head_sha


def test_commits_are_listed_with_what_was_deployed_of_them(hub: Hub, space: Space) -> None:
    browser = hub.browser()

    page = browser.get(f"/spaces/{space.full_name}/commits/main")

    assert page.status_code == 200
    assert "a commit" in page.text
    assert ">live<" in page.text
    assert "worked, replaced since" in page.text
    assert "Release 2" in page.text


def test_a_commit_shows_its_change_and_its_status(hub: Hub, space: Space) -> None:
    browser = hub.browser()
    sha = push(hub, space, {"app.py": f"print('{EVIL}')\n"})

    page = browser.get(f"/spaces/{space.full_name}/commit/{sha}")

    assert page.status_code == 200
    assert "never deployed" in page.text
    assert EVIL not in page.text
    assert "line-plus" in page.text
    assert browser.get(f"/spaces/{space.full_name}/commit/{'0' * 40}").status_code == 404
