"""The admin's page in a real browser: figures that move, and buttons that work meanwhile."""

import re

import pytest
from playwright.sync_api import expect

from spaceport.domain.build import BuildStatus
from spaceport.domain.space import Desired, Space
from spaceport_runner.contract import InstanceReport, InstanceState

from ..conftest import Hub
from .conftest import Open

pytestmark = pytest.mark.browser


def test_the_admin_sees_figures_move_and_stops_a_space(hub: Hub, running_space: Space, open_page: Open) -> None:
    root = hub.user("root", is_admin=True)
    page = open_page("/admin", root)
    row = page.locator(f'[data-row="space-{running_space.id}"]')
    with hub.services.database.begin() as tx:
        instance = tx.instances.current(running_space.id)[0]
    hub.parts.instance_reports[instance.id] = InstanceReport(
        instance_id=instance.id,
        space_id=running_space.id,
        release_id=instance.release_id,
        runner_id="local",
        state=InstanceState.READY,
        cpu_percent=42.0,
        memory_bytes=512 * 1024**2,
    )
    expect(row.locator('[data-cell="cpu"]')).to_have_text("0.4 of 2 cores")
    expect(row.locator('[data-cell="memory"]')).to_contain_text("512 MiB")
    hub.build(running_space, status=BuildStatus.RUNNING, phase="putting the release together")
    expect(page.locator('[data-part="queue"]')).to_contain_text("putting the release together")

    page.get_by_label("Filter Spaces").fill("hello")
    expect(page).to_have_url(re.compile("filter=hello"))
    row.get_by_role("button", name="Stop").click()
    reason = row.get_by_label("Reason")
    expect(reason).to_be_focused()
    reason.fill("plays loud music")
    row.get_by_role("button", name="Stop", exact=True).click()

    expect(page.get_by_role("status").first).to_have_text("The Space is being stopped.")
    expect(page).to_have_url(re.compile("filter=hello"))
    with hub.services.database.begin() as tx:
        space = tx.spaces.get(running_space.id)
    assert space is not None
    assert space.desired is Desired.STOPPED
    assert (space.stop_reason or "").startswith("stopped by root on ")
    assert "plays loud music" in (space.stop_reason or "")


def test_the_admin_sorts_and_filters(hub: Hub, open_page: Open) -> None:
    ada = hub.user("ada")
    for name, visits in (("one", 5), ("two", 50), ("three", 20)):
        hub.space(ada, name, visits=visits)
    page = open_page("/admin", hub.user("root", is_admin=True))
    names = page.locator("[data-rows] tbody tr [data-cell=name] a.mono")
    expect(names).to_have_text(["ada/one", "ada/three", "ada/two"])

    page.get_by_role("link", name="Requests").click()
    expect(names).to_have_text(["ada/two", "ada/three", "ada/one"])
    page.get_by_role("searchbox").fill("ada/t")
    expect(names).to_have_text(["ada/two", "ada/three"])
    expect(page.locator("[data-part=pager]")).to_contain_text("1–2 of 2 Spaces")
    assert "sort=requests" in page.url
    page.reload()
    expect(names).to_have_text(["ada/two", "ada/three"])


def test_a_press_reaches_a_button_that_is_renewed_meanwhile(hub: Hub, running_space: Space, open_page: Open) -> None:
    build = hub.build(running_space, status=BuildStatus.RUNNING, phase="fetching the commit")
    root = hub.user("root", is_admin=True)
    pressed, other = open_page("/admin", root), open_page("/admin", root)
    for page in (pressed, other):
        expect(page.locator("[data-live-state]")).to_have_text("live")
    queue = '[data-part="queue"]'

    pressed.locator(queue).get_by_role("button", name="Cancel").hover()
    pressed.mouse.down()
    with hub.services.database.begin() as tx:
        tx.builds.update(build.id, phase="installing dependencies")
    expect(other.locator(queue)).to_contain_text("installing dependencies")
    pressed.mouse.up()

    expect(pressed.get_by_role("status").first).to_have_text("The build is cancelled.")
