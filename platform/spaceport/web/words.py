"""Numbers and times as people read them. Pure."""

from datetime import UTC, datetime, timedelta

#: What browsers and systems write in a User-Agent, those first that write the marks of others as well.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_UNITS = (("year", 365 * 86400), ("month", 30 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60))


def ago(moment: datetime, now: datetime) -> str:
    """``3 minutes ago``, ``in 2 hours``, ``in a moment``, ``just now``."""
    seconds = (now - moment).total_seconds()
    for name, size in _UNITS:
        if abs(seconds) >= size:
            count = int(abs(seconds) // size)
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now" if seconds > -5 else "in a moment"


def duration(length: timedelta | float) -> str:
    """``4.2 s`` below ten seconds, ``42 s``, ``3 min 5 s``, ``2 h 10 min``, ``3 d 4 h``."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def latency(milliseconds: float) -> str:
    """``12 ms``, ``1.5 s``."""
    return f"{milliseconds:.0f} ms" if milliseconds < 999.5 else duration(milliseconds / 1000)


def size(count_bytes: float) -> str:
    """``512 B``, ``1.5 MiB``, ``12 GiB``: powers of 1024, two digits that matter."""
    value = float(count_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def exact(moment: datetime) -> str:
    """For a tooltip: ``2026-01-31 12:00:00 UTC``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(moment: datetime) -> str:
    """For ``<time datetime>`` and for scripts."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def owner_path(name: str) -> str:
    """
    The address of somebody's page.

    Of one called ``admin``, as the first user often is, the list of Spaces: the page of admins has that address.
    """
    return "/spaces?author=admin" if name.lower() == "admin" else f"/{name}"


def browser_words(user_agent: str) -> str:
    """``Firefox on Linux``, as far as what a browser says of itself can be understood. Each names others, too."""
    browser = next((words for mark, words in _BROWSERS if mark in user_agent), "a browser")
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def from_epoch(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def short_sha(sha: str | None) -> str:
    return (sha or "")[:7]


def first_line(text: str | None) -> str:
    return next(iter((text or "").strip().splitlines()), "")
