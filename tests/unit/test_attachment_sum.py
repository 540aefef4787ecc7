"""How much one person may attach, also when several files arrive at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spaceport.domain.attachment import MAX_PERSON_BYTES, Attachment
from spaceport.domain.blob import Blob
from spaceport.errors import AccessDenied
from spaceport.repos.attachments import take_attachment
from tests.unit.factories import NOW
from tests.unit.services import make_bench

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_the_sum_is_looked_at_again_when_the_bytes_are_there(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    services = bench.services

    async def slow() -> AsyncIterator[bytes]:
        """While it arrives, another one of the same person is written down."""
        yield PNG[:50]
        with services.database.begin() as tx:
            tx.blobs.add(Blob("ab" * 32, MAX_PERSON_BYTES, None, NOW))
            tx.attachments.add(Attachment("a", "ab" * 32, "image/png", MAX_PERSON_BYTES, "user", NOW))
        yield PNG[50:]

    with pytest.raises(AccessDenied, match="2 GiB together"):
        asyncio.run(take_attachment(services, bench.owner, "image/png", slow()))
    with services.database.read() as tx:
        assert tx.attachments.bytes_of("user") == MAX_PERSON_BYTES
