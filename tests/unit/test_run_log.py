"""The log of an instance: what a flood leaves of itself, and that it never goes unsaid."""

from pathlib import Path

from spaceport_runner.log_file import CappedLog, log_parts
from spaceport_runner.masking import Mask
from spaceport_runner.run_log import BYTES_A_SECOND, LINES_A_SECOND, NEWEST_LINES, RunLog

NOON = "2026-01-31T12:00:00.{:03}Z"
LATER = "2026-01-31T12:00:01.000Z"


def run_log(folder: Path, mask: Mask | None = None) -> RunLog:
    return RunLog(folder / "run.log", 100 * 1024**2, mask or Mask())


def lines(folder: Path) -> list[str]:
    text = "".join(part.read_text() for part in log_parts(folder / "run.log"))
    return [line.partition(" ")[2] for line in text.splitlines()]


def flood(log: RunLog, count: int) -> None:
    for number in range(count):
        log.write(NOON.format(number * 1000 // count), f"line {number}")


def test_a_flood_keeps_the_beginning_of_a_second_and_its_newest_lines_and_says_how_many_are_missing(
    tmp_path: Path,
) -> None:
    log = run_log(tmp_path)
    flood(log, LINES_A_SECOND + NEWEST_LINES + 500)
    log.write(LATER, "calm")
    log.close()
    kept = lines(tmp_path)

    assert kept[LINES_A_SECOND - 1] == f"line {LINES_A_SECOND - 1}"
    assert kept[LINES_A_SECOND].startswith("[Spaceport] 500 lines (4500 characters) were left out here")
    assert kept[LINES_A_SECOND + 1 :] == [*(f"line {LINES_A_SECOND + 500 + n}" for n in range(NEWEST_LINES)), "calm"]


def test_a_burst_that_fits_after_all_is_kept_whole_and_in_order(tmp_path: Path) -> None:
    log = run_log(tmp_path)
    flood(log, LINES_A_SECOND + 10)
    log.write(LATER, "calm")
    log.close()

    assert lines(tmp_path) == [*(f"line {number}" for number in range(LINES_A_SECOND + 10)), "calm"]


def test_long_lines_count_by_their_size(tmp_path: Path) -> None:
    log = run_log(tmp_path)
    for _ in range(1_000):
        log.write(NOON.format(0), "x" * 10_000)
    log.settle()
    log.close()

    assert sum(map(len, lines(tmp_path))) < BYTES_A_SECOND + 10_000 * (NEWEST_LINES + 2)


def test_the_last_words_of_a_flood_are_there_when_the_app_ends(tmp_path: Path) -> None:
    log = run_log(tmp_path, Mask(["s3cr3t"]))
    flood(log, LINES_A_SECOND + 500)
    log.write(NOON.format(999), "Traceback with s3cr3t")
    assert log.is_waiting
    log.settle()
    log.close()

    assert lines(tmp_path)[-1] == "Traceback with ***"
    assert not log.is_waiting


def test_notes_about_lines_left_out_do_not_count_where_a_log_goes_on(tmp_path: Path) -> None:
    log = run_log(tmp_path)
    flood(log, LINES_A_SECOND + NEWEST_LINES + 1)
    log.settle()
    log.close()
    with CappedLog(tmp_path / "run.log", 100 * 1024**2) as again:
        timestamp, count = again.last_written() or ("", 0)

    assert timestamp == NOON.format(999)
    assert 0 < count <= NEWEST_LINES
