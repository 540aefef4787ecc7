"""Webhooks end to end: made with the real client, sent to a real server; and the event stream of a Space."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi
from tests.integration.hub.conftest import Hub, wait_until

from spaceport.adapters.poster import HttpPoster
from spaceport.domain.history import HappeningKind
from spaceport.domain.webhook import DeliveryStatus
from spaceport.notify.courier import Courier
from spaceport.notify.step import NotifyStep


class Receiver:
    """Somebody's server: remembers what it was sent and answers as told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(
                    ({key.lower(): value for key, value in self.headers.items()}, json.loads(body))
                )
                self.send_response(receiver.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def courier_of(hub: Hub) -> Courier:
    services = hub.services
    notices = NotifyStep(services.database, services.clock, hub.url)
    poster = HttpPoster(allows_loopback=True)
    return Courier([notices], services.database, poster, services.sealer, services.clock, threading.Event())


def happen(hub: Hub, space_id: str, kind: HappeningKind = HappeningKind.STAGE, **details: Any) -> None:
    with hub.services.database.begin() as tx:
        tx.history.add(space_id, hub.services.clock.now(), kind, "ada", "something happened", details)
    NotifyStep(hub.services.database, hub.services.clock, hub.url).take()


def test_a_webhook_made_with_the_client_is_called_with_its_secret(hub: Hub, receiver: Receiver) -> None:
    space = hub.space()
    api = HfApi(hub.url, hub.person("ada").token)
    made = api.create_webhook(
        url=receiver.url, watched=[{"type": "space", "name": "ada/demo"}], domains=["repo"], secret="between us"
    )
    assert made.secret is None
    assert [each.id for each in api.list_webhooks()] == [made.id]

    happen(hub, space.id, HappeningKind.CONFIG, variable="MODEL")
    happen(hub, space.id, HappeningKind.STAGE)
    assert courier_of(hub).send_due() == 1

    [(headers, body)] = receiver.received
    assert headers["x-webhook-secret"] == "between us"
    assert body["event"] == {"action": "update", "scope": "repo.config"}
    assert body["repo"]["id"] == space.id
    api.disable_webhook(made.id)
    assert api.get_webhook(made.id).disabled
    happen(hub, space.id, HappeningKind.CONFIG)
    assert courier_of(hub).send_due() == 0
    api.delete_webhook(made.id)
    assert api.list_webhooks() == []


def test_a_refused_delivery_is_kept_with_its_answer_and_can_be_sent_again(hub: Hub, receiver: Receiver) -> None:
    space = hub.space()
    person = hub.person("ada")
    headers = {"Authorization": f"Bearer {person.token}"}
    body = {"url": receiver.url, "watched": [{"type": "user", "name": "ada"}]}
    base = f"{hub.url}/api/settings/webhooks"
    webhook_id = httpx.post(base, json=body, headers=headers).json()["webhook"]["id"]
    receiver.status = 503
    happen(hub, space.id)

    courier_of(hub).send_due()

    [delivery] = httpx.get(f"{base}/{webhook_id}/deliveries", headers=headers).json()
    assert (delivery["status"], delivery["responseStatus"], delivery["attempts"]) == ("waiting", 503, 1)
    receiver.status = 200
    httpx.post(f"{base}/{webhook_id}/deliveries/{delivery['id']}/replay", headers=headers).raise_for_status()
    courier_of(hub).send_due()
    states = {each["status"] for each in httpx.get(f"{base}/{webhook_id}/deliveries", headers=headers).json()}
    assert states == {str(DeliveryStatus.WAITING), str(DeliveryStatus.DELIVERED)}


def test_webhooks_are_their_owners_alone(hub: Hub, receiver: Receiver) -> None:
    ada, bob = hub.person("ada"), hub.person("bob")
    made = HfApi(hub.url, ada.token).create_webhook(url=receiver.url, watched=[{"type": "user", "name": "ada"}])
    base = f"{hub.url}/api/settings/webhooks"

    theirs = httpx.get(f"{base}/{made.id}", headers={"Authorization": f"Bearer {bob.token}"})
    absent = httpx.get(f"{base}/nothing", headers={"Authorization": f"Bearer {bob.token}"})
    reader = httpx.post(base, json={"url": receiver.url}, headers={"Authorization": f"Bearer {ada.read_token}"})

    assert (theirs.status_code, theirs.text) == (absent.status_code, absent.text) == (404, theirs.text)
    assert reader.status_code == 403
    assert httpx.get(base).status_code == 401


def test_the_event_stream_tells_the_runtime_and_what_happens(hub: Hub) -> None:
    space = hub.space()
    events: list[tuple[str, Any]] = []

    def listen() -> None:
        with httpx.stream("GET", f"{hub.url}/api/spaces/ada/demo/events", timeout=30) as answer:
            name = ""
            for line in answer.iter_lines():
                key, _, value = line.partition(": ")
                if key == "event":
                    name = value
                elif key == "data" and name in ("runtime", "happening"):
                    events.append((name, json.loads(value)))
                    if name == "happening":
                        return

    thread = threading.Thread(target=listen)
    thread.start()
    wait_until(lambda: bool(events))
    with hub.services.database.begin() as tx:
        tx.history.add(space.id, hub.services.clock.now(), HappeningKind.STAGE, "system", "PAUSED", {"stage": "PAUSED"})
    thread.join(30)

    assert events[0][0] == "runtime"
    assert events[0][1]["stage"] == "NO_APP_FILE"
    assert events[-1][1]["summary"] == "PAUSED"


def test_the_event_stream_of_a_private_space_is_not_there_for_strangers(hub: Hub) -> None:
    hub.space(private=True)

    answers = [httpx.get(f"{hub.url}/api/spaces/ada/{name}/events") for name in ("demo", "absent")]

    assert answers[0].status_code == answers[1].status_code == 401
    assert answers[0].text == answers[1].text


def test_history_pages_forward(hub: Hub) -> None:
    space = hub.space()
    for number in range(3):
        happen(hub, space.id, step=number)

    newest = httpx.get(f"{hub.url}/api/spaces/ada/demo/history", params={"limit": 2}).json()
    rest = httpx.get(f"{hub.url}/api/spaces/ada/demo/history", params={"after": newest[0]["number"]}).json()

    assert [each["details"].get("step") for each in newest] == [1, 2]
    assert [each["details"].get("step") for each in rest] == [2]
