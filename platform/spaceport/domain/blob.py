"""Large files: bytes named by their SHA-256, kept once, used by any number of repos."""

import re
from dataclasses import dataclass
from datetime import datetime

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredBlob:
    """What a store of objects holds: the SHA-256 in lower-case hex, which is its name, and the number of bytes."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Blob:
    """
    One row per large file; ``id`` is its SHA-256. ``xet_hash`` is the name that Xet clients give to the same bytes.

    A row says that the bytes are there, never who may read them: that is a grant to a repo. Since ``removing_at`` the
    bytes are being taken away: nobody gets a right to them until that is over.
    """

    id: str
    size_bytes: int
    xet_hash: str | None
    created_at: datetime
    removing_at: datetime | None = None


@dataclass(frozen=True)
class Grant:
    """
    A repo may use a blob. ``created_at`` is renewed with every upload and push that names it.

    ``unnamed_at`` is when somebody first looked and found no commit that names it; ``sender_id`` is who sent it and
    answers for it, until a branch or tag names it: what comes with a pull request does not count for the owner of the
    repo before it is merged. ``xet_hash`` is None where nobody sent it to this repo by Xet: that somebody sent it to
    another one must show nowhere.
    """

    repo_id: str
    blob_id: str
    created_at: datetime
    unnamed_at: datetime | None = None
    sender_id: str | None = None
    xet_hash: str | None = None

    @property
    def xet_name(self) -> str:
        """What the repo calls the file where clients want a xet hash: without one, the SHA-256 is as good a name."""
        return self.xet_hash or self.blob_id


def is_sha256(text: str) -> bool:
    return _SHA256.fullmatch(text) is not None


@dataclass(frozen=True)
class Shelf:
    """How many of something there are, and what they take together."""

    count: int
    size_bytes: int
