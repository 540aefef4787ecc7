"""Every address in an answer begins with the one that was asked: behind a proxy no other is reached."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .conftest import Hub

HOST = "hub.example:8443"


@pytest.fixture
def client(hub: Hub) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {hub.person('ada').token}", "Host": HOST, "X-Forwarded-Proto": "https"}
    with httpx.Client(base_url=hub.url, headers=headers) as client:
        yield client


def addresses_in(answer: httpx.Response) -> set[str]:
    """Scheme and host of each."""
    text = answer.text + " ".join(answer.headers.values())
    return set(re.findall(r"https?://[^/\"'<>;, ]+", text))


def test_answers_name_the_hub_as_it_was_asked(client: httpx.Client) -> None:
    lines = (
        '{"key":"header","value":{"summary":"Add"}}',
        '{"key":"file","value":{"path":"a.txt","content":"eA==","encoding":"base64"}}',
    )
    ndjson: dict[str, Any] = {"content": "\n".join(lines), "headers": {"Content-Type": "application/x-ndjson"}}
    batch = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": "a" * 64, "size": 1}]}
    answers = [
        client.post("/api/repos/create", json={"name": "one", "type": "model"}),
        client.post("/api/repos/create", json={"name": "two", "type": "model"}),
        client.post("/api/models/ada/one/commit/main", **ndjson),
        client.post("/api/models/ada/one/commit/main?create_pr=1", **ndjson),
        client.get("/api/models?limit=1"),
        client.get("/api/models/ada/one/tree/main?limit=1"),
        client.get("/api/models/ada/one/xet-write-token/main"),
        client.post("/ada/one.git/info/lfs/objects/batch", json=batch),
    ]

    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert addresses_in(answer) == {f"https://{HOST}"}, answer.request.url


@pytest.mark.parametrize("path", ["/api/none", "/buckets/ada/b/resolve/f", "/kernels/ada/k"])
def test_what_only_programs_ask_for_is_never_html(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.json()["error"]
