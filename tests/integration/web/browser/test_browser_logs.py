"""Logs in a real browser: followed, filtered, beside the app, and of any length."""

import re

import pytest
from playwright.sync_api import expect

from spaceport.domain.build import BuildStatus
from spaceport.domain.stage import Stage
from spaceport_runner.contract import build_log_path, run_log_path
from spaceport_runner.log_file import CappedLog, now_timestamp

from ..conftest import Hub
from .conftest import Open

pytestmark = pytest.mark.browser


def test_a_build_log_follows_and_stays_after_the_end(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "hello", stage=Stage.BUILDING)
    build = hub.build(space, status=BuildStatus.RUNNING)
    page = open_page("/spaces/ada/hello/logs", owner)
    lines = page.locator("[data-log-lines]")
    with CappedLog(build_log_path(hub.services.settings.data_dir, build.id), 10**7) as log:
        log.write(now_timestamp(), "\x1b[32mfirst\x1b[0m <b>line</b>")
        expect(lines).to_contain_text("first <b>line</b>")
        expect(lines.locator(".ansi-32")).to_have_text("first")
        for number in range(300):
            log.write(now_timestamp(), f"line {number}")
        expect(lines).to_contain_text("line 299")
        page.wait_for_function(
            "() => { const l = document.querySelector('[data-log-lines]');"
            " return l.scrollTop > 0 && l.scrollHeight - l.scrollTop - l.clientHeight < 30; }"
        )
        lines.evaluate("element => { element.scrollTop = 0; }")
        expect(page.locator("[data-log-follow]")).not_to_be_checked()
        log.write(now_timestamp(), "one more")
        expect(lines).to_contain_text("one more")
        assert lines.evaluate("element => element.scrollTop") == 0
    hub.end_build(build, BuildStatus.SUCCEEDED)

    expect(page.locator("[data-log-state]")).to_have_text("ended")
    expect(lines).to_contain_text("one more")


def test_fifty_thousand_lines_do_not_freeze_the_tab(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    build = hub.build(hub.space(owner, "hello"), status=BuildStatus.FAILED)
    path = build_log_path(hub.services.settings.data_dir, build.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"2026-01-31T12:00:00.000Z line {number}\n" for number in range(50_000)))

    page = open_page("/spaces/ada/hello/logs?show=build", owner)

    expect(page.locator("[data-log-state]")).to_have_text("ended")
    expect(page.locator(".line").last).to_contain_text("line 49999")
    expect(page.locator("[data-log-note]")).to_contain_text("The last 5,000 lines")
    assert page.locator(".line").count() <= 5100


def test_lines_are_filtered_while_more_come(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    build = hub.build(hub.space(owner, "hello"), status=BuildStatus.RUNNING)
    page = open_page("/spaces/ada/hello/logs?show=build", owner)
    with CappedLog(build_log_path(hub.services.settings.data_dir, build.id), 10**6) as log:
        log.write(now_timestamp(), "Collecting gradio")
        log.write(now_timestamp(), "ERROR one")
        expect(page.locator(".line")).to_have_count(2)
        page.get_by_label("Show only lines with").fill("error")
        expect(page.locator(".line:visible")).to_have_text([re.compile("ERROR one")])
        log.write(now_timestamp(), "more")
        log.write(now_timestamp(), "ERROR two")
        expect(page.locator(".line:visible")).to_have_count(2)
        page.get_by_label("Show only lines with").fill("")
        expect(page.locator(".line:visible")).to_have_count(4)


def test_the_pane_moves_on_to_the_log_of_a_new_build(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "hello", stage=Stage.BUILDING)
    data_dir = hub.services.settings.data_dir
    first = hub.build(space, status=BuildStatus.RUNNING, seconds_ago=20)
    with CappedLog(build_log_path(data_dir, first.id), 10**6) as log:
        log.write(now_timestamp(), "words of the first")
    page = open_page("/spaces/ada/hello/logs", owner)
    expect(page.locator("[data-log-lines]")).to_contain_text("words of the first")

    hub.end_build(first, BuildStatus.SUPERSEDED)
    newer = hub.build(space, status=BuildStatus.RUNNING, seconds_ago=1)
    with CappedLog(build_log_path(data_dir, newer.id), 10**6) as log:
        log.write(now_timestamp(), "words of the second")

    expect(page.locator("[data-log-lines]")).to_contain_text("words of the second")
    expect(page.locator("[data-log-lines]")).not_to_contain_text("words of the first")


def test_logs_open_beside_the_app_and_leave_it_as_it_is(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "hello")
    build = hub.build(space, status=BuildStatus.SUCCEEDED)
    instance = hub.instance(space, build)
    hub.change(space, stage=Stage.RUNNING)
    data_dir = hub.services.settings.data_dir
    with CappedLog(build_log_path(data_dir, build.id), 10**6) as log:
        log.write(now_timestamp(), "Collecting gradio")
    page = open_page("/spaces/ada/hello", owner)
    app = page.frame_locator("[data-frame]").locator("#hello")
    app.evaluate("element => { element.textContent = 'half typed'; }")

    page.get_by_role("link", name="Show logs").click()
    with CappedLog(run_log_path(data_dir, space.id, instance.id), 10**6) as log:
        log.write(now_timestamp(), "Running on local URL")
        drawer = page.get_by_role("complementary", name="Logs")
        expect(drawer.locator("[data-log-lines]")).to_contain_text("Running on local URL")
        drawer.get_by_role("link", name="Build").click()
        expect(drawer.locator("[data-log-lines]")).to_contain_text("Collecting gradio")
    assert page.url.endswith("/spaces/ada/hello?logs=build")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("link", name="Show logs")).to_be_focused()
    expect(app).to_have_text("half typed")
    assert page.url.endswith("/spaces/ada/hello")

    page = open_page("/spaces/ada/hello?logs=container", owner, script=False)
    expect(page.get_by_text("Running on local URL")).to_be_visible()
    page.get_by_role("link", name="Close the logs").click()
    expect(page.get_by_role("complementary", name="Logs")).to_be_hidden()
