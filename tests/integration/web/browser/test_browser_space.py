"""A Space's page in a real browser: what changes without a reload, and what stays."""

import pytest
from playwright.sync_api import expect

from spaceport.domain.build import BuildStatus
from spaceport.domain.space import Rest, Space
from spaceport.domain.stage import Stage

from ..conftest import Hub
from .conftest import Open

pytestmark = pytest.mark.browser


def test_the_app_appears_without_a_reload_when_the_space_runs(hub: Hub, open_page: Open) -> None:
    space = hub.space(hub.user("ada"), "hello", stage=Stage.BUILDING, stage_reason="installing dependencies")
    page = open_page("/spaces/ada/hello?name=Bob")
    expect(page.locator("[data-status] .chip")).to_have_text("Building")
    page.evaluate("window.sameDocument = true")

    hub.change(space, stage=Stage.APP_STARTING, stage_reason=None)
    expect(page.locator("[data-status] .chip")).to_have_text("Starting")
    hub.instance(space, hub.build(space, status=BuildStatus.SUCCEEDED))
    hub.change(space, stage=Stage.RUNNING)

    expect(page.locator("[data-status] .chip")).to_have_text("Running")
    expect(page.frame_locator("[data-frame]").locator("#hello")).to_contain_text("/?name=Bob")
    assert page.evaluate("window.sameDocument")


def test_a_rebuild_leaves_the_frame_alone_and_a_new_version_is_offered(
    hub: Hub, running_space: Space, open_page: Open
) -> None:
    page = open_page("/spaces/ada/hello")
    app = page.frame_locator("[data-frame]").locator("#hello")
    expect(app).to_be_visible()
    app.evaluate("element => { element.textContent = 'half typed'; }")

    hub.change(running_space, stage=Stage.RUNNING_BUILDING, stage_reason="installing dependencies")
    expect(page.locator("[data-status] .chip")).to_have_text("Running, building")
    hub.instance(running_space, hub.build(running_space, status=BuildStatus.SUCCEEDED))
    hub.change(running_space, stage=Stage.RUNNING)

    expect(page.locator("[data-new-version]")).to_be_visible()
    expect(app).to_have_text("half typed")
    page.get_by_role("button", name="Show it").click()
    expect(app).to_contain_text("Hello from")
    expect(page.locator("[data-new-version]")).to_be_hidden()


def test_the_app_gets_query_and_hash_and_may_change_them(hub: Hub, running_space: Space, open_page: Open) -> None:
    page = open_page("/spaces/ada/hello?x=1#a")
    app = page.frame_locator("[data-frame]").locator("#hello")
    expect(app).to_contain_text("/?x=1")
    assert app.evaluate("() => location.hash") == "#a"

    page.evaluate("window.postMessage({queryString: 'evil=1'}, '*')")
    app.evaluate("() => parent.postMessage({queryString: 7, hash: ['x']}, '*')")
    app.evaluate("() => parent.postMessage({queryString: 'x=2&y=3', hash: '#b'}, '*')")

    page.wait_for_url("**/spaces/ada/hello?x=2&y=3#b")
    expect(app).to_contain_text("/?x=1")


def test_an_app_may_ask_whether_its_visitor_is_signed_in(hub: Hub, running_space: Space, open_page: Open) -> None:
    asks = """() => new Promise((tell) => {
        addEventListener("message", ({ data }) => data.type === "USER_PLAN" && tell(data.plan.user));
        parent.postMessage({ type: "USER_PLAN_REQUEST" }, "*");
    })"""
    for user, plan in ((None, "anonymous"), (hub.user("bob"), "free")):
        page = open_page("/spaces/ada/hello", user)
        app = page.frame_locator("[data-frame]").locator("#hello")
        assert app.evaluate(asks) == plan


def test_a_sleeping_app_is_left_alone_while_it_wakes_in_its_frame(
    hub: Hub, running_space: Space, open_page: Open
) -> None:
    hub.change(running_space, stage=Stage.SLEEPING, rest=Rest.STOPPED, rest_since=hub.services.clock.now())
    page = open_page("/spaces/ada/hello")
    app = page.frame_locator("[data-frame]").locator("#hello")
    app.evaluate("element => { element.textContent = 'waking page'; }")

    for stage in (Stage.APP_STARTING, Stage.RUNNING):
        hub.change(running_space, stage=stage, rest=Rest.AWAKE)
        label = {"APP_STARTING": "Starting", "RUNNING": "Running"}[stage]
        expect(page.locator("[data-status] .chip")).to_have_text(label)
    expect(app).to_have_text("waking page")
    expect(page.locator("[data-new-version]")).to_be_hidden()

    hub.change(running_space, stage=Stage.SLEEPING, rest=Rest.STOPPED)
    expect(page.get_by_role("link", name="Wake it")).to_be_visible()


def test_a_mini_header_floats_above_an_app_that_fills_the_window(hub: Hub, open_page: Open) -> None:
    hub.space(hub.user("ada"), "hello", card={"header": "mini"}, stage=Stage.RUNNING)
    page = open_page("/spaces/ada/hello", width=390)
    box = page.locator("[data-frame]").bounding_box()

    assert box is not None
    assert (box["x"], box["y"], box["width"]) == (0, 0, 390)
    assert box["height"] >= 790
    page.get_by_label("About this Space").click()
    expect(page.get_by_role("link", name="Deployments")).to_be_visible()


def test_pages_come_back_after_the_stream_broke(hub: Hub, running_space: Space, open_page: Open) -> None:
    page = open_page("/spaces/ada/hello")
    expect(page.locator("[data-status] .chip")).to_have_text("Running")
    page.context.set_offline(True)
    hub.change(running_space, stage=Stage.SLEEPING)
    page.context.set_offline(False)

    expect(page.locator("[data-status] .chip")).to_have_text("Sleeping")
