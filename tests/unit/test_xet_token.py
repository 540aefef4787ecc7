"""The token of the CAS: what it opens, and that nobody makes one of their own."""

import base64
import json
from typing import Any

import pytest

from spaceport.errors import AccessDenied, NotAuthenticated
from spaceport.repos.xet.token import Right, XetToken, seal, unseal

SECRET = "a secret"
TOKEN = XetToken("repo", Right.WRITE, 1000)


def bearer(token: XetToken = TOKEN, secret: str = SECRET) -> str:
    return f"Bearer {seal(token, secret)}"


def test_a_token_is_read_back() -> None:
    assert unseal(bearer(), SECRET, 999, Right.WRITE) == TOKEN


def test_a_token_is_over_at_its_time() -> None:
    with pytest.raises(NotAuthenticated, match="no longer valid"):
        unseal(bearer(), SECRET, 1000, Right.WRITE)


def test_a_token_for_reading_does_not_write() -> None:
    with pytest.raises(AccessDenied, match="may only read"):
        unseal(bearer(XetToken("repo", Right.READ, 1000)), SECRET, 0, Right.WRITE)


def test_a_token_for_writing_does_not_read() -> None:
    """It is given to whoever may propose changes, who may not read the files of a gated repo."""
    with pytest.raises(AccessDenied, match="may only write"):
        unseal(bearer(), SECRET, 0, Right.READ)


def forged(**changes: Any) -> str:
    payload, _, signature = seal(TOKEN, SECRET).partition(".")
    fields = json.loads(base64.urlsafe_b64decode(payload + "==")) | changes
    return f"Bearer {base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()}.{signature}"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer hf_token",
        "Basic abc",
        "Bearer é.é",
        bearer(secret="another"),
        forged(repo_id="other"),
        forged(expires_at=10**10),
        forged(right="admin"),
    ],
)
def test_anything_else_opens_nothing(authorization: str | None) -> None:
    with pytest.raises(NotAuthenticated, match="needs a xet token"):
        unseal(authorization, SECRET, 0, Right.WRITE)
