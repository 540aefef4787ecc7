"""What opens the CAS: a token for one repo and one right. The CAS trusts nothing else."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from spaceport.errors import AccessDenied, NotAuthenticated
from spaceport.repos.signed_text import NotSigned, read_signed, sign

_PURPOSE = "xet"

#: Clients ask for a new one by themselves, a minute before this is over.
LIFETIME_SECONDS = 3600


class Right(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class XetToken:
    """
    ``expires_at`` is seconds since the epoch, UTC. ``user_id`` is empty where nobody has signed in; ``is_guest`` is for
    who may open pull requests of the repo and not write to it.
    """

    repo_id: str
    right: Right
    expires_at: int
    user_id: str = ""
    is_guest: bool = False


def seal(token: XetToken, secret: str) -> str:
    """The token as text; stateless, so that any hub process can read it."""
    return sign(_PURPOSE, asdict(token), secret)


def unseal(authorization: str | None, secret: str, now: float, right: Right) -> XetToken:
    """
    The token of a request, if it has this right.

    One for writing may not read: those who propose changes get it, whether or not a gated repo let them in.

    Raises: NotAuthenticated when it is missing, forged or over; AccessDenied.
    """
    scheme, _, text = (authorization or "").strip().partition(" ")
    try:
        fields = read_signed(_PURPOSE, text.strip() if scheme.lower() == "bearer" else "", secret)
        repo_id, user_id = str(fields["repo_id"]), str(fields.get("user_id", ""))
        token = XetToken(
            repo_id, Right(fields["right"]), int(fields["expires_at"]), user_id, bool(fields.get("is_guest"))
        )
    except NotSigned as error:
        raise NotAuthenticated("this needs a xet token of this hub: ask the repo for one") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotAuthenticated("this xet token is of another version of the hub: ask the repo for a new one") from error
    if now >= token.expires_at:
        raise NotAuthenticated("this xet token is no longer valid: ask the repo for a new one")
    if right is not token.right:
        raise AccessDenied(f"this xet token may only {token.right}")
    return token
