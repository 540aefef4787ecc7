"""The bell, the page behind it and the choices, as a browser without scripts uses them."""

import re

from spaceport.domain.account import Caller, User
from spaceport.domain.stage import Stage
from spaceport.notify.notices import NoticeStep
from spaceport.rollout.commands import stop
from spaceport.stage_record import record_stage

from .conftest import Hub, csrf_of


def tell(hub: Hub) -> None:
    NoticeStep(hub.services.database, hub.services.clock).take()


def test_people_hear_read_and_choose(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    space = hub.space(ada, "demo")
    browser = hub.browser(ada)
    csrf = csrf_of(browser)
    assert 'aria-label="Notifications"' in browser.get("/spaces").text

    stop(hub.services, space, Caller(root), "it <b>mines</b> coins")
    with hub.services.database.begin() as tx:
        changes = {"stage": Stage.RUNTIME_ERROR, "stage_reason": "it ended"}
        record_stage(tx, space, changes, hub.services.clock.now())
    tell(hub)

    assert 'aria-label="Notifications: 2 unread"' in browser.get("/spaces").text
    page = browser.get("/notifications").text
    assert "root stopped ada/demo" in page
    assert "it &lt;b&gt;mines&lt;/b&gt; coins" in page
    assert page.index("The app of ada/demo does not run") < page.index("root stopped ada/demo")

    first, second = re.findall(r'href="(/notifications/[0-9a-f]+)"', page)
    assert browser.head(first).status_code == 303
    assert 'aria-label="Notifications: 2 unread"' in browser.get("/spaces").text
    answer = browser.get(first)
    assert (answer.status_code, answer.headers["location"]) == (303, "/spaces/ada/demo/logs")
    assert 'aria-label="Notifications: 1 unread"' in browser.get("/spaces").text
    browser.post(f"{second}/read", data={"csrf": csrf})
    assert "Nothing new" in browser.get("/notifications").text
    assert "root stopped ada/demo" in browser.get("/notifications?all=true").text
    assert hub.browser(root).get(first).status_code == 404


def test_the_watch_button_and_the_settings_say_what_is_heard(hub: Hub) -> None:
    ada, bob = hub.user("ada"), hub.user("bob")
    hub.space(ada, "demo")
    browser = hub.browser(bob)
    csrf = csrf_of(browser)

    assert browser.post("/spaces/ada/demo/watch", data={"csrf": csrf}).status_code == 303
    assert 'action="/spaces/ada/demo/unwatch"' in browser.get("/spaces/ada/demo").text
    assert "ada/demo" in browser.get("/settings/notifications").text
    assert 'action="/spaces/ada/demo/unwatch"' in hub.browser(ada).get("/spaces/ada/demo").text

    browser.post("/settings/notifications", data={"csrf": csrf, "kinds": ["build", "reply"]})
    page = browser.get("/settings/notifications").text
    assert sorted(re.findall(r'value="(\w+)" checked', page)) == ["build", "reply"]

    [forget] = re.findall(r'action="(/settings/notifications/\w+/forget)"', page)
    browser.post(forget, data={"csrf": csrf})
    assert 'action="/spaces/ada/demo/watch"' in browser.get("/spaces/ada/demo").text


def test_all_is_read_with_one_button_and_only_with_the_form_of_the_page(hub: Hub) -> None:
    ada = hub.user("ada")
    space = hub.space(ada, "demo")
    stop(hub.services, space, Caller(hub.user("root", is_admin=True)))
    tell(hub)
    browser = hub.browser(ada)

    assert browser.post("/notifications/read", data={"csrf": "wrong"}).status_code == 403
    assert unread_of(hub, ada) == 1
    browser.post("/notifications/read", data={"csrf": csrf_of(browser)})
    assert unread_of(hub, ada) == 0
    assert hub.browser().get("/notifications").status_code in (303, 401)


def unread_of(hub: Hub, user: User) -> int:
    with hub.services.database.read() as tx:
        return tx.notices.unread_of(Caller(user))
