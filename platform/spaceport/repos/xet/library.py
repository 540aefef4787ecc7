"""
Every chunk this hub has: in xorbs that just came, and in the large files that were made of them.

A xorb is kept as a file only until all of its chunks are in some large file. From then on the database says where, so
that nothing is stored twice, and clients may still name a xorb that they sent long ago.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from spaceport.domain.blob import StoredBlob
from spaceport.domain.xorb import XorbSpan, cover
from spaceport.errors import BadRequest, EntryNotFound
from spaceport.repos.xet.hashes import in_url_form
from spaceport.repos.xet.shard import ShardFile, Term
from spaceport.repos.xet.xorb import XorbIndex
from spaceport.repos.xet.xorb_files import XorbFiles
from spaceport.services import Services

#: Of indexes of xorbs, each of at most 300 KB: a file names one xorb after the other, or some of them in turns.
_REMEMBERED = 128
_BLOCK_BYTES = 1024**2


class XorbMissing(BadRequest):
    """A xorb that this hub does not have, or that the sender does not prove to have: the answer is the same."""

    @classmethod
    def of(cls, xorb: bytes) -> "XorbMissing":
        name = in_url_form(xorb)
        return cls(f"xorb {name} is not here, or the proof that you have its chunks is wrong: upload it again")


class XorbLibrary:
    """For one request: it remembers what it has seen."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.files = XorbFiles(xet_folder(services))
        self.index = lru_cache(_REMEMBERED)(self._index)
        self._spans = lru_cache(_REMEMBERED)(self._fresh_spans)

    def read(self, term: Term) -> Iterator[bytes]:
        """The raw bytes of a term. Raises: XorbMissing."""
        blocks = self.files.read(term.xorb, term.first, term.end)
        if blocks is not None:
            yield from blocks
            return
        index = self.index(term.xorb)
        parts = cover(self._spans(term.xorb), term.first, term.end)
        if parts is None:
            # Another request may just have made a file of it, and dropped the xorb.
            parts = cover(self._fresh_spans(term.xorb), term.first, term.end)
        if index is None or parts is None:
            raise XorbMissing.of(term.xorb)
        for span, first, end in parts:
            place = span.offset_bytes + index.raw_bytes(span.chunk_start, first)
            try:
                yield from self._read_blob(span.blob_id, place, index.raw_bytes(first, end))
            except EntryNotFound as error:
                raise XorbMissing.of(term.xorb) from error

    def remember(self, file: ShardFile, stored: StoredBlob) -> None:
        """From now on the chunks of this file are found in the large file that was made of them."""
        name_of, spans, offset = in_url_form, [], 0
        for term in file.terms():
            spans.append(XorbSpan(name_of(term.xorb), term.first, term.end, stored.sha256, offset))
            offset += term.raw_bytes
        indexes = {term.xorb for term in file.terms()}
        with self._services.database.begin() as tx:
            if tx.blobs.get(stored.sha256) is None:
                return
            for xorb in indexes:
                index = self.index(xorb)
                if index is not None:
                    tx.xorbs.add(name_of(xorb), index.to_bytes())
            tx.xorbs.add_spans(stored.sha256, spans)

    def drop_covered(self, xorb: bytes) -> None:
        """Remove the file of a xorb, if all its chunks are in large files."""
        index = self.index(xorb)
        if index is not None and cover(self._fresh_spans(xorb), 0, len(index)) is not None:
            self.files.remove(xorb)
            with self._services.database.begin() as tx:
                tx.xorbs.forget_sent(in_url_form(xorb))

    def _index(self, xorb: bytes) -> XorbIndex | None:
        found = self.files.index(xorb)
        if found is not None:
            return found
        with self._services.database.read() as tx:
            chunks = tx.xorbs.chunks(in_url_form(xorb))
        return None if chunks is None else XorbIndex.from_bytes(chunks)

    def _fresh_spans(self, xorb: bytes) -> list[XorbSpan]:
        with self._services.database.read() as tx:
            return tx.xorbs.spans(in_url_form(xorb))

    def _read_blob(self, sha256: str, place: int, length: int) -> Iterator[bytes]:
        with self._services.objects.open_file(sha256) as file:
            file.seek(place)
            while length:
                block = file.read(min(length, _BLOCK_BYTES))
                if not block:
                    raise EntryNotFound(f"the large file {sha256} is shorter than it was")
                length -= len(block)
                yield block


def xet_folder(services: Services) -> Path:
    return services.settings.data_dir.resolve() / "xet"
