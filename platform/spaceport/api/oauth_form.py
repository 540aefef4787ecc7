"""What apps send to get tokens: a form, and who they are."""

import base64
import binascii
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request

from spaceport.errors import OAuthError

_MAX_BYTES = 64 * 1024
_MAX_FIELDS = 50


async def form_of(request: Request) -> Mapping[str, str]:
    """
    A form in the body, or a JSON object as the Hub's clients send it for some grants.

    Raises: OAuthError, also for what is given more than once (RFC 6749 section 3.2).
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BYTES:
            raise OAuthError("invalid_request", "the request is too large")
    try:
        text = body.decode()
        if request.headers.get("content-type", "").startswith("application/json"):
            values = json.loads(text)
            return {key: value for key, value in values.items() if isinstance(value, str)}
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except (ValueError, AttributeError, RecursionError) as error:
        raise OAuthError("invalid_request", "the request cannot be understood: send a form") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "a field is given more than once")
    return form


def credentials_in(request: Request, form: Mapping[str, str]) -> tuple[str, str | None]:
    """
    Client id and secret, by the Authorization header or in the form; no secret from a public client.

    Raises: OAuthError. Source: RFC 6749 section 2.3.1.
    """
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret") or None
    try:
        name, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise OAuthError("invalid_client", "the Authorization header cannot be understood") from error
    client_id = unquote_plus(name)
    if form.get("client_id", client_id) != client_id:
        raise OAuthError("invalid_request", "client_id differs between header and form")
    return client_id, unquote_plus(secret)
