"""What a commit over the API does, operation by operation."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.blob import is_sha256
from spaceport.errors import BadPath, BadRequest
from spaceport.repos.files import bad_path

#: Of one commit.
MAX_OPERATIONS = 50_000
#: Of the whole message, and so of each of its parts.
MAX_MESSAGE_CHARACTERS = 100_000


@dataclass(frozen=True)
class AddFile:
    """A file in plain git, new or in place of the one before."""

    path: str
    content: bytes


@dataclass(frozen=True)
class AddBlob:
    """The same with content that is in the quarantine already, under its git id."""

    path: str
    object_id: str


@dataclass(frozen=True)
class AddLarge:
    """A large file that the repo may use. ``size_bytes`` is what the client believes, None where it says nothing."""

    path: str
    sha256: str
    size_bytes: int | None = None


@dataclass(frozen=True)
class Delete:
    """A file, or a folder with everything in it."""

    path: str


@dataclass(frozen=True)
class Copy:
    """A file or folder of this repo at one more path; with ``is_move`` the old one goes."""

    path: str
    old_path: str
    is_move: bool = False


Operation = AddFile | AddBlob | AddLarge | Delete | Copy


def check_operations(operations: Sequence[Operation]) -> None:
    """What can be said without the repo. Raises: BadRequest."""
    if len(operations) > MAX_OPERATIONS:
        raise BadRequest(f"a commit may have {MAX_OPERATIONS:,} operations; this one has more: make several commits")
    for each in operations:
        check_operation(each)


def check_operation(each: Operation) -> None:
    """Raises: BadRequest."""
    check_path(each.path)
    if isinstance(each, Copy):
        check_path(each.old_path)
    if isinstance(each, AddLarge) and not is_sha256(each.sha256):
        raise BadRequest(f'"oid" of {each.path!r} must be a SHA-256 of 64 lower-case hex digits')


def check_path(path: str) -> None:
    """Raises: BadPath."""
    if why := bad_path(path):
        shown = "".join(c if c.isprintable() else "?" for c in path)[:200]
        raise BadPath(f"the path {shown!r} cannot be used: {why}")
