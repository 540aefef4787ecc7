"""Fields as a text that only this hub can write: tickets and tokens that any hub process can read."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


class NotSigned(Exception):
    """The text is not signed by this hub for this purpose."""


def sign(purpose: str, fields: Mapping[str, Any], secret: str) -> str:
    """Letters, digits, ``-``, ``_`` and one dot: fit for addresses, headers and environment variables."""
    payload = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
    return f"{payload}.{_signature(purpose, payload, secret)}"


def read_signed(purpose: str, text: str, secret: str) -> dict[str, Any]:
    """
    The fields; what is in them depends on the version of the hub that wrote them.

    Raises: NotSigned.
    """
    payload, _, signature = text.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(purpose, payload, secret).encode()):
        raise NotSigned
    fields: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return fields


def _signature(purpose: str, payload: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}:{payload}".encode(), hashlib.sha256).hexdigest()
