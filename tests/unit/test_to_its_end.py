"""Who opens something in a thread and is cancelled meanwhile."""

import asyncio
import threading
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from spaceport.adapters.disk_objects import DiskObjects
from spaceport.to_its_end import to_its_end

CONTENT = b"large"
SHA = sha256(CONTENT).hexdigest()


class LateObjects(DiskObjects):
    """Opens a file only when it is let."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.opening, self.may_open = threading.Event(), threading.Event()
        self.opened: list[BinaryIO] = []

    def open_file(self, sha256: str) -> BinaryIO:
        self.opening.set()
        assert self.may_open.wait(30)
        self.opened.append(super().open_file(sha256))
        return self.opened[-1]


def test_a_download_that_is_cancelled_again_and_again_leaves_no_file_open(tmp_path: Path) -> None:
    objects = LateObjects(tmp_path)
    path = tmp_path / SHA[:2] / SHA[2:4] / SHA
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)

    async def run() -> None:
        reader = asyncio.ensure_future(anext(objects.read(SHA)))
        await asyncio.to_thread(objects.opening.wait, 30)
        for _ in range(3):
            reader.cancel()
            await asyncio.sleep(0)
        objects.may_open.set()
        with pytest.raises(asyncio.CancelledError):
            await reader

    asyncio.run(run())

    assert [file.closed for file in objects.opened] == [True]


def test_what_fails_for_a_caller_who_left_is_nothing_to_undo() -> None:
    is_begun, may_end = threading.Event(), threading.Event()
    undone: list[object] = []

    def fail() -> None:
        is_begun.set()
        assert may_end.wait(30)
        raise FileNotFoundError

    async def run() -> None:
        caller = asyncio.ensure_future(to_its_end(fail, undone.append))
        await asyncio.to_thread(is_begun.wait, 30)
        caller.cancel()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await caller

    asyncio.run(run())

    assert undone == []
