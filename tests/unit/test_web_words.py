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
        (-3, "just now"),
        (-20, "in a moment"),
        (-86400 * 2 + 60, "in 2 days"),
        (-3600 * 24 + 1, "in 1 day"),
        (-3600 + 1, "in 1 hour"),
        (-86400 * 29.6, "in 1 month"),
        (-86400 * 365, "in 1 year"),
    ],
)
def test_ago(seconds: float, text: str) -> None:
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "auto"),
        ("x = 1\n" * 500, "auto"),
        ("x = 1\n" * 501, "ltr"),
        ("# 1: مرحبا\n" * 501, "rtl"),
        ("שלום\n" * 501, "rtl"),
        ("1\n" * 501, "ltr"),
    ],
)
def test_browsers_find_the_direction_of_short_texts_alone(text: str, said: str) -> None:
    assert words.direction(text) == said


def test_first_line_of_a_message() -> None:
    assert words.first_line("\nSubject\n\nBody") == "Subject"
    assert words.first_line(None) == ""


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("python-httpx/0.28", "a browser"),
        ("", "a browser"),
    ],
)
def test_browsers_are_told_apart(user_agent: str, said: str) -> None:
    assert words.browser_words(user_agent) == said


def test_the_page_of_admins_is_nobodys_own() -> None:
    assert words.owner_path("ada") == "/ada"
    assert words.owner_path("Admin") == "/spaces?author=admin"
