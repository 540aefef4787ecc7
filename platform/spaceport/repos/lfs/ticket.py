"""Signed addresses: what one large file may be done with, for how long; clients send no credentials there."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from spaceport.errors import AccessDenied
from spaceport.repos.signed_text import NotSigned, read_signed, sign

_PURPOSE = "lfs"


class Operation(StrEnum):
    UPLOAD = "upload"
    DOWNLOAD = "download"
    VERIFY = "verify"


#: From the batch to the start of a transfer. Clients upload hundreds of files after one batch, one after the other.
LIFETIME_SECONDS = {Operation.UPLOAD: 12 * 3600, Operation.VERIFY: 24 * 3600, Operation.DOWNLOAD: 3600}


@dataclass(frozen=True)
class TransferTicket:
    """
    Good for one operation on one file of one repo. ``expires_at`` is seconds since the epoch, UTC.

    ``chunk_bytes`` is the size of the parts of an upload in parts, 0 for one in a piece; ``is_guest`` says that the
    user may open pull requests of the repo and not write to it.
    """

    operation: Operation
    repo_id: str
    user_id: str
    sha256: str
    size_bytes: int
    expires_at: int
    chunk_bytes: int = 0
    is_guest: bool = False


def seal(ticket: TransferTicket, secret: str) -> str:
    """The ticket as text for an address; stateless, so that any hub process can read it."""
    return sign(_PURPOSE, asdict(ticket), secret)


def unseal(text: str, secret: str, now: float, operation: Operation, sha256: str) -> TransferTicket:
    """Raises: AccessDenied when it is forged, over, or for something else."""
    try:
        ticket = TransferTicket(**read_signed(_PURPOSE, text, secret))
    except NotSigned as error:
        raise AccessDenied("this address is not signed by this hub: ask for a new one") from error
    except (ValueError, TypeError) as error:
        raise AccessDenied("this address is of another version of the hub: ask for a new one") from error
    if ticket.operation != operation or ticket.sha256 != sha256:
        raise AccessDenied("this address is for something else")
    if now > ticket.expires_at:
        raise AccessDenied("this address is no longer valid: ask for a new one")
    return ticket
