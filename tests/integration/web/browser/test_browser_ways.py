"""Lists, likes, names, uploads and reviews in a real browser."""

import pytest
from playwright.sync_api import expect

from spaceport.domain.stage import Stage

from ..conftest import Hub, wait_for
from ..town import build_town
from .conftest import Open

pytestmark = pytest.mark.browser


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


def test_a_bad_name_is_told_while_it_is_typed(hub: Hub, open_page: Open) -> None:
    page = open_page("/new-space", hub.user("ada"))
    name = page.get_by_label("Name")

    name.fill("my space")
    expect(page.locator("[data-name-hint]")).to_contain_text("use - instead of a space")
    name.fill("my-space")
    expect(page.locator("[data-name-hint]")).to_contain_text("it becomes part of the address")


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
