"""
What becomes of a shard: each file it describes is proven, made, compared with its SHA-256, and given to one repo.

Nothing is believed. The proofs show that the sender has every chunk that a file is made of, whoever sent it first; the
tree over the chunks must give the file's name; and the bytes must have the SHA-256 that the commit will name.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spaceport.domain.blob import StoredBlob
from spaceport.errors import BadRequest
from spaceport.repos.disk_room import check_room, check_uncommitted
from spaceport.repos.large_files import keep_large_file
from spaceport.repos.xet.hashes import HASH_BYTES, HashTree, file_hash, in_url_form, possession_proof
from spaceport.repos.xet.library import XorbLibrary, XorbMissing
from spaceport.repos.xet.shard import Shard, ShardFile, Term
from spaceport.repos.xet.token import XetToken
from spaceport.repos.xet.xorb import XorbIndex
from spaceport.services import Services

#: The client's name of a file of no bytes, which it never commits as a large file.
_NOTHING = bytes(HASH_BYTES)
#: A sign of life for the client is sent each time so many bytes were written, or so many terms looked at.
_PROGRESS_BYTES, _PROGRESS_TERMS = 32 * 1024**2, 1000


@dataclass(frozen=True)
class Progress:
    """Steps done, and all there are: each term is proven once and written once."""

    done: int
    total: int


class ShardIntake:
    """One shard for one repo. ``take`` does it all, and stops between files when its caller goes away."""

    def __init__(self, services: Services, token: XetToken, shard: Shard) -> None:
        self._services = services
        self._token = token
        self._shard = shard
        self._library = XorbLibrary(services)
        self._done = 0

    def take(self) -> Iterator[Progress]:
        """
        Files before one that is wrong stay stored: they are collected, if no commit names them.

        Raises: BadRequest, its subclass XorbMissing, NoRoom, AccessDenied, Unavailable.
        """
        yield self._progress()
        self._check_xorbs()
        files = [file for file in self._shard.files() if file.hash != _NOTHING]
        self._check_room(files)
        for file in files:
            yield from self._prove(file)
        for file in files:
            yield from self._make(file)
        for xorb in {term.xorb for file in files for term in file.terms()}:
            self._library.drop_covered(xorb)

    def _check_xorbs(self) -> None:
        """What the shard says of its xorbs must be what is in them."""
        for sent in self._shard.xorbs():
            index = self._library.index(sent.hash)
            if index is None or len(sent) != len(index):
                raise XorbMissing.of(sent.hash)
            if any(chunk != index.chunk(number) for number, chunk in enumerate(sent.chunks())):
                raise XorbMissing.of(sent.hash)

    def _check_room(self, files: list[ShardFile]) -> None:
        limit = self._services.settings.max_large_file_bytes
        for file in files:
            if file.size_bytes > limit:
                size = f"{file.size_bytes / 1024**3:.1f} GiB"
                raise BadRequest(f"a file has {size}; this hub takes files up to {limit / 1024**3:.1f} GiB")
        fresh_bytes = sum(file.size_bytes for file in files if not self._is_granted(file))
        check_room(self._services.settings, self._services.objects.staging, fresh_bytes)
        check_uncommitted(self._services, self._token.user_id, fresh_bytes)

    def _is_granted(self, file: ShardFile) -> bool:
        with self._services.database.read() as tx:
            blob = tx.blobs.by_xet_hash(file.name)
            sha256 = blob.id if blob is not None else file.sha256
            return sha256 is not None and tx.blobs.is_granted(self._token.repo_id, sha256)

    def _prove(self, file: ShardFile) -> Iterator[Progress]:
        tree = HashTree()
        for number, term in enumerate(file.terms()):
            index = self._library.index(term.xorb)
            if index is None or not is_proven(term, index):
                raise XorbMissing.of(term.xorb)
            for chunk in range(term.first, term.end):
                tree.add(*index.chunk(chunk))
            self._done += 1
            if number % _PROGRESS_TERMS == 0:
                yield self._progress()
        found = file_hash(tree.root())
        if found != file.hash:
            raise BadRequest(f"the chunks of file {file.name} have another hash: {in_url_form(found)}")

    def _make(self, file: ShardFile) -> Iterator[Progress]:
        stored = self._known(file)
        if stored is None:
            path = self._services.objects.staging / f"xet-{secrets.token_hex(12)}"
            try:
                yield from self._write(file, path)
                stored = self._services.objects.adopt(path, file.sha256, file.size_bytes)
            finally:
                path.unlink(missing_ok=True)
        token = self._token
        keep_large_file(self._services, token.repo_id, stored, token.user_id, file.name, token.is_guest)
        self._library.remember(file, stored)
        yield self._progress()

    def _known(self, file: ShardFile) -> StoredBlob | None:
        """The same chunks in the same order were made into a file before: the name of a file says so."""
        with self._services.database.read() as tx:
            blob = tx.blobs.by_xet_hash(file.name)
        if blob is None or self._services.objects.size(blob.id) != file.size_bytes:
            return None
        if file.sha256 not in (None, blob.id):
            raise BadRequest(f"file {file.name} has the SHA-256 {blob.id}, announced was {file.sha256}")
        self._done += len(file)
        return StoredBlob(blob.id, blob.size_bytes)

    def _write(self, file: ShardFile, path: Path) -> Iterator[Progress]:
        waiting = 0
        with path.open("xb") as target:
            for term in file.terms():
                for block in self._library.read(term):
                    target.write(block)
                waiting += term.raw_bytes
                self._done += 1
                if waiting > _PROGRESS_BYTES:
                    # Others send at the same time.
                    check_room(self._services.settings, path.parent, waiting)
                    yield self._progress()
                    waiting = 0

    def _progress(self) -> Progress:
        return Progress(self._done, 2 * self._shard.term_count)


def is_proven(term: Term, index: XorbIndex) -> bool:
    """Whether the sender of the term has its chunks; pure."""
    return (
        term.end <= len(index)
        and term.raw_bytes == index.raw_bytes(term.first, term.end)
        and term.proof == possession_proof(index.hashes_of(term.first, term.end))
    )
