"""Files attached to discussions, with the real client."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from tests.integration.hub.conftest import Hub

from spaceport.repos.collecting import collect_large_files

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def api_of(hub: Hub) -> HfApi:
    return HfApi(hub.url, hub.person("ada").token)


def send(hub: Hub, content: bytes, content_type: str = "image/png", token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or hub.person('ada').token}", "Content-Type": content_type}
    return httpx.post(f"{hub.url}/uploads", content=content, headers=headers)


def test_an_attachment_is_at_the_address_that_the_client_gets(hub: Hub, tmp_path: Path) -> None:
    picture = tmp_path / "screenshot.png"
    picture.write_bytes(PNG)

    address = api_of(hub).upload_attachment(picture)
    answer = httpx.get(address)
    part = httpx.get(address, headers={"Range": "bytes=0-7"})

    assert address.startswith(f"{hub.url}/uploads/")
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (part.status_code, part.content) == (206, PNG[:8])
    assert httpx.head(address).headers["content-length"] == str(len(PNG))
    assert api_of(hub).upload_attachment(picture) != address


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<html><script>alert(1)</script>", "image/png"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"", "image/png"),
        (PNG, ""),
        (PNG, "image/gif"),
        (PNG + bytes(11 * 1024**2), "image/png"),
    ],
)
def test_what_is_no_picture_is_refused(hub: Hub, content: bytes, content_type: str) -> None:
    answer = send(hub, content, content_type)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_only_people_with_a_right_to_write_attach(hub: Hub, tmp_path: Path) -> None:
    assert httpx.post(f"{hub.url}/uploads", content=PNG, headers={"Content-Type": "image/png"}).status_code == 401
    assert send(hub, PNG, token=hub.person("ada").read_token).status_code == 403
    picture = tmp_path / "screenshot.png"
    picture.write_bytes(b"no picture")
    with pytest.raises(HfHubHTTPError, match="no image"):
        api_of(hub).upload_attachment(picture)
    assert httpx.get(f"{hub.url}/uploads/{'0' * 24}.png").status_code == 404


def test_attachments_are_not_collected(hub: Hub) -> None:
    address = send(hub, PNG).text
    with hub.services.database.begin() as tx:
        later = hub.services.clock.now() + timedelta(days=30)
        assert tx.blobs.unused(later) == []
    collect_large_files(hub.services)

    assert httpx.get(address).content == PNG
    assert httpx.get(address.replace(".png", ".html")).status_code == 404
