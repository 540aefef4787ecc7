"""Bodies that no client sends are refused in words, announced or not; what is streamed is none of them."""

from collections.abc import Iterator

import httpx
import pytest
from huggingface_hub import HfApi

from .conftest import Hub

MIB = 1024**2
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ADDRESSES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/api/repos/create", JSON),
    ("/api/repos/create", {}),
    ("/api/repos/create", {"Content-Type": "text/plain"}),
    ("/api/models/ada/tiny/preupload/main", JSON),
    ("/api/models/ada/tiny/paths-info/main", FORM),
    ("/ada/tiny/ask-access", FORM),
    ("/api/validate-yaml", JSON),
    ("/oauth/token", FORM),
    ("/ada/tiny/info/lfs/objects/batch", JSON),
)


def pieces(size: int) -> Iterator[bytes]:
    """Without a word of how long it is."""
    for _ in range(size // MIB):
        yield b" " * MIB


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_that_is_too_long_is_refused_in_words(hub: Hub, is_announced: bool) -> None:
    """Some addresses have smaller limits of their own, which they find out while they read."""
    HfApi(hub.url, hub.person("ada").token).create_repo("tiny")
    statuses = (413,) if is_announced else (413, 400)

    for path, headers in ADDRESSES:
        content = b" " * (9 * MIB) if is_announced else pieces(9 * MIB)
        headers = {**headers, "Authorization": f"Bearer {hub.person('ada').token}"}
        answer = httpx.post(f"{hub.url}{path}", content=content, headers=headers)

        assert answer.status_code in statuses, path
        assert answer.json()["error"]


def test_commits_are_streamed_whatever_their_length(hub: Hub) -> None:
    ada = HfApi(hub.url, hub.person("ada").token)
    ada.create_repo("tiny")

    ada.upload_file(path_or_fileobj=b"a line of text\n" * 600_000, path_in_repo="long.txt", repo_id="ada/tiny")

    assert ada.model_info("ada/tiny", files_metadata=True).siblings[-1].size == 9_000_000
