"""Who hears of what, and what becomes of a delivery."""

import socket
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from spaceport.adapters.database import SqlDatabase
from spaceport.adapters.poster import HttpPoster
from spaceport.domain.account import User
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.webhook import (
    DELIVERIES_PER_DAY,
    RETRY_SECONDS,
    Answer,
    Delivery,
    DeliveryStatus,
    Webhook,
    after_try,
    check_domains,
    check_url,
    check_watched,
    is_watching,
    take_turns,
)
from spaceport.errors import BadRequest
from spaceport.notify.courier import PER_OWNER, Courier
from spaceport.notify.payload import payload_of, told_of
from spaceport.notify.step import NotifyStep
from spaceport_runner.sealing import Sealer
from tests.databases import make_database
from tests.unit.factories import NOW, make_space


def make_webhook(**values: Any) -> Webhook:
    defaults: dict[str, Any] = {
        "id": "hook",
        "user_id": "user",
        "url": "https://example.org/hook",
        "sealed_secret": None,
        "watched": [{"type": "space", "name": "ada/demo"}],
        "domains": [],
        "is_enabled": True,
        "created_at": NOW,
    }
    return Webhook(**defaults | values)


def make_happening(**values: Any) -> Happening:
    defaults: dict[str, Any] = {
        "id": "happening",
        "space_id": "space",
        "number": 1,
        "at": NOW,
        "kind": HappeningKind.STAGE,
        "actor": "system",
        "summary": "RUNNING",
        "space_name": "ada/demo",
    }
    return Happening(**defaults | values)


class StoppedClock:
    def now(self) -> Any:
        return NOW


@pytest.fixture
def database(tmp_path: Path) -> SqlDatabase:
    database = make_database(f"sqlite:///{tmp_path}/test.sqlite3")
    with database.begin() as tx:
        tx.accounts.add_user(User("user", "ada", "hash", False, NOW))
        tx.accounts.add_user(User("other", "bob", "hash", False, NOW))
        tx.spaces.add(make_space())
    return database


@pytest.mark.parametrize(
    ("values", "domain", "hears"),
    [
        ({}, "space", True),
        ({"watched": [{"type": "space", "name": "ADA/Demo"}]}, "repo", True),
        ({"watched": [{"type": "user", "name": "ada"}]}, "space", True),
        ({"watched": [{"type": "org", "name": "ada"}]}, "space", True),
        ({"watched": [{"type": "model", "name": "ada/demo"}]}, "space", False),
        ({"watched": [{"type": "space", "name": "ada/other"}]}, "space", False),
        ({"domains": ["repo"]}, "space", False),
        ({"domains": ["repo"]}, "repo", True),
        ({"is_enabled": False}, "space", False),
    ],
)
def test_a_webhook_hears_what_it_watches(values: dict[str, Any], domain: str, hears: bool) -> None:
    assert is_watching(make_webhook(**values), domain, "ada/demo") is hears


@pytest.mark.parametrize(
    "url", ["", "ftp://host/x", "http://", "javascript:alert(1)", "http://host/a b", "http://[::1", "x" * 3000]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadRequest, match="http://"):
        check_url(url)


def test_unknown_domains_and_types_are_refused_with_what_is_allowed() -> None:
    with pytest.raises(BadRequest, match="repo, discussion, space"):
        check_domains(["repo", "weather"])
    with pytest.raises(BadRequest, match="user, org"):
        check_watched([{"type": "galaxy", "name": "x"}])


def test_a_delivery_is_tried_again_later_and_given_up_at_last() -> None:
    delivery = Delivery("d", "hook", "happening", {}, NOW)
    first = after_try(delivery, Answer(500, "broken"), NOW)
    last = after_try(Delivery("d", "hook", "h", {}, NOW, attempts=len(RETRY_SECONDS)), Answer(None, "no route"), NOW)

    assert first["next_attempt_at"] == NOW + timedelta(seconds=RETRY_SECONDS[0])
    assert "status" not in first
    assert last["status"] is DeliveryStatus.FAILED
    assert last["next_attempt_at"] is None
    assert after_try(delivery, Answer(204), NOW)["status"] is DeliveryStatus.DELIVERED


@pytest.mark.parametrize(
    ("kind", "details", "scope", "action"),
    [
        (HappeningKind.PUSH, {}, "repo.content", "update"),
        (HappeningKind.CONFIG, {}, "repo.config", "update"),
        (HappeningKind.STAGE, {}, "space.stage", "update"),
        (HappeningKind.RELEASE, {}, "space.release", "update"),
        (HappeningKind.COMMAND, {"command": "pause"}, "space.command", "update"),
        (HappeningKind.COMMAND, {"command": "deleted"}, "repo", "delete"),
        (HappeningKind.COMMAND, {"command": "move", "to": "ada/new"}, "repo", "move"),
    ],
)
def test_news_have_the_scopes_of_the_hub(kind: HappeningKind, details: dict[str, Any], scope: str, action: str) -> None:
    happening = make_happening(kind=kind, details=details)
    payload = payload_of(happening, make_space(), told_of(happening), "http://hub")

    assert payload["event"] == {"action": action, "scope": scope}
    assert payload["repo"]["name"] == "ada/demo"
    assert payload["repo"]["url"]["api"] == "http://hub/api/spaces/ada/demo"


def test_every_happening_makes_one_delivery_for_each_listener(database: SqlDatabase) -> None:
    step = NotifyStep(database, StoppedClock(), "http://hub")
    with database.begin() as tx:
        tx.webhooks.add(make_webhook())
        tx.webhooks.add(make_webhook(id="deaf", is_enabled=False))
        tx.history.add("space", NOW, HappeningKind.STAGE, "system", "RUNNING", {"stage": "RUNNING"})

    assert [step.take(), step.take(), NotifyStep(database, StoppedClock(), "http://hub").take()] == [1, 0, 0]
    with database.read() as tx:
        [delivery] = tx.webhooks.deliveries_of("hook")
    assert delivery.payload["happening"]["details"] == {"stage": "RUNNING"}
    assert delivery.payload["webhook"] == {"id": "hook", "version": 3}


def test_nobody_hears_of_a_private_space_they_may_not_read(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.webhooks.add(make_webhook())
        tx.webhooks.add(make_webhook(id="curious", user_id="other"))
        tx.spaces.update("space", private=True)
        tx.history.add("space", NOW, HappeningKind.STAGE, "system", "RUNNING", {})

    NotifyStep(database, StoppedClock(), "http://hub").take()

    with database.read() as tx:
        assert len(tx.webhooks.deliveries_of("hook")) == 1
        assert tx.webhooks.deliveries_of("curious") == []


def test_names_of_secrets_are_told_to_who_may_know_them(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.webhooks.add(make_webhook())
        tx.webhooks.add(make_webhook(id="curious", user_id="other"))
        tx.history.add("space", NOW, HappeningKind.CONFIG, "ada", "secret KEY set", {"secret": "KEY"})
        release = {"kind": "config", "message": "secret KEY set", "release": 2}
        tx.history.add("space", NOW, HappeningKind.RELEASE, "ada", "release 2 is live", release)

    NotifyStep(database, StoppedClock(), "http://hub").take()

    with database.read() as tx:
        own, others = tx.webhooks.deliveries_of("hook"), tx.webhooks.deliveries_of("curious")
    assert len(own) == 2
    assert [each.payload["happening"]["details"]["message"] for each in others] == ["configuration changed"]
    assert "KEY" not in str(others)


def test_a_row_that_cannot_be_told_keeps_no_later_one_from_being_told(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.webhooks.add(make_webhook())
        tx.history.add("space", NOW, HappeningKind.DISCUSSION, "ada", "without a number", {})
        tx.history.add("space", NOW, HappeningKind.STAGE, "system", "RUNNING", {"stage": "RUNNING"})

    assert NotifyStep(database, StoppedClock(), "http://hub").take() == 1
    with database.read() as tx:
        [delivery] = tx.webhooks.deliveries_of("hook")
    assert delivery.payload["happening"]["details"] == {"stage": "RUNNING"}


def test_the_end_of_a_space_is_told_although_it_is_gone(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.webhooks.add(make_webhook())
        tx.history.add("space", NOW, HappeningKind.COMMAND, "ada", "deleted", {"command": "deleted"})
        tx.spaces.remove("space")

    assert NotifyStep(database, StoppedClock(), "http://hub").take() == 1
    with database.read() as tx:
        [delivery] = tx.webhooks.deliveries_of("hook")
    assert delivery.payload["event"] == {"action": "delete", "scope": "repo"}


def test_over_the_daily_limit_one_row_says_so_and_the_next_day_goes_on(database: SqlDatabase) -> None:
    clock = StoppedClock()
    with database.begin() as tx:
        tx.webhooks.add(make_webhook(day_began_at=NOW, day_deliveries=DELIVERIES_PER_DAY - 1))
        for _ in range(4):
            tx.history.add("space", NOW, HappeningKind.STAGE, "system", "RUNNING", {})

    assert NotifyStep(database, clock, "http://hub").take() == 2

    with database.read() as tx:
        deliveries = tx.webhooks.deliveries_of("hook")
        webhook = tx.webhooks.get("hook")
    assert sorted(each.status for each in deliveries) == [DeliveryStatus.FAILED, DeliveryStatus.WAITING]
    assert "within a day" in next(each.response or "" for each in deliveries if each.status is DeliveryStatus.FAILED)
    assert webhook is not None
    assert webhook.is_over_limit(NOW + timedelta(hours=23))
    assert not webhook.is_over_limit(NOW + timedelta(hours=24))
    assert webhook.seconds_left_of_day(NOW + timedelta(hours=23)) == 3600
    assert webhook.seconds_left_of_day(NOW + timedelta(hours=24)) == 0
    assert webhook.with_one_more(NOW + timedelta(hours=24))["day_deliveries"] == 1


class SlowPoster:
    """One server does not answer before it is told to; everybody else's does at once."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.may_answer = threading.Event()

    def post(self, url: str, payload: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        if "slow" in url:
            assert self.may_answer.wait(10)
        self.reached.append(url)
        return Answer(200)


def test_a_slow_server_keeps_nobody_else_waiting(database: SqlDatabase) -> None:
    poster = SlowPoster()
    clock: Any = StoppedClock()
    courier = Courier(
        [NotifyStep(database, clock, "http://hub")], database, poster, Sealer("A" * 43 + "="), clock, threading.Event()
    )
    with database.begin() as tx:
        tx.webhooks.add(make_webhook(id="slow", url="http://slow"))
        for number in range(100):
            tx.webhooks.add_delivery(Delivery(f"slow{number}", "slow", "h", {}, NOW, next_attempt_at=NOW))
        tx.webhooks.add(make_webhook(id="quick", url="http://quick", user_id="other"))
        for number in range(3):
            tx.webhooks.add_delivery(Delivery(f"quick{number}", "quick", "h", {}, NOW, next_attempt_at=NOW))

    started = courier.hand_out()
    assert len(started) == 2 * PER_OWNER
    until = time.monotonic() + 10
    while len(poster.reached) < 3 and time.monotonic() < until:
        for thread in courier.hand_out():
            thread.join(10)

    assert poster.reached == ["http://quick"] * 3
    poster.may_answer.set()
    for thread in started:
        thread.join(10)
    assert courier.send_due() == 98
    with database.read() as tx:
        assert {each.status for each in tx.webhooks.deliveries_of("slow", 200)} == {DeliveryStatus.DELIVERED}


class BrokenReader:
    def take(self) -> int:
        raise ValueError("this reader always fails")


def test_a_reader_that_fails_stops_neither_the_other_readers_nor_the_deliveries(database: SqlDatabase) -> None:
    poster = SlowPoster()
    clock: Any = StoppedClock()
    readers = [BrokenReader(), NotifyStep(database, clock, "http://hub"), BrokenReader()]
    courier = Courier(readers, database, poster, Sealer("A" * 43 + "="), clock, threading.Event())
    with database.begin() as tx:
        tx.webhooks.add(make_webhook(url="http://quick"))
        tx.history.add("space", NOW, HappeningKind.STAGE, "system", "RUNNING", {})

    courier.look()

    for thread in threading.enumerate():
        if thread.name == "webhook":
            thread.join(10)
    assert poster.reached == ["http://quick"]


def test_owners_take_turns() -> None:
    due = [Delivery(f"{hook}{number}", hook, "h", {}, NOW) for hook in ("a", "a2", "b") for number in range(3)]
    owners = {"a": "ada", "a2": "ada", "b": "bob"}

    assert [each.id for each in take_turns(due, owners, [], 3, 2)] == ["a0", "b0", "a1"]
    assert [each.id for each in take_turns(due, owners, ["ada", "ada"], 16, 2)] == ["b0", "b1"]
    assert take_turns(due, owners, ["x"] * 16, 16, 2) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254"])
def test_this_machines_own_services_are_not_posted_to(host: str) -> None:
    answer = HttpPoster(allows_loopback=False).post(f"http://{host}:1/x", {}, {})

    assert answer.status is None
    assert "this machine" in answer.text


@pytest.mark.parametrize("host", ["10.213.0.2", "[::ffff:10.213.0.2]"])
def test_an_app_is_not_reached_past_the_gateway(host: str) -> None:
    poster = HttpPoster(allows_loopback=True, apps_network="10.213.0.0/16")

    assert "not sent" in poster.post(f"http://{host}:7860/x", {}, {}).text


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://127\u30020.0.1:1/x"])
def test_no_secret_and_no_address_stops_the_deliveries_of_others(url: str) -> None:
    answer = HttpPoster(allows_loopback=True).post(url, {}, {"X-Webhook-Secret": "p\u00e4ss \ud800"})

    assert answer.status is None


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"])
def test_a_server_that_sends_a_byte_now_and_then_is_left(begins: bytes) -> None:
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        connection = server.accept()[0]
        with connection:
            connection.sendall(begins or b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not over.wait(0.02):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        poster = HttpPoster(allows_loopback=True, whole_seconds=0.2)
        try:
            answer = poster.post(f"http://127.0.0.1:{server.getsockname()[1]}/x", {}, {})
        finally:
            over.set()
            thread.join()

    assert answer.status is None
