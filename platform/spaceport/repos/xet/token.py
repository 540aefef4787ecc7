"""What opens the CAS: a token for one repo and one right. The CAS trusts nothing else."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from spaceport.errors import AccessDenied, NotAuthenticated

#: Clients ask for a new one by themselves, a minute before this is over.
LIFETIME_SECONDS = 3600


class Right(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class XetToken:
    """``expires_at`` is seconds since the epoch, UTC."""

    repo_id: str
    right: Right
    expires_at: int


def seal(token: XetToken, secret: str) -> str:
    """The token as text; stateless, so that any hub process can read it."""
    payload = base64.urlsafe_b64encode(json.dumps(asdict(token)).encode()).decode().rstrip("=")
    return f"{payload}.{_signature(payload, secret)}"


def unseal(authorization: str | None, secret: str, now: float, right: Right) -> XetToken:
    """
    The token of a request, if it has this right; one for writing may read, too.

    Raises: NotAuthenticated when it is missing, forged or over; AccessDenied.
    """
    scheme, _, text = (authorization or "").strip().partition(" ")
    payload, _, signature = text.strip().partition(".")
    if scheme.lower() != "bearer" or not hmac.compare_digest(signature.encode(), _signature(payload, secret).encode()):
        raise NotAuthenticated("this needs a xet token of this hub: ask the repo for one")
    try:
        fields = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        token = XetToken(str(fields["repo_id"]), Right(fields["right"]), int(fields["expires_at"]))
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise NotAuthenticated("this xet token is of another version of the hub: ask the repo for a new one") from error
    if now >= token.expires_at:
        raise NotAuthenticated("this xet token is no longer valid: ask the repo for a new one")
    if right not in (token.right, Right.READ):
        raise AccessDenied("this xet token may only read")
    return token


def _signature(payload: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"xet:{payload}".encode(), hashlib.sha256).hexdigest()
