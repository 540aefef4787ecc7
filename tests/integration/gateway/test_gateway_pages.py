"""What visitors are told when no app answers."""

import asyncio
import json
import socket
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from spaceport.domain.stage import Stage

pytestmark = pytest.mark.anyio

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(
    ("stage", "retry_after"),
    [
        (Stage.BUILDING, "5"),
        (Stage.APP_STARTING, "2"),
        (Stage.BUILD_ERROR, None),
        (Stage.RUNTIME_ERROR, None),
        (Stage.CONFIG_ERROR, None),
        (Stage.NO_APP_FILE, None),
        (Stage.PAUSED, None),
        (Stage.STOPPED, None),
        (Stage.SLEEPING, None),
        (Stage.DELETING, None),
    ],
)
async def test_a_space_that_does_not_serve_says_why(world: Any, stage: Stage, retry_after: str | None) -> None:
    await world.start()
    await world.publish(stage=stage, reason="because <b>so</b>")
    client = await world.client()

    told = await client.get("/config", X_Spaceport_Poll="1")
    shown = await client.get("/", **BROWSER)

    body = json.loads(told.body)
    assert (told.status, shown.status) == (503, 503)
    assert (body["stage"], body["space"], body["reason"]) == (stage.value, "ada/app", "because <b>so</b>")
    assert body["error"]
    for reply in (told, shown):
        assert reply.headers["x-spaceport-stage"] == stage.value
        assert reply.headers.get("retry-after") == retry_after
        assert reply.headers["cache-control"] == "no-store"
    page = shown.body.decode()
    assert "because &lt;b&gt;so&lt;/b&gt;" in page
    assert 'href="http://hub.localhost:7700/spaces/ada/app"' in page
    assert ("<script" in page) == (retry_after is not None)
    assert ('http-equiv="refresh"' in page) == (retry_after is not None)


@pytest.mark.parametrize(
    ("headers", "is_page"),
    [
        ({"Accept": "text/html,*/*;q=0.8"}, True),
        ({"Accept": "*/*", "Sec-Fetch-Dest": "iframe"}, True),
        ({"Accept": "*/*", "Sec-Fetch-Dest": "empty"}, False),
        ({"Accept": "application/json"}, False),
        ({}, False),
    ],
)
async def test_pages_are_for_browsers_and_json_for_programs(world: Any, headers: dict[str, str], is_page: bool) -> None:
    await world.start()
    lines = "".join(f"\r\n{name}: {value}" for name, value in headers.items())
    client = await world.opened(f"GET / HTTP/1.1\r\nHost: nobody.localhost{lines}")
    reply = await client.reply()

    assert reply.status == 404
    assert reply.headers["content-type"] == ("text/html; charset=utf-8" if is_page else "application/json")
    assert "No such Space here" in reply.body.decode()


async def test_an_app_that_refuses_is_a_bad_gateway_that_tries_again(world: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    await world.start()
    await world.publish(upstream={"instance_id": "x", "host": "127.0.0.1", "port": port})
    client = await world.client()

    told, shown = await client.get(), await client.get(**BROWSER)

    assert (told.status, shown.status) == (502, 502)
    assert json.loads(told.body)["reason"] == "it refused the connection"
    assert (told.headers["retry-after"], told.headers["x-spaceport-stage"]) == ("3", "RUNNING")
    assert b"<script" in shown.body
    assert str(port) not in told.body.decode()


async def test_an_app_that_hangs_up_is_a_bad_gateway(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()

    assert (await client.get()).status == 502
    assert (await world.until(world.activity)).errors >= 1


async def test_health_answers_on_any_host(world: Any) -> None:
    await world.start()
    client = await world.client()

    reply = await client.get("/_spaceport/health", host="whatever.example")

    assert reply.status == 200
    assert json.loads(reply.body)["status"] == "ok"


async def test_a_request_to_a_space_that_sleeps_is_a_visit(world: Any) -> None:
    await world.start()
    await world.publish(stage=Stage.SLEEPING)
    await (await world.client()).get()

    assert (await world.until(world.activity)).requests == 1


async def test_a_real_asgi_app_streams_and_takes_uploads(world: Any) -> None:
    app = FastAPI()

    @app.post("/upload")
    async def upload(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.get("/events")
    async def events() -> StreamingResponse:
        async def made() -> Any:
            for number in range(3):
                yield f"data: {number}\n\n"

        return StreamingResponse(made(), media_type="text/event-stream")

    @app.get("/where")
    async def where(request: Request) -> dict[str, str]:
        return {"host": request.headers["x-forwarded-host"], "proto": request.headers["x-forwarded-proto"]}

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await world.start()
    await world.publish(
        upstream={"instance_id": "asgi", "host": "127.0.0.1", "port": listener.getsockname()[1]},
        hosts=("127.0.0.1",),
    )

    async def is_up() -> bool:
        return server.started

    await world.until(is_up)
    base = f"http://127.0.0.1:{world.gateway.port}"
    async with httpx.AsyncClient(base_url=base, timeout=10, trust_env=False) as client:
        size = (await client.post("/upload", content=b"x" * 3_000_000)).json()
        text = (await client.get("/events")).text
        told = (await client.get("/where")).json()
    server.should_exit = True
    await serving
    listener.close()

    assert size == {"size": 3_000_000}
    assert text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert told == {"host": f"127.0.0.1:{world.gateway.port}", "proto": "http"}
