"""How a Space's page tells its state, as a browser without scripts sees it."""

import re
from datetime import UTC, datetime

import pytest

from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.stage import Stage

from .conftest import Hub, csrf_of


@pytest.mark.parametrize(
    ("stage", "reason", "words"),
    [
        (Stage.BUILDING, "installing dependencies", "installing dependencies"),
        (Stage.APP_STARTING, None, "Starting"),
        (Stage.BUILD_ERROR, "no package of that name: torchh", "no package of that name: torchh"),
        (Stage.RUNTIME_ERROR, "the app ended with exit code 1", "the app ended with exit code 1"),
        (Stage.NO_APP_FILE, "nothing was pushed to main yet", "Nothing here yet"),
        (Stage.PAUSED, "paused by ada", "paused by ada"),
        (Stage.STOPPED, "stopped by root", "stopped by root"),
        (Stage.SLEEPING, None, "Asleep"),
        (Stage.CONFIG_ERROR, "colorFrom: mauve", "colorFrom: mauve"),
        (Stage.DELETING, "being removed", "Being deleted"),
    ],
)
def test_a_space_that_does_not_serve_says_why(hub: Hub, stage: Stage, reason: str | None, words: str) -> None:
    hub.space(hub.user("ada"), "hello", stage=stage, stage_reason=reason)
    page = hub.browser().get("/spaces/ada/hello")

    assert page.status_code == 200
    assert words in page.text
    assert "<iframe" not in page.text


@pytest.mark.parametrize(
    ("desired", "title", "owner_sees", "admin_sees"),
    [
        (Desired.PAUSED, "Paused by its owner", "Restart</button>", "Restart</button>"),
        (Desired.STOPPED, "Stopped by an admin", "Ask for a review", "Start</button>"),
        (Desired.SUSPENDED, "Stopped by the platform", "Restart</button>", "Restart</button>"),
    ],
)
def test_the_three_kinds_of_pause_look_different(
    hub: Hub, desired: Desired, title: str, owner_sees: str, admin_sees: str
) -> None:
    owner, root = hub.user("ada"), hub.user("root", is_admin=True)
    hub.space(owner, "hello", stage=Stage.PAUSED, desired=desired, stop_reason="why", stage_reason="why")
    visitors, owners, admins = (hub.browser(who).get("/spaces/ada/hello").text for who in (None, owner, root))

    assert all(title in page and "why" in page for page in (visitors, owners, admins))
    assert owner_sees in owners
    assert admin_sees in admins
    assert "</button>" not in visitors.split("data-state", 1)[1].split("</main>")[0]
    if desired is Desired.STOPPED:
        assert "/spaces/ada/hello/start" not in owners


def test_the_page_of_a_sleeping_space_is_a_visit_that_wakes_it(hub: Hub, running_space: Space) -> None:
    now = hub.services.clock.now()
    hub.change(
        running_space, stage=Stage.SLEEPING, stage_reason="asleep: nobody used it", rest=Rest.STOPPED, rest_since=now
    )
    page = hub.browser().get("/spaces/ada/hello").text

    assert "data-waking" in page
    assert "asleep: nobody used it" in page


def test_a_page_says_when_the_space_goes_to_sleep_and_why(hub: Hub, running_space: Space) -> None:
    hub.change(running_space, sleep_seconds=3600, last_use_at=hub.services.clock.now())

    # An age that grows is not news: screen readers are told of it when they come to it.
    assert re.search(
        r'<p aria-live="off">goes to sleep after 1 h without use: .*in 1 hour',
        hub.browser().get("/spaces/ada/hello").text,
    )


def test_a_page_says_when_visitors_do_not_get_what_main_is_at(hub: Hub, running_space: Space) -> None:
    with hub.services.database.read() as tx:
        sha = tx.releases.of_space(running_space.id)[0].sha
    hub.change(running_space, head_sha="f" * 40)
    page = hub.browser().get("/spaces/ada/hello").text
    hub.change(running_space, head_sha=sha)

    assert f"serving release 1 ({sha[:7]}), main is at fffffff" in page
    assert "main is at" not in hub.browser().get("/spaces/ada/hello").text


def test_a_passing_stage_tells_when_it_ends_at_the_latest(hub: Hub) -> None:
    deadline = datetime(2026, 1, 31, 14, 20, tzinfo=UTC)
    reason = "waiting for a free builder, 3rd of 5, about 2 min"
    hub.space(hub.user("ada"), "hello", stage=Stage.BUILDING, stage_reason=reason, stage_deadline_at=deadline)
    page = hub.browser().get("/spaces/ada/hello").text

    assert reason in page
    assert re.search(r"fails at <time [^>]*>14:20 UTC</time> if nothing happens", page)


def test_page_and_api_say_the_same_of_the_wait_for_room_and_the_owner_can_end_it(hub: Hub) -> None:
    ada = hub.user("ada")
    words = "waiting for 4 GiB of memory and 2 cpus, 2 ahead; no running Space goes to sleep by itself"
    space = hub.space(
        ada, "queue", stage=Stage.APP_STARTING, stage_reason=words, waiting_since=hub.services.clock.now()
    )
    browser = hub.browser(ada)
    page, visitor = browser.get("/spaces/ada/queue").text, hub.browser().get("/spaces/ada/queue").text
    told = browser.get("/api/spaces/ada/queue/runtime").json()

    assert "Waiting for room" in page
    assert words in page
    assert words in visitor
    assert (told["reason"], told["stage"]) == (words, "APP_STARTING")
    assert "/spaces/ada/queue/stop-waiting" in page
    assert "stop-waiting" not in visitor

    after = browser.post("/spaces/ada/queue/stop-waiting", data={"csrf": csrf_of(browser)}).headers["location"]

    assert after == "/spaces/ada/queue?done=waits-no-more"
    with hub.services.database.read() as tx:
        paused = tx.spaces.get(space.id)
    assert paused is not None
    assert paused.desired is Desired.PAUSED
    assert "stopped waiting for room" in browser.get("/spaces/ada/queue").text
    assert browser.post("/spaces/ada/queue/stop-waiting", data={"csrf": csrf_of(browser)}).status_code == 409


def test_the_owner_can_stop_start_and_restart(hub: Hub, running_space: Space) -> None:
    with hub.services.database.begin() as tx:
        owner = tx.accounts.user(running_space.owner_id)
    browser = hub.browser(owner)
    form = {"csrf": csrf_of(browser)}

    def desired() -> Desired:
        with hub.services.database.begin() as tx:
            space = tx.spaces.get(running_space.id)
            assert space is not None
            return space.desired

    assert browser.post("/spaces/ada/hello/stop", data=form).headers["location"] == "/spaces/ada/hello?done=paused"
    assert desired() is Desired.PAUSED
    browser.post("/spaces/ada/hello/start", data=form)
    assert desired() is Desired.RUNNING
    assert browser.post("/spaces/ada/hello/restart", data=form).status_code == 303
    assert browser.post("/spaces/ada/hello/rebuild", data=form).status_code == 303


def test_deleting_needs_the_name_typed(hub: Hub) -> None:
    owner = hub.user("ada")
    hub.space(owner, "hello")
    browser = hub.browser(owner)
    form = {"csrf": csrf_of(browser)}

    refused = browser.post("/spaces/ada/hello/delete", data={**form, "confirm": "hello"})
    assert refused.status_code == 400
    assert browser.get("/spaces/ada/hello").status_code == 200

    assert browser.post("/spaces/ada/hello/delete", data={**form, "confirm": "ada/hello"}).status_code == 303
    assert browser.get("/spaces/ada/hello").status_code == 404


def test_what_does_not_fit_the_state_is_told_in_plain_words(hub: Hub) -> None:
    owner = hub.user("ada")
    hub.space(owner, "hello")
    browser = hub.browser(owner)

    answer = browser.post("/spaces/ada/hello/restart", data={"csrf": csrf_of(browser)})

    assert answer.status_code == 409
    assert "push an app to main first" in answer.text
