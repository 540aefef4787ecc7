"""Numbers and times as people read them."""

from datetime import timedelta

import pytest

from spaceport.web import words
from tests.unit.factories import NOW


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (185, "3 minutes ago"),
        (7200, "2 hours ago"),
        (86400 * 3, "3 days ago"),
        (86400 * 400, "1 year ago"),
        (-600, "in 10 minutes"),
    ],
)
def test_ago(seconds: int, text: str) -> None:
    assert words.ago(NOW - timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0.0 s"), (4.24, "4.2 s"), (9.97, "10 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (7801, "2 h 10 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (512, "512 B"), (1536, "1.5 KiB"), (212 * 1024**2, "212 MiB"), (2.5 * 1024**4, "2.5 TiB")],
)
def test_size(count: float, text: str) -> None:
    assert words.size(count) == text


def test_times_for_machines_and_tooltips_are_utc() -> None:
    assert words.iso(NOW) == "2026-01-01T12:00:00Z"
    assert words.exact(NOW) == "2026-01-01 12:00:00 UTC"


def test_first_line_of_a_message() -> None:
    assert words.first_line("\nSubject\n\nBody") == "Subject"
    assert words.first_line(None) == ""
