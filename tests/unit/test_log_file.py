"""The log with an upper size: what it keeps, what it says about the rest, and how it goes on after a crash."""

import re
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from spaceport_runner.log_file import (
    LINE_LIMIT_BYTES,
    CappedLog,
    log_parts,
    now_timestamp,
    remove_log,
    tail_of_log,
    timestamp_of,
)

NOON = "2026-01-31T12:00:00.000Z"
LIMIT_BYTES = 8_000


def write_lines(path: Path, count: int, start: int = 0) -> None:
    with CappedLog(path, LIMIT_BYTES) as log:
        for number in range(start, start + count):
            log.write(NOON, f"line {number}")


def whole_log(path: Path) -> list[str]:
    return [line for part in log_parts(path) for line in part.read_text().splitlines()]


def test_lines_begin_with_a_time_in_utc_with_milliseconds(tmp_path: Path) -> None:
    with CappedLog(tmp_path / "run.log", LIMIT_BYTES) as log:
        log.write(now_timestamp(), "hello")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z hello\n", (tmp_path / "run.log").read_text())
    assert timestamp_of(0) == "1970-01-01T00:00:00.000Z"


def test_short_log_is_kept_whole_in_one_file(tmp_path: Path) -> None:
    write_lines(tmp_path / "run.log", 10)

    assert log_parts(tmp_path / "run.log") == [tmp_path / "run.log"]
    assert whole_log(tmp_path / "run.log") == [f"{NOON} line {number}" for number in range(10)]


def test_long_log_keeps_its_first_and_its_newest_lines_under_the_limit(tmp_path: Path) -> None:
    write_lines(tmp_path / "run.log", 5_000)
    lines = whole_log(tmp_path / "run.log")

    assert lines[0] == f"{NOON} line 0"
    assert lines[-1] == f"{NOON} line 4999"
    assert sum(part.stat().st_size for part in log_parts(tmp_path / "run.log")) <= LIMIT_BYTES + 500


def test_long_log_says_how_much_it_left_out(tmp_path: Path) -> None:
    write_lines(tmp_path / "run.log", 5_000)
    lines = whole_log(tmp_path / "run.log")
    marker = next(line for line in reversed(lines) if "[Spaceport]" in line)
    kept = [line for line in lines if "[Spaceport]" not in line]

    assert f"[Spaceport] {5_000 - len(kept)} lines (" in marker


def test_count_of_left_out_lines_survives_opening_the_log_again(tmp_path: Path) -> None:
    for start in range(0, 5_000, 250):
        write_lines(tmp_path / "run.log", 250, start)
    lines = whole_log(tmp_path / "run.log")
    marker = next(line for line in reversed(lines) if "[Spaceport]" in line)
    kept = [line for line in lines if "[Spaceport]" not in line]

    assert f"[Spaceport] {5_000 - len(kept)} lines (" in marker


def test_half_written_last_line_is_dropped_when_the_log_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text(f"{NOON} whole\n{NOON} ha")

    with CappedLog(path, LIMIT_BYTES) as log:
        log.write(NOON, "next")

    assert path.read_text() == f"{NOON} whole\n{NOON} next\n"


def test_last_written_counts_the_lines_of_the_last_millisecond(tmp_path: Path) -> None:
    later = "2026-01-31T12:00:00.001Z"

    with CappedLog(tmp_path / "run.log", LIMIT_BYTES) as log:
        assert log.last_written() is None
        log.write(NOON, "a")
        log.write(later, "b")
        log.write(later, "c")

        assert log.last_written() == (later, 2)


def test_last_written_is_found_across_the_turn_of_files(tmp_path: Path) -> None:
    with CappedLog(tmp_path / "run.log", LIMIT_BYTES) as log:
        for _ in range(100):
            log.write(NOON, "x" * 20)
        assert len(log_parts(tmp_path / "run.log")) == 2

        assert log.last_written() == (NOON, 100)


def test_overlong_line_is_cut_and_says_so(tmp_path: Path) -> None:
    with CappedLog(tmp_path / "run.log", 10 * LINE_LIMIT_BYTES) as log:
        log.write(NOON, "é" * LINE_LIMIT_BYTES)
    text = (tmp_path / "run.log").read_text()

    assert text.endswith(f"[Spaceport: {LINE_LIMIT_BYTES} bytes of this line left out]\n")
    assert len(text.encode()) < LINE_LIMIT_BYTES + 200


def test_tail_reaches_back_through_all_files(tmp_path: Path) -> None:
    write_lines(tmp_path / "run.log", 100)

    assert tail_of_log(tmp_path / "run.log", 90) == [f"{NOON} line {number}" for number in range(10, 100)]
    assert tail_of_log(tmp_path / "absent.log", 5) == []


def test_removing_a_log_removes_all_its_files(tmp_path: Path) -> None:
    write_lines(tmp_path / "run.log", 5_000)

    remove_log(tmp_path / "run.log")

    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.text(max_size=40), max_size=30))
def test_any_text_is_one_line_each(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.log"
        with CappedLog(path, 1_000_000) as log:
            for text in texts:
                log.write(NOON, text)

        assert path.read_bytes().count(b"\n") == len(texts)
