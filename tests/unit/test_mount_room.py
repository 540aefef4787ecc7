"""Fetching what apps mount: room that is promised once, a look at the disk on the way, a line of those that wait."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spaceport_runner.contract import InstanceSpec, Limits, MountSpec
from spaceport_runner.copy_time import Step, no_step
from spaceport_runner.engines.engine import Mounted
from spaceport_runner.fetch_line import FETCHES_AT_ONCE, FetchLine, LineTooSlow
from spaceport_runner.fetch_room import LOOK_BYTES, FetchRoom, NoRoom, Promise, room_bytes
from spaceport_runner.hub_answers import FetchCancelled
from spaceport_runner.mount_source import MountError
from spaceport_runner.mounts import Mounts
from spaceport_runner.settings import RunnerSettings

MIB = 1024**2
#: No test takes so long; what is waited for comes at once.
LIMIT_SECONDS = 60


class FakeHub(ThreadingHTTPServer):
    """Each repo has one file of 100 KiB, after its name; ``big`` has one that is larger than a look at the disk too."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.opened = threading.Event()
        self.opened.set()
        #: One for each request for files.
        self.asked = threading.Semaphore(0)


class _Door(BaseHTTPRequestHandler):
    server: FakeHub

    def do_GET(self) -> None:
        repo, _, wanted = self.path.removeprefix("/").partition("/files?ids=")
        files = files_of(repo)
        self.send_response(200)
        self.end_headers()
        if not wanted:
            listed = [[name, object_id, len(content)] for name, (object_id, content) in files.items()]
            sha = hashlib.sha1(repo.encode()).hexdigest()
            told = {"snapshot": f"dataset-{sha[:24]}-{sha}", "sha": sha, "files": listed}
            self.wfile.write(json.dumps(told).encode())
            return
        self.server.asked.release()
        self.server.opened.wait(LIMIT_SECONDS)
        by_id = dict(files.values())
        try:
            for object_id in wanted.split(","):
                self.wfile.write(by_id[object_id])
        except ConnectionError:
            """Who was told that the disk is full hangs up."""

    def log_message(self, *_: object) -> None:
        pass


@cache
def files_of(repo: str) -> dict[str, tuple[str, bytes]]:
    """By their paths, each with git's id of it."""
    contents = {f"{repo}.bin": repo.encode() * (100 * 1024 // len(repo))}
    if repo == "big":
        contents["most.bin"] = bytes(LOOK_BYTES + MIB)
    return {
        name: (hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest(), content)
        for name, content in contents.items()
    }


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    server = FakeHub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.opened.set()
    server.shutdown()
    thread.join()
    server.server_close()
    files_of.cache_clear()


def prepare(mounts: Mounts, hub: FakeHub, repo: str, step: Step = no_step) -> tuple[Mounted, ...]:
    mount = MountSpec(name=repo, inside=f"/mnt/{repo}", url=f"http://127.0.0.1:{hub.server_port}/{repo}", token="t")
    spec = InstanceSpec(
        instance_id=repo, space_id="s", space_name="a/b", release_id="r", generation=1, sdk="gradio",
        template="gradio", image="image", sha="0" * 40, source_url="", source_token="", app_file="app.py",
        app_port=7860, limits=Limits(memory_bytes=2**30, cpus=1), start_timeout_seconds=1, mounts=(mount,),
    )  # fmt: skip
    return mounts.prepare(spec, lambda line: None, threading.Event(), step)


def make_mounts(tmp_path: Path, free_bytes: Callable[[Path], int]) -> Mounts:
    return Mounts(RunnerSettings("local", tmp_path, tmp_path, "redis://none", disk_reserve_bytes=MIB), free_bytes)


def left_in(mounts: Mounts) -> list[Path]:
    return [path for name in ("files", ".making") for path in (mounts.folder / name).rglob("*") if path.is_file()]


def test_the_reserve_and_what_others_were_promised_are_no_room() -> None:
    assert room_bytes(100, 30, 10) == 60
    assert room_bytes(100, 95, 10) == 0


def test_two_that_fit_alone_are_not_fetched_at_once(hub: FakeHub, tmp_path: Path) -> None:
    """Each has 100 KiB, and 150 KiB may be written."""
    mounts = make_mounts(tmp_path, lambda folder: MIB + 150 * 1024)
    hub.opened.clear()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(prepare, mounts, hub, "one")
        assert hub.asked.acquire(timeout=LIMIT_SECONDS)
        with pytest.raises(MountError, match="at /mnt/two does not fit on the disk of this machine: 100 KiB are to be"):
            prepare(mounts, hub, "two")
        hub.opened.set()
        first.result(LIMIT_SECONDS)

    (second,) = prepare(mounts, hub, "two")
    assert (second.folder / "two.bin").stat().st_size > 99 * 1024


def test_a_disk_that_fills_on_the_way_ends_the_fetch_and_nothing_of_it_is_left(hub: FakeHub, tmp_path: Path) -> None:
    looks = iter([200 * MIB, MIB])
    mounts = make_mounts(tmp_path, lambda folder: next(looks, 200 * MIB))

    with pytest.raises(MountError, match=r"at /mnt/big does not fit on the disk of this machine: .* 0 bytes are free"):
        prepare(mounts, hub, "big")

    assert left_in(mounts) == []
    (mounted,) = prepare(mounts, hub, "big")
    assert (mounted.folder / "most.bin").stat().st_size == LOOK_BYTES + MIB


def test_what_was_written_is_promised_no_more_unless_it_is_to_be_written_again(tmp_path: Path) -> None:
    room = FetchRoom(tmp_path, 0, lambda folder: 100)

    def fits(size_bytes: int) -> bool:
        try:
            with room.promised(size_bytes):
                return True
        except NoRoom:
            return False

    def lose(promise: Promise) -> None:
        with promise.one_file():
            promise.wrote(40)
            seen.append(fits(100))
            raise OSError("lost")

    with room.promised(60) as promise:
        promise.wrote(20)
        seen = [fits(60), fits(61)]
        with pytest.raises(OSError, match="lost"):
            lose(promise)
        seen += [fits(60), fits(61)]

    assert seen == [True, False, True, True, False]
    assert fits(100)


def test_a_few_are_fetched_at_once_and_the_next_is_told_that_it_waits(hub: FakeHub, tmp_path: Path) -> None:
    mounts = make_mounts(tmp_path, lambda folder: 200 * MIB)
    steps: list[tuple[str, float]] = []
    waits = threading.Event()

    def step(words: str, seconds: float) -> None:
        steps.append((words, seconds))
        waits.set()

    hub.opened.clear()
    with ThreadPoolExecutor() as pool:
        starts = [pool.submit(prepare, mounts, hub, f"repo{number}") for number in range(FETCHES_AT_ONCE)]
        for _ in starts:
            assert hub.asked.acquire(timeout=LIMIT_SECONDS)
        late = pool.submit(prepare, mounts, hub, "late", step)
        assert waits.wait(LIMIT_SECONDS)
        asked_while_waiting = hub.asked.acquire(blocking=False)
        hub.opened.set()
        for start in (*starts, late):
            start.result(LIMIT_SECONDS)

    assert not asked_while_waiting
    assert [words for words, _ in steps] == [
        "waiting to fetch the volume at /mnt/late until others are fetched",
        "fetching the volume at /mnt/late (100 KiB)",
    ]
    assert steps[0][1] >= FETCHES_AT_ONCE * 300


def test_who_waits_gives_up_when_it_is_not_wanted_and_when_those_ahead_had_their_time() -> None:
    line = FetchLine(at_once=1)
    cancelled, told = threading.Event(), list[float]()

    with line.place(1000, cancelled, told.append):
        cancelled.set()
        with pytest.raises(FetchCancelled), line.place(1, cancelled, told.append):
            pytest.fail("there is no place")
    with line.place(0, cancelled, told.append):
        cancelled.clear()
        with pytest.raises(LineTooSlow), line.place(1, cancelled, told.append):
            pytest.fail("there is no place")

    assert told == [1000, 0]
    assert line.seconds == 0
