"""What the hub keeps beside repos and Spaces, as the steps need it; the real side is in ``adapters``."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from spaceport.domain.blob import Blob, Grant, Shelf
from spaceport.domain.redirect import RepoRedirect
from spaceport.domain.repo import RepoType
from spaceport.domain.xorb import XorbSpan


class Blobs(Protocol):
    """Large files by SHA-256, and which repo (Spaces too) may use which: knowing a hash gives no right to its bytes."""

    def get(self, sha256: str) -> Blob | None: ...
    def by_xet_hash(self, xet_hash: str) -> Blob | None: ...
    def add(self, blob: Blob, /) -> None:
        """One that is there stays; it gets the Xet hash if it has none."""
        ...

    def remove(self, sha256: str) -> None:
        """With all grants."""
        ...

    def begin_removal(self, sha256: str, at: datetime) -> None:
        """Its bytes are about to go; ``remove`` follows."""
        ...

    def grant(self, repo_id: str, sha256: str, sender_id: str | None = None, xet_hash: str | None = None) -> None:
        """
        Only after somebody who may write to this repo sent the bytes, or may read them elsewhere. Again: renewed.

        ``sender_id`` is who sent them and answers for them until a branch names them; ``xet_hash`` their name, if they
        came by Xet.
        """
        ...

    def renew(self, repo_id: str, sha256: str) -> bool:
        """Whether there was a right to renew."""
        ...

    def take_on(self, repo_id: str, sha256s: Collection[str]) -> None:
        """A branch or tag names them from now on: they count for the owner of the repo, not for who sent them."""
        ...

    def uncommitted_bytes_of(self, sender_id: str, owner_id: str | None = None) -> int:
        """Of all that somebody sent, to the repos of one owner or to any, and no branch named yet."""
        ...

    def not_taken_on(self, repo_id: str) -> dict[str, int]:
        """Bytes by SHA-256 of what was sent to a repo and no branch named yet."""
        ...

    def is_granted(self, repo_id: str, sha256: str) -> bool: ...
    def is_granted_to_any(self, sha256: str) -> bool: ...
    def granted_to(self, repo_id: str) -> frozenset[str]:
        """The SHA-256 of each."""
        ...

    def bytes_of(self, repo_id: str) -> int:
        """Of all files that count for the owner of the repo."""
        ...

    def granted_blobs(self, repo_id: str) -> dict[str, Blob]:
        """By SHA-256."""
        ...

    def grants_to(self, repo_id: str, sha256s: Collection[str]) -> dict[str, Grant]:
        """The rights of a repo to these files, by SHA-256, as far as it has them."""
        ...

    def total_bytes(self, sha256s: Collection[str]) -> int:
        """What those of these files take that are there, each once."""
        ...

    def by_xet_name(self, repo_id: str, name: str) -> Blob | None:
        """A file that the repo may use, by its xet hash or its SHA-256."""
        ...

    def copy_grants(self, source_id: str, target_id: str) -> None:
        """For a repo made of the branches and tags of another one."""
        ...

    def old_grants(self, before: datetime) -> list[Grant]:
        """Not renewed since then, by repo."""
        ...

    def grants_of(self, repo_id: str) -> list[Grant]: ...
    def revoke_all(self, repo_id: str, sha256s: Collection[str]) -> None:
        """Those of a repo to these files, whatever names them."""
        ...

    def note_unnamed(self, grant: Grant, at: datetime | None, /) -> None:
        """No commit names it, or again one does (None); nothing where it was renewed."""
        ...

    def revoke(self, grant: Grant, /) -> None:
        """Unless it was renewed."""
        ...

    def all_together(self) -> Shelf: ...
    def unnamed_together(self) -> Shelf:
        """Those that a repo may use, and somebody looked and found no commit that names them."""
        ...

    def unused(self, before: datetime) -> list[Blob]:
        """Older than that, granted to nobody and attached to nothing."""
        ...


class Xorbs(Protocol):
    """Xorbs by hash in URL form: their chunks, and the large files in which these are found."""

    def chunks(self, xorb_id: str) -> bytes | None:
        """What ``add`` was given; None for one of which nothing was ever made."""
        ...

    def spans(self, xorb_id: str) -> list[XorbSpan]: ...
    def add(self, xorb_id: str, chunks: bytes) -> None:
        """One that is there stays."""
        ...

    def add_spans(self, blob_id: str, spans: Iterable[XorbSpan]) -> None:
        """All of one large file; those that are there stay."""
        ...

    def note_sent(self, xorb_id: str, sender_id: str, size_bytes: int) -> None:
        """Its file takes up room that the sender answers for, until large files were made of it."""
        ...

    def bytes_sent_by(self, sender_id: str) -> int: ...
    def forget_sent(self, xorb_id: str) -> None:
        """The file is gone."""
        ...

    def forget_sent_before(self, oldest: datetime) -> None: ...
    def forget_lost(self) -> int:
        """Those that are found in no large file any more; returns how many."""
        ...


class RepoRedirects(Protocol):
    """Names that models and datasets had before, without regard to case."""

    def put(self, redirect: RepoRedirect) -> None:
        """In place of where the name led before."""
        ...

    def by_name(self, kind: RepoType, owner: str, name: str) -> RepoRedirect | None: ...
    def remove_name(self, kind: RepoType, owner: str, name: str) -> None: ...
