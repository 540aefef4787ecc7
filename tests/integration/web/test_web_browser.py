"""Pages in a real browser: what changes without a reload, colours, narrow screens, the keyboard."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.chromium import chromium

from spaceport.domain.account import Caller, User
from spaceport.domain.build import BuildStatus
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.stage import Stage
from spaceport.repos.repo_creation import create_repo
from spaceport_runner.contract import InstanceReport, InstanceState, build_log_path, run_log_path
from spaceport_runner.log_file import CappedLog, now_timestamp

from .conftest import Hub, run_hub, wait_for
from .town import build_town

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def hub(tmp_path: Path, apps_port: int) -> Iterator[Hub]:
    """One for each test: a browser ends its streams when it likes to, after the test is over."""
    with run_hub(tmp_path / "data", apps_port) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, hub: Hub) -> Iterator[Open]:
    """Opens a page, signed in when a user is given; fails when a script or the policy complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_it(
        path: str, user: User | None = None, width: int = 1280, dark: bool = False, script: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        contexts.append(context)
        if user is not None:
            cookies = hub.browser(user).cookies
            context.add_cookies([{"name": name, "value": value, "url": hub.url} for name, value in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(hub.url + path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


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


def test_chips_in_the_list_change_by_themselves_and_search_works_while_typing(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    space = hub.space(owner, "birdsong", card={"title": "Birdsong"}, stage=Stage.BUILDING)
    hub.space(owner, "weather", card={"title": "Weather"})
    page = open_page("/spaces")
    chip = page.locator(f'[data-space="{space.id}"] .chip')
    expect(chip).to_have_text("Building")

    wait_for(lambda: bool(hub.events.watchers), "the page's stream")
    hub.change(space, stage=Stage.RUNNING)
    expect(chip).to_have_text("Running")
    page.get_by_role("searchbox").press_sequentially("bird")

    expect(page.locator(".card")).to_have_count(1)
    assert page.url.endswith("/spaces?search=bird")


def test_a_like_needs_no_new_page_and_filters_open_by_keyboard(hub: Hub, open_page: Open) -> None:
    ada = hub.user("ada")
    hub.space(ada, "birdsong")
    page = open_page("/spaces", ada)
    page.evaluate("window.sameDocument = true")
    button = page.get_by_role("button", name="Like ada/birdsong")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_have_text("1")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(button).to_have_text("0")
    assert page.evaluate("window.sameDocument")

    page.locator(".facet summary", has_text="SDK").press("Enter")
    expect(page.get_by_role("link", name="gradio")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="gradio")).to_be_hidden()
    page.locator(".facet summary", has_text="SDK").press("Enter")
    page.get_by_role("link", name="gradio").click()
    page.wait_for_url("**/spaces?sdk=gradio")


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


def test_colours_follow_the_system_until_the_visitor_chooses(hub: Hub, open_page: Open) -> None:
    def paper(page: Page) -> int:
        """How bright the page is, 0 to 255."""
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(color.split("(")[1].split(",")[0])

    dark, light = open_page("/", dark=True), open_page("/")
    assert paper(dark) < 60
    assert paper(light) > 200

    toggle = light.locator("[data-theme-toggle]")
    toggle.click()
    toggle.click()
    assert paper(light) < 60
    light.reload()
    assert paper(light) < 60
    # Nobody's printer draws the dark behind the letters.
    light.emulate_media(media="print")
    assert light.evaluate("getComputedStyle(document.body).color") == "rgb(28, 29, 34)"
    expect(light.locator(".top")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_page_scrolls_sideways_on_narrow_screens(hub: Hub, open_page: Open, width: int) -> None:
    root = hub.user("root-with-a-rather-long-name", is_admin=True)
    long_name = "a-name-as-long-as-names-may-be-" + "x" * 60
    space = hub.space(root, long_name, card={"title": "W" * 80}, stage=Stage.BUILD_ERROR, stage_reason="E" * 300)
    build = hub.build(space, "M" * 200, status=BuildStatus.FAILED, reason="R" * 300)
    with CappedLog(build_log_path(hub.services.settings.data_dir, build.id), 10**6) as log:
        log.write(now_timestamp(), "L" * 2000)
    base = f"/spaces/{space.full_name}"
    model = f"/{create_repo(hub.services, Caller(root), RepoType.MODEL, long_name).full_name}"
    paths = (
        "/",
        base,
        f"{base}/logs",
        f"{base}/settings",
        f"{base}/deployments",
        f"{base}/duplicate",
        f"{base}/builds/{build.id}",
        f"{base}/tree/main",
        f"{base}/upload/main",
        f"{base}/blob/main/README.md",
        model,
        f"{model}/tree/main",
        f"{model}/settings",
        "/models",
        "/new",
        "/new-space",
        "/settings/account",
        "/settings/tokens",
        "/admin",
        *(f"/admin/-/{name}" for name in ("machines", "wakes", "users", "audit", "storage", "errors", "settings")),
        f"{base}/visits",
        "/nothing",
    )
    page = open_page("/login", root, width)
    for path in paths:
        page.goto(hub.url + path)
        page.wait_for_load_state("load")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{path} is {too_wide} px too wide at {width}"


def test_pages_work_without_scripts(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    page = open_page("/new-space", owner, script=False)
    page.get_by_label("Name").fill("plain")
    page.get_by_text("Static page", exact=True).click()
    page.get_by_role("button", name="Create Space").click()
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(page.locator(".with-script").first).to_be_attached()
    expect(page.locator(".with-script:visible")).to_have_count(0)

    page.get_by_role("link", name="Settings").click()
    page.get_by_text("Add a variable").click()
    page.locator("#variable-key").fill("MODEL")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#variables .entry-key")).to_have_text("MODEL")
    page.get_by_role("button", name="Pause").click()

    expect(page.get_by_role("status")).to_have_text("The Space is being stopped.")


def test_the_first_way_in_by_keyboard_alone(hub: Hub, open_page: Open) -> None:
    hub.user("ada")
    page = open_page("/login")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Apps, models and data of your own")).to_be_visible()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"


def test_a_bad_name_is_told_while_it_is_typed(hub: Hub, open_page: Open) -> None:
    page = open_page("/new-space", hub.user("ada"))
    name = page.get_by_label("Name")

    name.fill("my space")
    expect(page.locator("[data-name-hint]")).to_contain_text("use - instead of a space")
    name.fill("my-space")
    expect(page.locator("[data-name-hint]")).to_contain_text("it becomes part of the address")


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


def test_pages_come_back_after_the_stream_broke(hub: Hub, running_space: Space, open_page: Open) -> None:
    page = open_page("/spaces/ada/hello")
    expect(page.locator("[data-status] .chip")).to_have_text("Running")
    page.context.set_offline(True)
    hub.change(running_space, stage=Stage.SLEEPING)
    page.context.set_offline(False)

    expect(page.locator("[data-status] .chip")).to_have_text("Sleeping")


def test_dropped_files_are_listed_and_sent_with_their_progress(hub: Hub, open_page: Open) -> None:
    ada = hub.user("ada")
    space = hub.space(ada, "demo")
    page = open_page(f"/spaces/{space.full_name}/upload/main/data", ada)

    page.evaluate(
        """() => {
            const data = new DataTransfer();
            for (const name of ["kept.txt", "not-this.txt"]) data.items.add(new File(["hello"], name));
            const zone = document.querySelector("[data-upload-zone]");
            zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )
    page.get_by_label("Remove not-this.txt").click()
    page.locator("[data-upload] [type=submit]").click()
    page.wait_for_url("**/tree/main?done=committed")

    listing = page.goto(f"{hub.url}/spaces/{space.full_name}/tree/main/data")
    assert listing is not None
    assert "kept.txt" in listing.text()
    assert "not-this.txt" not in listing.text()


def test_the_number_of_a_line_brings_the_form_to_comment_on_it(hub: Hub, open_page: Open) -> None:
    town = build_town(hub)
    page = open_page(town.views["pull-request"].path, town.ada)

    page.locator('a.diff-number[id$="-n2"]').click()
    form = page.locator(".diff-lines .line-form")
    expect(form.get_by_label("Line")).to_have_value("2")
    form.get_by_label("Comment").fill("Why is this **empty**?")
    form.get_by_role("button").click()

    expect(page.locator(".line-thread strong", has_text="empty")).to_be_visible()
