"""Static Spaces: files of a folder, and nothing outside it."""

import os
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

LARGE_BYTES = 30 * 1024 * 1024


@pytest.fixture
async def site(world: Any) -> Path:
    """A static Space before a started gateway; answers its folder."""
    root: Path = world.folder / "site"
    (root / "docs").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "index.html").write_text("<h1>home</h1>")
    (root / "docs" / "index.html").write_text("docs")
    (root / "a file.js").write_text("let x")
    (root / "ten.txt").write_text("0123456789")
    (root / ".git" / "config").write_text("secret")
    (world.folder / "secret.txt").write_text("secret")
    (root / "out").symlink_to(world.folder / "secret.txt")
    (root / "in").symlink_to(root / "ten.txt")
    (root / "gitlink").symlink_to(root / ".git" / "config")
    os.mkfifo(root / "pipe")
    await world.start()
    await world.publish(static_root=str(root))
    return root


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/", "text/html; charset=utf-8", b"<h1>home</h1>"),
        ("/?a=b", "text/html; charset=utf-8", b"<h1>home</h1>"),
        ("/docs/", "text/html; charset=utf-8", b"docs"),
        ("/a%20file.js", "text/javascript; charset=utf-8", b"let x"),
        ("/in", "text/plain; charset=utf-8", b"0123456789"),
    ],
)
async def test_files_are_served_with_their_type(world: Any, site: Path, path: str, kind: str, body: bytes) -> None:
    reply = await (await world.client()).get(path)

    assert (reply.status, reply.headers["content-type"], reply.body) == (200, kind, body)


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/docs/..%2f..%2fsecret.txt",
        "/out",
        "/.git/config",
        "/.GIT/config",
        "/gitlink",
        "/ten.txt%00.html",
        "/ten.txt/",
        "/pipe",
        "/missing",
        "/" + "a" * 5000,
        "//secret.txt",
        "/%ff%fe",
    ],
)
async def test_nothing_else_is_served(world: Any, site: Path, path: str) -> None:
    client = await world.client()

    reply = await client.get(path)

    assert reply.status == 404
    assert b"secret" not in reply.body
    assert (await client.get("/ten.txt")).status == 200


async def test_a_folder_without_its_slash_redirects_inside_the_space(world: Any, site: Path) -> None:
    client = await world.client()

    assert (await client.get("/docs?x=1")).headers["location"] == "/docs/?x=1"
    assert (await client.get("//docs")).headers["location"] == "/docs/"


async def test_an_unchanged_file_is_not_sent_again(world: Any, site: Path) -> None:
    client = await world.client()
    first = await client.get("/ten.txt")

    again = await client.get("/ten.txt", If_None_Match=f'"other", W/{first.headers["etag"]}')
    by_date = await client.get("/ten.txt", If_Modified_Since=first.headers["last-modified"])
    changed = await client.get("/ten.txt", If_None_Match='"other"')

    assert [again.status, by_date.status, changed.status] == [304, 304, 200]
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    ("wanted", "status", "body", "range_header"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-999", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=a-b", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
    ],
)
async def test_ranges(world: Any, site: Path, wanted: str, status: int, body: bytes, range_header: str | None) -> None:
    client = await world.client()
    reply = await client.get("/ten.txt", Range=wanted)

    assert (reply.status, reply.body, reply.headers.get("content-range")) == (status, body, range_header)
    assert (await client.get("/ten.txt")).status == 200


async def test_a_range_of_another_version_is_the_whole_file(world: Any, site: Path) -> None:
    client = await world.client()
    etag = (await client.get("/ten.txt")).headers["etag"]

    assert (await client.get("/ten.txt", Range="bytes=0-0", If_Range=etag)).status == 206
    assert (await client.get("/ten.txt", Range="bytes=0-0", If_Range='"old"')).status == 200


async def test_head_tells_the_length_and_sends_nothing(world: Any, site: Path) -> None:
    client = await world.opened("HEAD /ten.txt HTTP/1.1\r\nHost: app.localhost")

    assert (await client.reply(is_head=True)).headers["content-length"] == "10"
    assert (await client.get("/ten.txt")).body == b"0123456789"


async def test_other_methods_are_not_allowed(world: Any, site: Path) -> None:
    client = await world.opened("POST /ten.txt HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 0")
    reply = await client.reply()

    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


async def test_a_large_file_arrives_whole(world: Any, site: Path) -> None:
    content = os.urandom(1024) * (LARGE_BYTES // 1024)
    (site / "large.bin").write_bytes(content)
    client = await world.client()

    assert (await client.get("/large.bin")).body == content
    assert (await client.get("/ten.txt")).status == 200


async def test_a_visitor_that_leaves_closes_the_file(world: Any, site: Path) -> None:
    (site / "large.bin").write_bytes(b"\0" * LARGE_BYTES)
    client = await world.opened("GET /large.bin HTTP/1.1\r\nHost: app.localhost")
    await client.head()
    await client.close()

    async def is_closed() -> bool:
        names = [os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")]
        return not any(name.endswith("large.bin") for name in names)

    await world.until(is_closed)


async def test_a_missing_file_is_an_honest_page(world: Any, site: Path) -> None:
    reply = await (await world.client()).get("/missing", Accept="text/html")

    assert reply.status == 404
    assert "No such page" in reply.body.decode()


async def test_another_index_file_can_be_the_first_page(world: Any, site: Path) -> None:
    await world.publish(static_root=str(site), static_index="ten.txt")

    assert (await (await world.client()).get("/")).body == b"0123456789"
