"""How long a bucket is waited for: a slow one gives small answers in time, one that says nothing is told of."""

import asyncio
import socket
from pathlib import Path

import pytest

from spaceport.adapters.s3_objects import S3Objects, part_bytes
from spaceport.errors import Unavailable

GIB = 1024**3
NAME = "0" * 64


@pytest.mark.parametrize("size", [0, 1, 64 * 1024**2, 50 * GIB, 1000 * GIB])
def test_large_files_go_in_small_parts_of_which_s3_takes_enough(size: int) -> None:
    assert part_bytes(size) * 10_000 > size
    assert part_bytes(size) == 8 * 1024**2 or size > 64 * GIB


def test_a_bucket_that_says_nothing_is_told_of_with_the_setting_for_a_slow_one(tmp_path: Path) -> None:
    # The kernel takes the connections; nobody reads what is asked.
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        objects = S3Objects(
            "s3://large-files",
            tmp_path,
            wait_seconds=1,
            endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}",
            region="us-east-1",
            access_key_id="somebody",
            secret_access_key="a secret of the tests",
            client_options={"allow_http": True},
        )

        with pytest.raises(Unavailable, match="SPACEPORT_OBJECTS_WAIT_SECONDS"):
            objects.size(NAME)
        with pytest.raises(Unavailable, match="does not answer"):
            asyncio.run(_first_block(objects))


async def _first_block(objects: S3Objects) -> bytes:
    async for block in objects.read(NAME):
        return block
    return b""
