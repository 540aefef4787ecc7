"""Signed addresses of the images and sounds of a table: browsers send no credentials for a picture."""

from dataclasses import asdict, dataclass

from spaceport.errors import AccessDenied
from spaceport.repos.signed_text import NotSigned, read_signed, sign

_PURPOSE = "viewer asset"
_LIFETIME_SECONDS = 3600


@dataclass(frozen=True)
class AssetTicket:
    """
    Good for one file: one of the repo at a commit (``path``), or one that a split holds (``split``, ``asset``).

    ``is_public`` when everybody could see it: then it is good only as long as that is so. ``expires_at`` is seconds
    since the epoch, UTC.
    """

    repo_id: str
    sha: str
    is_public: bool
    expires_at: int
    path: str = ""
    split: tuple[str, str] = ("", "")
    asset: str = ""


def expiry(now: float) -> int:
    """One or two hours from now: the same address for an hour, so that browsers need not fetch a picture again."""
    return (int(now) // _LIFETIME_SECONDS + 2) * _LIFETIME_SECONDS


def seal(ticket: AssetTicket, secret: str) -> str:
    fields = {key: value for key, value in asdict(ticket).items() if value}
    return sign(_PURPOSE, fields, secret)


def unseal(text: str, secret: str, now: float) -> AssetTicket:
    """Raises: AccessDenied when it is forged or over."""
    try:
        fields = {"is_public": False, **read_signed(_PURPOSE, text, secret)}
        fields["split"] = tuple(fields.get("split", ("", "")))
        ticket = AssetTicket(**fields)
    except NotSigned as error:
        raise AccessDenied("this address is not signed by this hub: ask for the rows again") from error
    except (ValueError, TypeError) as error:
        raise AccessDenied("this address is of another version of the hub: ask for the rows again") from error
    if now > ticket.expires_at:
        raise AccessDenied("this address is no longer valid: ask for the rows again")
    return ticket
