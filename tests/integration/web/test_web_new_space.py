"""The form of a new Space."""

import re

from spaceport.organizations import create_organization

from .conftest import Hub, csrf_of


def test_a_new_space_leads_to_its_page_with_push_instructions(hub: Hub) -> None:
    browser = hub.browser(hub.user("ada"))
    made = browser.post("/new-space", data={"csrf": csrf_of(browser), "name": "first", "sdk": "static"})

    page = browser.get(made.headers["location"]).text

    assert made.headers["location"] == "/spaces/ada/first?done=created"
    assert f"git clone {hub.url}/spaces/ada/first" in page
    assert "The Space is made." in page


def test_a_new_space_may_be_protected_from_the_start(hub: Hub) -> None:
    browser = hub.browser(hub.user("ada"))
    fields = {"name": "first", "sdk": "static", "visibility": "protected"}
    made = browser.post("/new-space", data={"csrf": csrf_of(browser), **fields})
    again = browser.post("/new-space", data={"csrf": csrf_of(browser), **fields})
    with hub.services.database.read() as tx:
        space = tx.spaces.by_name("ada", "first")

    assert made.status_code == 303
    assert space is not None
    assert space.visibility == "protected"
    assert re.search(r'value="protected" checked', again.text)


def test_a_new_space_is_as_the_form_says(hub: Hub) -> None:
    ada = hub.user("ada")
    create_organization(hub.services, "acme", ada)
    sample = hub.space(hub.user(hub.services.settings.admin_name), "hello-gradio", card={"title": "Hello Gradio"})
    browser = hub.browser(ada)
    wished = {
        "owner": "acme",
        "name": "first",
        "description": "Says hello",
        "license": "mit",
        "begin": "app",
        "hardware": "cpu-upgrade",
    }

    form = browser.get("/new-space").text
    made = browser.post("/new-space", data={"csrf": csrf_of(browser), **wished})
    copied = browser.post("/new-space", data={"csrf": csrf_of(browser), "name": "copy", "begin": sample.full_name})
    refused = [
        browser.post("/new-space", data={"csrf": csrf_of(browser), "name": "other", **wrong})
        for wrong in ({"license": "My Own"}, {"hardware": "gpu-9000"}, {"begin": "eve/secret"}, {"owner": "nobody"})
    ]
    with hub.services.database.read() as tx:
        space, copy, other = (
            tx.spaces.by_name(*each) for each in (("acme", "first"), ("ada", "copy"), ("ada", "other"))
        )

    assert sample.full_name in form
    assert made.headers["location"] == "/spaces/acme/first?done=created"
    assert space is not None
    assert (space.card["short_description"], space.card["license"], space.hardware) == (
        "Says hello",
        "mit",
        "cpu-upgrade",
    )
    assert "gr.Interface" in browser.get("/spaces/acme/first/blob/main/app.py").text
    assert copied.status_code == 303
    assert copy is not None
    assert [answer.status_code for answer in refused] == [400] * 4
    assert other is None


def test_a_bad_name_is_explained_beside_the_field_and_kept(hub: Hub) -> None:
    browser = hub.browser(hub.user("ada"))
    for name in ("../../x", "a b", "-a", "a--b", "x.git", ""):
        answer = browser.post("/new-space", data={"csrf": csrf_of(browser), "name": name, "visibility": "private"})

        assert answer.status_code == 400, name
        assert f'value="{name}"' in answer.text
        assert 'aria-invalid="true"' in answer.text, name
        assert re.search(r'value="private" checked', answer.text), name


def test_docker_is_refused_with_the_reason_where_no_runner_can(hub: Hub) -> None:
    browser = hub.browser(hub.user("ada"))
    form = browser.get("/new-space").text
    answer = browser.post("/new-space", data={"csrf": csrf_of(browser), "name": "first", "sdk": "docker"})

    assert re.search(r'value="docker"\s+disabled', form)
    assert answer.status_code == 400
    assert "Needs a Docker Engine" in answer.text


def test_a_taken_name_is_said_so(hub: Hub) -> None:
    owner = hub.user("ada")
    hub.space(owner, "first")
    browser = hub.browser(owner)

    answer = browser.post("/new-space", data={"csrf": csrf_of(browser), "name": "first", "sdk": "gradio"})

    assert answer.status_code == 400
    assert "There is a Space of the name first already" in answer.text
