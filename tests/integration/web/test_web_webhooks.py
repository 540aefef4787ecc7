"""The pages of webhooks, as a browser without scripts uses them."""

from typing import Any

import httpx
import pytest

from spaceport.domain.webhook import DELIVERIES_PER_DAY, Delivery, DeliveryStatus, Webhook

from .conftest import Hub, csrf_of

SECRET = "between us"


class Person:
    """Somebody at their webhooks."""

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub, self.user = hub, hub.user(name)
        self.browser = hub.browser(self.user)
        self._csrf = csrf_of(self.browser)

    def send(self, path: str = "", **fields: Any) -> httpx.Response:
        return self.browser.post(f"/settings/webhooks{path}", data={"csrf": self._csrf, **fields})

    def page(self, path: str = "") -> str:
        return self.browser.get(f"/settings/webhooks{path}").text

    def webhooks(self) -> list[Webhook]:
        with self.hub.services.database.read() as tx:
            return tx.webhooks.of_user(self.user.id)

    def add(self, **fields: Any) -> Webhook:
        values = {"url": "https://example.org/hook", "watched": "ada/hello", "domains": ["space", "repo"]}
        self.send(**{**values, **fields})
        return self.webhooks()[-1]


@pytest.fixture
def ada(hub: Hub) -> Person:
    return Person(hub, "ada")


def deliver(hub: Hub, webhook: Webhook, **values: Any) -> Delivery:
    payload = {"event": {"scope": "space.stage"}, "repo": {"name": "ada/hello"}, "text": "<script>alert(1)</script>"}
    made = {"status": DeliveryStatus.FAILED, "attempts": 5, "response_status": 503, "response": "<b>busy</b>"}
    delivery = Delivery("d1", webhook.id, "h1", payload, hub.services.clock.now(), **{**made, **values})
    with hub.services.database.begin() as tx:
        tx.webhooks.add_delivery(delivery)
    return delivery


def test_a_webhook_is_made_from_the_settings_of_a_space(hub: Hub, ada: Person) -> None:
    hub.space(ada.user, "hello")
    assert "/settings/webhooks?space=ada/hello" in ada.browser.get("/spaces/ada/hello/settings").text
    assert "\nada/hello</textarea>" in ada.page("?space=ada/hello")

    webhook = ada.add(secret=SECRET)

    assert webhook.watched == [{"type": "space", "name": "ada/hello"}]
    assert webhook.domains == ["space", "repo"]
    assert hub.services.sealer.open(webhook.sealed_secret or "") == SECRET
    assert f"/settings/webhooks/{webhook.id}" in ada.browser.get("/spaces/ada/hello/settings").text
    assert SECRET not in ada.page(f"/{webhook.id}") + ada.page()


def test_all_of_an_owner_and_several_things_can_be_watched(ada: Person) -> None:
    webhook = ada.add(watched="ada/*\r\nbob/demo, model bob/bert", domains=["space", "repo", "discussion"])

    assert webhook.watched == [
        {"type": "user", "name": "ada"},
        {"type": "space", "name": "bob/demo"},
        {"type": "model", "name": "bob/bert"},
    ]
    assert webhook.domains == []
    assert "ada/*\nbob/demo\nmodel bob/bert</textarea>" in ada.page(f"/{webhook.id}")


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"url": "ftp://x"}, "begins with http"),
        ({"watched": "demo"}, "write one thing a line"),
        ({"watched": " "}, "say what to watch"),
        ({"watched": "galaxy a/b"}, "must be of type"),
        ({"domains": []}, "choose at least one"),
    ],
)
def test_what_cannot_be_used_is_told_beside_the_form_and_stays_as_typed(
    ada: Person, fields: dict[str, Any], part: str
) -> None:
    values = {"url": "https://example.org/hook", "watched": "ada/hello", "domains": ["space"], "secret": SECRET}
    answer = ada.send(**{**values, **fields})

    assert answer.status_code == 400
    assert part in answer.text
    assert str(fields.get("url", "https://example.org/hook")) in answer.text
    assert SECRET not in answer.text
    assert ada.webhooks() == []


def test_it_is_changed_turned_off_and_removed(hub: Hub, ada: Person) -> None:
    webhook = ada.add(secret=SECRET)
    path = f"/{webhook.id}"

    ada.send(path, url="https://example.org/new", watched="ada/*", domains=["space"])
    assert ada.webhooks()[0].url == "https://example.org/new"
    assert ada.webhooks()[0].sealed_secret == webhook.sealed_secret
    ada.send(path, url="https://example.org/new", watched="ada/*", domains=["space"], no_secret="1")
    assert ada.webhooks()[0].sealed_secret is None
    ada.send(f"{path}/disable")
    assert not ada.webhooks()[0].is_enabled
    assert "Turn on" in ada.page(path)
    ada.send(f"{path}/enable")
    assert ada.webhooks()[0].is_enabled
    ada.send(f"{path}/remove")
    assert ada.webhooks() == []


def test_what_was_sent_is_shown_and_sent_again_within_the_daily_limit(hub: Hub, ada: Person) -> None:
    webhook = ada.add()
    deliver(hub, webhook)
    page = ada.page(f"/{webhook.id}")
    assert "failed · 503" in page
    assert "&lt;b&gt;busy" in page
    assert "<script>alert" not in page

    assert ada.send(f"/{webhook.id}/deliveries/d1/replay").status_code == 303
    with hub.services.database.begin() as tx:
        assert len(tx.webhooks.deliveries_of(webhook.id)) == 2
        tx.webhooks.update(webhook.id, day_deliveries=DELIVERIES_PER_DAY)

    refused = ada.send(f"/{webhook.id}/deliveries/d1/replay")

    assert refused.status_code == 400
    assert "when the day is over" in refused.text


def test_webhooks_are_nobody_elses(hub: Hub, ada: Person) -> None:
    webhook = ada.add()
    deliver(hub, webhook)
    bob = Person(hub, "bob")

    assert bob.browser.get(f"/settings/webhooks/{webhook.id}").status_code == 404
    for path in ("", "/disable", "/remove", "/deliveries/d1/replay"):
        assert (
            bob.send(f"/{webhook.id}{path}", url="https://x.test", watched="a/b", domains=["space"]).status_code == 404
        )
    assert webhook.id not in bob.page()
    assert ada.webhooks() == [webhook]
    assert httpx.get(f"{hub.url}/settings/webhooks", headers={"accept": "text/html"}).status_code == 303


def test_a_form_that_is_not_ours_changes_nothing(ada: Person) -> None:
    answer = ada.browser.post("/settings/webhooks", data={"csrf": "x", "url": "https://x.test", "watched": "a/b"})

    assert answer.status_code == 403
    assert ada.webhooks() == []
