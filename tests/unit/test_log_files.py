"""The adapter that reads logs, against the writer the runner uses."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from spaceport.adapters.log_files import LogFiles
from spaceport.interfaces import LogLine
from spaceport_runner.log_file import CappedLog

LOGS = LogFiles(poll_seconds=0.005, sign_of_life_seconds=0.05)
BIG_BYTES = 10 * 1024**2


def stamp(number: int) -> str:
    return f"2026-01-31T12:{number // 60000 % 60:02}:{number // 1000 % 60:02}.{number % 1000:03}Z"


def write(path: Path, *texts: str, limit_bytes: int = BIG_BYTES) -> None:
    with CappedLog(path, limit_bytes) as log:
        for number, text in enumerate(texts):
            log.write(stamp(number), text)


async def collect(lines: AsyncIterator[LogLine | None]) -> list[str]:
    return [line.text async for line in lines if line is not None]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (what is waited for is a file)
            await asyncio.sleep(0.005)


def follow_while(path: Path, act: Callable[[CappedLog, list[str]], AsyncIterator[None]], limit_bytes: int) -> list[str]:
    """Follow a log while ``act`` writes to it, and return all lines that came."""

    async def run() -> list[str]:
        seen: list[str] = []
        over = False

        async def reader() -> None:
            async for line in LOGS.follow(path, lambda: over):
                if line is not None:
                    seen.append(line.text)

        task = asyncio.create_task(reader())
        with CappedLog(path, limit_bytes) as log:
            async for _ in act(log, seen):
                pass
        over = True
        async with asyncio.timeout(10):
            await task
        return seen

    return asyncio.run(run())


def test_a_log_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert list(LOGS.read(tmp_path / "no.log")) == []


def test_lines_come_back_with_their_times(tmp_path: Path) -> None:
    write(tmp_path / "a.log", "hello world", "", "ünïcode")

    assert list(LOGS.read(tmp_path / "a.log")) == [
        LogLine(stamp(0), "hello world"),
        LogLine(stamp(1), ""),
        LogLine(stamp(2), "ünïcode"),
    ]


def test_tail_gives_the_last_lines_and_all_when_there_are_fewer(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    write(path, *[f"line {number}" for number in range(20)])

    assert [line.text for line in LOGS.read(path, tail=3)] == ["line 17", "line 18", "line 19"]
    assert len(list(LOGS.read(path, tail=500))) == 20
    assert list(LOGS.read(path, tail=0)) == []


def test_tail_reaches_into_older_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    write(path, *[f"line {number}" for number in range(40)], limit_bytes=4000)
    assert (tmp_path / "a.log.head").exists()

    assert [line.text for line in LOGS.read(path, tail=35)] == [f"line {number}" for number in range(5, 40)]


def test_a_log_that_lost_lines_says_so_once_between_its_head_and_its_tail(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    write(path, *[f"line {number:05}" for number in range(2000)], limit_bytes=8000)

    texts = [line.text for line in LOGS.read(path)]
    notes = [number for number, text in enumerate(texts) if "were left out" in text]
    numbers = [int(text.split()[1]) for text in texts if text.startswith("line ")]
    gap = numbers[notes[0]] - numbers[notes[0] - 1] - 1

    assert len(notes) == 1
    assert numbers == sorted(numbers)
    assert numbers[0] == 0
    assert numbers[-1] == 1999
    assert texts[notes[0]].startswith(f"[Spaceport] {gap} lines (")


def test_following_shows_what_comes_and_ends_when_it_is_over(tmp_path: Path) -> None:
    async def act(log: CappedLog, seen: list[str]) -> AsyncIterator[None]:
        log.write(stamp(0), "first")
        await until(lambda: seen == ["first"])
        log.write(stamp(1), "second")
        await until(lambda: seen == ["first", "second"])
        log.write(stamp(2), "last words")
        yield

    assert follow_while(tmp_path / "logs" / "a.log", act, BIG_BYTES) == ["first", "second", "last words"]


def test_following_misses_nothing_when_the_files_turn(tmp_path: Path) -> None:
    async def act(log: CappedLog, seen: list[str]) -> AsyncIterator[None]:
        for number in range(300):
            log.write(stamp(number), f"line {number}")
            if number % 10 == 0:
                await until(lambda number=number: seen[-1:] == [f"line {number}"])  # type: ignore[misc]
        yield

    assert follow_while(tmp_path / "a.log", act, 3000) == [f"line {number}" for number in range(300)]


def test_following_a_log_that_runs_away_tells_of_the_gap_and_reaches_the_end(tmp_path: Path) -> None:
    async def act(log: CappedLog, seen: list[str]) -> AsyncIterator[None]:
        log.write(stamp(0), "line 0")
        await until(lambda: seen == ["line 0"])
        for number in range(1, 5000):
            log.write(stamp(number), f"line {number}")
        yield

    texts = follow_while(tmp_path / "a.log", act, 6000)
    numbers = [int(text.split()[1]) for text in texts if text.startswith("line ")]

    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 4999
    assert any("were left out" in text for text in texts)


def test_a_half_line_waits_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"

    async def run() -> list[str]:
        seen: list[str] = []
        over = False
        path.write_text(f"{stamp(0)} whole\n{stamp(1)} ha")

        async def reader() -> None:
            async for line in LOGS.follow(path, lambda: over):
                seen.append("(quiet)" if line is None else line.text)

        task = asyncio.create_task(reader())
        await until(lambda: "(quiet)" in seen)
        with path.open("a") as file:
            file.write("lf\n")
        await until(lambda: "half" in seen)
        over = True
        await task
        return seen

    seen = asyncio.run(run())

    assert [text for text in seen if text != "(quiet)"] == ["whole", "half"]


def test_a_log_that_is_cut_starts_over(tmp_path: Path) -> None:
    path = tmp_path / "a.log"

    async def run() -> list[str]:
        seen: list[str] = []
        over = False
        write(path, "one", "two")

        async def reader() -> None:
            async for line in LOGS.follow(path, lambda: over):
                if line is not None:
                    seen.append(line.text)

        task = asyncio.create_task(reader())
        await until(lambda: len(seen) == 2)
        path.write_text(f"{stamp(5)} new\n")
        await until(lambda: len(seen) == 3)
        over = True
        await task
        return seen

    assert asyncio.run(run()) == ["one", "two", "new"]


def test_a_large_log_is_followed_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"{stamp(number)} line {number} {'x' * 80}\n" for number in range(30_000)))

    texts = asyncio.run(collect(LOGS.follow(path, lambda: True)))

    assert len(texts) == 30_000
    assert texts[-1].startswith("line 29999 ")


def test_a_reader_who_is_sent_away_again_and_again_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    write(path, "one")
    opening, may_open = threading.Event(), threading.Event()
    opened: list[BinaryIO] = []
    really_open = Path.open

    def open_late(self: Path, *args: Any, **kwargs: Any) -> Any:
        opening.set()
        assert may_open.wait(10)
        opened.append(really_open(self, *args, **kwargs))
        return opened[-1]

    async def run() -> None:
        reader = asyncio.create_task(anext(LOGS.follow(path, lambda: False)))
        await until(opening.is_set)
        for _ in range(3):
            reader.cancel()
            await asyncio.sleep(0)
        may_open.set()
        with pytest.raises(asyncio.CancelledError):
            await reader

    monkeypatch.setattr(Path, "open", open_late)
    asyncio.run(run())

    assert [file.closed for file in opened] == [True]
