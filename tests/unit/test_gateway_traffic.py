"""What counts as use of a Space, and how a gateway counts it."""

import pytest

from spaceport.domain.route import Activity, GatewayReport, read_activity
from spaceport.gateway.traffic import Growth, Traffic, is_heartbeat, is_use
from spaceport.gateway.wire import read_request


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/gradio_api/heartbeat/abc", True),
        (b"/sub/gradio_api/heartbeat/abc", True),
        (b"/heartbeat/abc", True),
        (b"/gradio_api/heartbeat/", False),
        (b"/gradio_api/heartbeat/a/b", False),
        (b"/my/heartbeat/abc", False),
        (b"/gradio_api/queue/data", False),
    ],
)
def test_heartbeats_are_recognised(path: bytes, expected: bool) -> None:
    assert is_heartbeat(path) is expected


@pytest.mark.parametrize(
    ("agent", "path", "expected"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", b"/", True),
        ("python-requests/2.32.3", b"/", True),
        ("gradio_client/2.7.2; hf_hub/1.0", b"/config", True),
        ("MyChatBot/1.0", b"/", True),
        ("", b"/", True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", b"/", False),
        ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", b"/", False),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", b"/", False),
        ("kube-probe/1.31", b"/", False),
        ("Mozilla/5.0", b"/gradio_api/heartbeat/abc", False),
    ],
)
def test_bots_and_heartbeats_are_no_use(agent: str, path: bytes, expected: bool) -> None:
    headers = [(b"Host", b"a.localhost"), (b"User-Agent", agent.encode())]

    assert is_use(read_request(b"GET", path, "1.1", True, headers)) is expected


def test_a_visit_lasts_as_long_as_its_request() -> None:
    now = 100.0
    traffic = Traffic(lambda: now)
    traffic.visit("s", is_use=True)
    traffic.begin_use("s")
    assert traffic.take_grown() == {"s": Growth(1, 0, 100, 100)}
    now = 200.0

    assert traffic.take_grown() == {"s": Growth(0, 0, 200, 200)}
    traffic.end_use("s")
    assert traffic.take_grown()["s"].last_use_at == 200
    assert traffic.take_grown() == {}


def test_what_could_not_be_told_is_told_later() -> None:
    traffic = Traffic(lambda: 100.0)
    traffic.visit("s", is_use=True)
    lost = traffic.take_grown()
    traffic.visit("s", is_use=False)
    traffic.give_back(lost)

    assert traffic.take_grown() == {"s": Growth(2, 0, 100, 100)}


def test_the_end_of_the_last_request_is_news() -> None:
    traffic = Traffic(lambda: 0.0)
    traffic.begin("i", "s")
    traffic.begin("i", None)
    traffic.end("i", "s")
    assert (traffic.busy, traffic.news.is_set()) == ({"i": 1}, False)

    traffic.end("i", None)
    assert (traffic.busy, traffic.news.is_set()) == ({}, True)


def test_what_is_open_is_summed_over_the_gateways_that_are_there() -> None:
    fields = {"s:requests": "3", "s:last_visit_at": "12.5", "s:last_use_at": "11.5"}
    gateways = [GatewayReport(gateway_id=name, routes_version=1, open={"s": 1, "t": 2}) for name in "ab"]

    assert read_activity(fields, gateways) == {
        "s": Activity(last_visit_at=12.5, requests=3, last_use_at=11.5, open=2),
        "t": Activity(last_visit_at=0, requests=0, open=4),
    }
