"""Private Spaces: nobody outside can tell that they are there, and doors that close are closed for who is inside."""

import hashlib
import re
import time
from typing import Any

import pytest
from tests.integration.gateway.apps import always

from spaceport.domain.app_access import ENTRY_COOKIE, FRAME_COOKIE, shared, signed
from spaceport.domain.stage import Stage

pytestmark = pytest.mark.anyio

STREAM = always(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: hello\n\n")
FINE = always(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
KEY = "the key"
PRIVATE: dict[str, Any] = {
    "private": True,
    "sign_key": KEY,
    "token_hashes": [hashlib.sha256(b"hf_good").hexdigest()],
}


async def everything(client: Any, head: bytes) -> bytes:
    """The whole answer as sent, without what differs from answer to answer anyway."""
    await client.send(head + b"\r\n\r\n")
    reply = await client.reply(is_head=head.startswith(b"HEAD"))
    lines = [f"{name}: {value}" for name, value in reply.headers.items() if name != "date"]
    text = f"{reply.status}\n" + "\n".join(lines) + "\n" + reply.body.decode()
    return re.sub(r"nonce(-|=\")[\w-]+", "nonce", text).encode()


@pytest.mark.parametrize("state", ["running", "static", "asleep", "starting", "paused", "moved"])
@pytest.mark.parametrize(
    "request_line",
    [
        "GET / HTTP/1.1",
        "GET /config HTTP/1.1\r\nAccept: application/json",
        "GET / HTTP/1.1\r\nAccept: text/html",
        "GET /?__sign=1.2 HTTP/1.1\r\nAccept: text/html",
        "HEAD / HTTP/1.1",
        "OPTIONS / HTTP/1.1\r\nAccess-Control-Request-Method: POST\r\nOrigin: http://x",
        "GET /config HTTP/1.1\r\nUser-Agent: gradio_client/2.7.2\r\nAuthorization: Bearer hf_wrong",
        "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket",
        "GET /_spaceport/health HTTP/1.1",
    ],
)
async def test_a_stranger_is_answered_as_if_there_were_no_space(world: Any, state: str, request_line: str) -> None:
    values: dict[str, Any] = {
        "running": {"upstream": {"instance_id": "x", "host": "127.0.0.1", "port": 1}},
        "static": {"static_root": str(world.folder)},
        "asleep": {"stage": Stage.SLEEPING, "wakes_on_visit": True},
        "starting": {"stage": Stage.APP_STARTING},
        "paused": {"stage": Stage.PAUSED},
        "moved": {"hosts": ("new.localhost",), "old_hosts": ("app.localhost",)},
    }[state]
    headers = {"cross-origin-opener-policy": "same-origin"}
    await world.start()
    await world.publish(**PRIVATE, base_path="/start", custom_headers=headers, **values)
    there = await everything(await world.client(), f"{request_line}\r\nHost: app.localhost".encode())
    # The route is known by now, so a health answer tells the same of it.
    not_there = await everything(await world.client(), f"{request_line}\r\nHost: not.localhost".encode())

    assert there == not_there.replace(b"not.localhost", b"app.localhost")
    assert await world.redis.exists("spaceport:wakes") == 0


@pytest.mark.parametrize("how", ["token", "cookie", "nothing"])
async def test_what_is_open_ends_when_its_door_closes(world: Any, how: str) -> None:
    upstream = await world.upstream(STREAM)
    await world.start()
    await world.publish(upstream=upstream, **({} if how == "nothing" else PRIVATE))
    ticket = signed(KEY, time.time() + 60)
    shown = {"token": "Authorization: Bearer hf_good", "cookie": f"Cookie: {ENTRY_COOKIE}={ticket}"}.get(how, "X: y")
    client = await world.opened(f"GET /stream HTTP/1.1\r\nHost: app.localhost\r\n{shown}")
    assert (await client.head()).status == 200
    assert await client.chunk() == b"data: hello\n\n"
    await world.publish(upstream=upstream, **{**PRIVATE, "sign_key": "another", "token_hashes": []})

    assert await client.is_closed()


async def test_what_is_open_goes_on_for_those_who_may_stay(world: Any) -> None:
    upstream = await world.upstream(STREAM)
    await world.start()
    await world.publish(upstream=upstream, **PRIVATE)
    clients = []
    for token in ("hf_good", "hf_gone"):
        client = await world.opened(f"GET / HTTP/1.1\r\nHost: app.localhost\r\nX-HF-Authorization: Bearer {token}")
        clients.append(client)
    assert [(await client.head()).status for client in clients] == [200, 404]
    leaving = await world.opened(f"GET / HTTP/1.1\r\nHost: app.localhost\r\nCookie: {ENTRY_COOKIE}={signed(KEY, 2e9)}")
    assert (await leaving.head()).status == 200
    await world.publish(upstream=upstream, **{**PRIVATE, "sign_key": "another"})

    assert await leaving.chunk() == b"data: hello\n\n"
    assert await leaving.is_closed()
    assert await clients[0].chunk() == b"data: hello\n\n"
    assert not clients[0].reader.at_eof()


async def test_a_member_is_led_from_the_old_host_to_the_new_one(world: Any) -> None:
    await world.start()
    await world.publish(**PRIVATE, hosts=("new.localhost",), old_hosts=("app.localhost",))
    link = f"/a?__sign={signed(KEY, time.time() + 60)}"
    by_link = await (await world.client()).get(link)
    by_token = await (await world.client()).get("/a", Authorization="Bearer hf_good")

    assert (by_link.status, by_link.headers["location"]) == (308, f"http://new.localhost{link}")
    assert (by_token.status, by_token.headers["location"]) == (308, "http://new.localhost/a")


async def test_links_end_with_their_time_and_with_their_key(world: Any) -> None:
    await world.start()
    await world.publish(**PRIVATE, upstream=await world.upstream(STREAM))
    good, over = signed(KEY, time.time() + 60), signed(KEY, time.time() - 1)
    client = await world.client()
    assert (await client.get(f"/?__sign={good}")).status == 303
    assert (await client.get(f"/?__sign={over}")).status == 404

    await world.publish(**{**PRIVATE, "sign_key": "another"}, upstream=await world.upstream(STREAM))
    assert (await client.get(f"/?__sign={good}")).status == 404
    assert (await client.get("/", Cookie=f"{ENTRY_COOKIE}={good}")).status == 404


async def test_a_shared_link_gives_no_more_time_than_it_has(world: Any) -> None:
    await world.start()
    await world.publish(**PRIVATE, upstream=await world.upstream(STREAM))
    link, reader = shared(KEY, time.time() + 60), signed(KEY, time.time() + 60)
    client = await world.client()
    by_link, by_reader = await client.get(f"/?__sign={link}"), await client.get(f"/?__sign={reader}")

    assert all(f"{name}={link};" in by_link.headers["set-cookie"] for name in (ENTRY_COOKIE, FRAME_COOKIE))
    assert any(f"Max-Age={seconds};" in by_link.headers["set-cookie"] for seconds in (57, 58, 59, 60))
    assert "Max-Age=43200;" in by_reader.headers["set-cookie"]


async def test_a_frame_has_a_cookie_that_pages_of_others_cannot_use(world: Any) -> None:
    await world.start()
    await world.publish(**PRIVATE, upstream=await world.upstream(FINE))
    cookie = f"{FRAME_COOKIE}={signed(KEY, time.time() + 60)}"
    client = await world.client()

    assert (await client.get("/", Cookie=cookie, Origin="http://other.localhost")).status == 404
    assert (await client.get("/", Cookie=cookie, Origin="null")).status == 404
    assert (await client.get("/", Cookie=cookie, Origin="http://app.localhost")).status == 200
    assert (await client.get("/", Cookie=cookie)).status == 200


@pytest.mark.parametrize("name", [ENTRY_COOKIE, FRAME_COOKIE])
@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET / HTTP/1.1", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 404),
        ("GET / HTTP/1.1", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 404),
        ("POST / HTTP/1.1\r\nContent-Length: 0", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}, 404),
        ("POST / HTTP/1.1\r\nContent-Length: 0", {"Origin": "http://evil.localhost"}, 404),
        ("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket", {"Origin": "http://evil.localhost"}, 404),
        ("GET / HTTP/1.1", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        # An app whose pages send no referrer sends no origin either.
        ("POST / HTTP/1.1\r\nContent-Length: 0", {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
    ],
)
async def test_pages_of_other_apps_cannot_use_the_cookies_of_their_readers(
    world: Any, request_line: str, headers: dict[str, str], status: int, name: str
) -> None:
    await world.start()
    await world.publish(**PRIVATE, upstream=await world.upstream(FINE))
    lines = [request_line, "Host: app.localhost", f"Cookie: {name}={signed(KEY, time.time() + 60)}"]
    client = await world.opened("\r\n".join([*lines, *(f"{key}: {value}" for key, value in headers.items())]))

    assert (await client.head()).status == status


async def test_who_was_not_let_in_is_told_of_the_gate(world: Any) -> None:
    await world.start()
    await world.publish(**PRIVATE, gated=True, upstream=await world.upstream(FINE))
    client = await world.client()
    refused = await client.get("/", Accept="text/html")

    assert refused.status == 403
    assert b"Ask for access first" in refused.body
    assert (await client.get("/", Authorization="Bearer hf_good")).status == 200

    await world.publish(**PRIVATE, gated=True, hosts=("new.localhost",), old_hosts=("app.localhost",))
    assert (await client.get("/a")).headers["location"] == "http://new.localhost/a"


@pytest.mark.parametrize(
    ("desired", "who", "words"),
    [("paused", "owner", "owner paused"), ("stopped", "admin", "admin"), ("suspended", "platform", "by itself")],
)
async def test_a_paused_space_says_who_paused_it(world: Any, desired: str, who: str, words: str) -> None:
    await world.start()
    await world.publish(stage=Stage.PAUSED, desired=desired, reason="paused by ada: too loud", wakes_on_visit=False)
    client = await world.client()
    told, shown = await client.get(), await client.get(Accept="text/html")

    assert f'"paused_by": "{who}"'.encode() in told.body
    assert words in shown.body.decode()
    assert b"paused by ada: too loud" in shown.body
    assert await world.redis.exists("spaceport:wakes") == 0
