"""A gated Space: its page for everybody, its app for who was let in."""

import httpx

from spaceport.domain.space import Space

from .conftest import Hub, csrf_of
from .test_web_streams import open_stream

PAGE = "/spaces/ada/hello"


def send(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return browser.post(PAGE + path, data={"csrf": csrf_of(browser), **fields})


def test_an_owner_lets_somebody_into_an_app(hub: Hub, running_space: Space) -> None:
    with hub.services.database.read() as tx:
        ada = tx.accounts.user(running_space.owner_id)
    own, eve, anybody = hub.browser(ada), hub.browser(hub.user("eve")), hub.browser()
    saved = send(own, "/settings/gate", gated="manual")
    assert saved.headers["location"] == f"{PAGE}/settings?done=saved#gate"
    assert "app-frame" in own.get(PAGE).text

    for browser, words in ((eve, "to use this app"), (anybody, "Sign in</a> to ask for access")):
        text = browser.get(PAGE).text
        assert words in text
        assert "app-frame" not in text
        assert "__sign=" not in text
        with open_stream(browser, f"{PAGE}/events") as stream:
            assert stream.next()["html"]["view"] is None
        assert {browser.get(PAGE + end).status_code for end in ("/deployments", "/blob/main/app.py")} <= {401, 403}
    assert "Gated" in anybody.get("/spaces").text

    assert send(eve, "/access").headers["location"] == f"{PAGE}?done=asked"
    assert "eve" in own.get(f"{PAGE}/settings").text
    send(own, "/settings/requests", user="eve", status="accepted")
    assert "__sign=" in eve.get(PAGE).text
    with open_stream(eve, f"{PAGE}/events") as stream:
        assert "__sign=" in stream.next()["html"]["view"]
        send(own, "/settings/requests", user="eve", status="rejected")
        assert "__sign=" not in str(stream.next())
    assert "__sign=" not in eve.get(PAGE).text
    assert send(own, "/settings/gate", gated="sometimes").status_code == 400
