"""Headers of the card, frames, first pages, old hosts and variables, as visitors get them."""

from typing import Any

import pytest
from tests.integration.gateway.apps import always, answer

from spaceport.domain.stage import Stage

pytestmark = pytest.mark.anyio

OPENER = {"cross-origin-opener-policy": "same-origin"}
PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize("kind", ["app", "file", "missing", "asleep", "error", "away"])
async def test_headers_of_the_card_are_on_every_answer(world: Any, kind: str) -> None:
    (world.folder / "index.html").write_text("home")
    upstream = await world.upstream(always(answer(b"x", "Cross-Origin-Opener-Policy: unsafe-none")))
    values: dict[str, Any] = {
        "app": {"upstream": upstream},
        "file": {"static_root": str(world.folder)},
        "missing": {"static_root": str(world.folder)},
        "asleep": {"stage": Stage.SLEEPING, "wakes_on_visit": True},
        "error": {"stage": Stage.RUNTIME_ERROR},
        "away": {"upstream": {"instance_id": "x", "host": "127.0.0.1", "port": 1}},
    }[kind]
    await world.start()
    await world.publish(custom_headers=OPENER, allows_embedding=False, **values)
    reply = await (await world.client()).get("/nothing" if kind == "missing" else "/", **PAGE)

    assert reply.headers["cross-origin-opener-policy"] == "same-origin"
    expected = "frame-ancestors 'self' http://hub.localhost:7700"
    assert reply.headers["content-security-policy"] == expected


async def test_a_visit_from_outside_is_sent_to_the_first_page(world: Any) -> None:
    await world.start()
    await world.publish(base_path="/start", upstream=await world.upstream(always(answer(b"app"))))
    client = await world.client()
    page, program = await client.get("/?a=b", **PAGE), await client.get("/")

    assert (page.status, page.headers["location"]) == (307, "/start?a=b")
    assert program.body == b"app"


async def test_an_old_host_leads_to_the_new_one(world: Any) -> None:
    await world.start()
    await world.publish(old_hosts=("old.localhost",), stage=Stage.SLEEPING, wakes_on_visit=True)
    client = await world.client()
    reply = await client.get("/a/b?c=d", host=f"old.localhost:{world.gateway.port}")

    assert (reply.status, reply.headers["location"]) == (308, f"http://app.localhost:{world.gateway.port}/a/b?c=d")
    assert await world.redis.exists("spaceport:wakes") == 0
    await world.publish(space_id="s2", hosts=("old.localhost",), stage=Stage.PAUSED)
    assert (await client.get("/", host="old.localhost")).status == 503


async def test_variables_reach_the_pages_of_a_static_space(world: Any) -> None:
    (world.folder / "index.html").write_text("<!doctype html><head><title>x</title>")
    (world.folder / "data.json").write_text("{}")
    await world.start()
    await world.publish(static_root=str(world.folder), variables={"MODEL": "ada/tiny"})
    client = await world.client()
    page = await client.get()
    script = b'<script>(window.huggingface=window.huggingface||{}).variables={"MODEL": "ada/tiny"};</script>'

    assert page.body == b"<!doctype html><head>" + script + b"<title>x</title>"
    assert (await client.get("/data.json")).body == b"{}"
    assert (await client.get(If_None_Match=page.headers["etag"])).status == 304
    await client.send(b"HEAD / HTTP/1.1\r\nHost: app.localhost\r\n\r\n")
    assert (await client.reply(is_head=True)).headers["content-length"] == str(len(page.body))
    await world.publish(static_root=str(world.folder), variables={"MODEL": "ada/large"})
    assert b"ada/large" in (await client.get(If_None_Match=page.headers["etag"])).body
