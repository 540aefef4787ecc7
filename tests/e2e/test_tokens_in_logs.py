"""What opens a door is in no log: not in a refusal or an error, not in what git and browsers put into addresses."""

import socket
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform

pytestmark = pytest.mark.timeout(300)


def send_nonsense(port: int, token: str) -> None:
    """What no server understands, with a token in it: in the address, in a header, and where no header may be."""
    for text in (
        f"GET /?token={token} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nno header {token}\r\n\r\n",
        f"GET /{token} HTTP/9.9\r\n\r\n",
        f"GET /?token={token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        f"{token}\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(text.encode())
            connection.settimeout(20)
            connection.recv(1000)


def logs_of(platform: Platform) -> str:
    files = [path for path in (platform.data_dir / "logs").rglob("*") if path.is_file()]
    assert {"hub.log", "gateway.log"} <= {path.name for path in files}
    return "\n".join(path.read_text(errors="replace") for path in files)


def test_tokens_and_signatures_are_in_no_log(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("discreet", "static", private=True)
    repo.copy_sample("static-page").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    secrets = [platform.token, "hf_" + "w" * 34, quote(platform.password), platform.password]

    for secret in secrets[1:3]:
        assert repo.git("fetch", platform.remote(space, token=secret), check=False).returncode != 0
    host = platform.info(space)["host"]
    for secret in secrets:
        asked = {"params": {"token": secret}, "headers": {"Authorization": f"Bearer {secret}"}}
        # 501, which the hub's log tells of; 401 and 404, in the address too; and the app itself, through the gateway.
        for path in (f"/api/spaces/{space}/dev-mode", f"/{secret}/x", f"/api/models/x/{secret}"):
            httpx.post(f"{platform.hub}{path}", json={"enabled": True}, timeout=30, **asked)
        httpx.get(f"{host}/", timeout=30, **asked)
    link = platform.api("POST", f"/api/spaces/{space}/links", json={}).json()["url"]
    signed = urlsplit(link).query
    assert httpx.get(f"{host}/?{signed}", timeout=30).status_code in (200, 302, 303, 307)
    batch = {"operation": "upload", "objects": [{"oid": "1" * 64, "size": 1}]}
    answer = platform.api("POST", f"/spaces/{space}.git/info/lfs/objects/batch", json=batch).json()
    upload = answer["objects"][0]["actions"]["upload"]["href"]
    assert httpx.put(upload, content=b"x", timeout=30).status_code in (400, 422)
    for port in (platform.hub_port, platform.apps_port):
        send_nonsense(port, platform.token)

    logs = logs_of(platform)
    assert "has no dev mode" in logs
    for secret in (*secrets, signed.partition("=")[2], urlsplit(upload).query.partition("=")[2]):
        assert len(secret) > 10
        assert secret not in logs
