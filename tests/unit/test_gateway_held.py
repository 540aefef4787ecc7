"""Who waited at the door of a Space while the door changed."""

import asyncio
from types import SimpleNamespace
from typing import Any

from spaceport.domain.route import Route, Upstream
from spaceport.domain.stage import Stage
from spaceport.gateway.headers import Peer
from spaceport.gateway.held import Held
from spaceport.gateway.traffic import Traffic
from spaceport.gateway.waiting_room import RoomLimits, WaitingRoom
from spaceport.gateway.wire import read_request


class Visitor:
    """Remembers what was written and who answers."""

    def __init__(self) -> None:
        self.peer = Peer(b"127.0.0.1")
        self.written = b""
        self.responder: Any = None

    def write(self, data: bytes) -> None:
        self.written += data

    def must_close(self) -> bool:
        return False

    def set_held(self, is_held: bool) -> None: ...

    def set_responder(self, responder: Any) -> None:
        self.responder = responder

    def finish(self, keep_alive: bool) -> None: ...


def test_an_answer_that_was_begun_does_not_go_on_behind_a_door_that_closed_since() -> None:
    route = Route(space_id="s", space_name="a/b", title="", hosts=("app.x",), stage=Stage.SLEEPING, wakes_on_visit=True)
    table = {"app.x": route}
    loop = SimpleNamespace(time=lambda: 0.0)
    context: Any = SimpleNamespace(
        loop=loop,
        table=SimpleNamespace(find=table.get),
        room=WaitingRoom(RoomLimits()),
        traffic=Traffic(lambda: 0.0, asyncio.Event()),
        waker=SimpleNamespace(note=lambda space_id: None),
        dressing=lambda space_id: SimpleNamespace(on=lambda headers: headers),
    )
    headers = [(b"Host", b"app.x"), (b"User-Agent", b"gradio_client/1.0")]
    visitor: Any = Visitor()
    held = Held(context, visitor, read_request(b"GET", b"/config", "1.1", True, headers), "s")
    held.begin()
    held.check(2.0)
    assert visitor.written.startswith(b"HTTP/1.1 200")

    upstream = Upstream(instance_id="i", host="127.0.0.1", port=1)
    changes = {"private": True, "upstream": upstream, "stage": Stage.RUNNING, "wakes_on_visit": False}
    table["app.x"] = route.model_copy(update=changes)
    held.follow()

    assert visitor.responder is None
    assert visitor.written.endswith(b"0\r\n\r\n")
