"""What the hub keeps beside repos and Spaces, as the steps need it; the real side is in ``adapters``."""

from collections.abc import Iterable
from typing import Protocol

from spaceport.domain.redirect import RepoRedirect
from spaceport.domain.repo import RepoType
from spaceport.domain.xorb import XorbSpan


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
