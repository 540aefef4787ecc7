"""Numbers and times as people read them, in the language of the request."""

import unicodedata
from datetime import UTC, datetime, timedelta

from spaceport.domain.words import duration_words
from spaceport.translating import gettext, ngettext

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
#: What is this close to come has just been.
_SOON_SECONDS = 5
#: How many paragraphs may each have a direction of its own in a field.
_MOST_PARAGRAPHS = 500
#: Kinds of letters that have a direction. Source: Unicode Standard Annex 9, table 4.
_STRONG = ("L", "R", "AL")
_DAY, _HOUR, _MINUTE = 86400, 3600, 60


def ago(moment: datetime, now: datetime) -> str:
    """``3 minutes ago``, ``in 2 hours``, ``in a moment``, ``just now``."""
    seconds = (now - moment).total_seconds()
    return _past(int(seconds)) if seconds > -_SOON_SECONDS else _future(-seconds)


def _past(seconds: int) -> str:
    if seconds >= 365 * _DAY:
        return ngettext("%(num)s year ago", "%(num)s years ago", seconds // (365 * _DAY))
    if seconds >= 30 * _DAY:
        return ngettext("%(num)s month ago", "%(num)s months ago", seconds // (30 * _DAY))
    if seconds >= _DAY:
        return ngettext("%(num)s day ago", "%(num)s days ago", seconds // _DAY)
    if seconds >= _HOUR:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", seconds // _HOUR)
    if seconds >= _MINUTE:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", seconds // _MINUTE)
    return gettext("just now")


def _future(seconds: float) -> str:
    """The nearest whole number: what ends in 47 hours and 59 minutes ends in 2 days."""
    minutes, hours, days = (round(seconds / unit) for unit in (_MINUTE, _HOUR, _DAY))
    if days >= 365:
        return ngettext("in %(num)s year", "in %(num)s years", round(days / 365))
    if days >= 30:
        return ngettext("in %(num)s month", "in %(num)s months", round(days / 30))
    if hours >= 24:
        return ngettext("in %(num)s day", "in %(num)s days", days)
    if minutes >= 60:
        return ngettext("in %(num)s hour", "in %(num)s hours", hours)
    if minutes >= 1:
        return ngettext("in %(num)s minute", "in %(num)s minutes", minutes)
    return gettext("in a moment")


def duration(length: timedelta | float) -> str:
    """``4.2 s`` below ten seconds, ``42 s``, ``3 min 5 s``, ``2 h 10 min``, ``3 d 4 h``."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return gettext("%(seconds)s s", seconds=round(float(seconds), 1))
    whole = round(seconds)
    if whole < _MINUTE:
        return gettext("%(seconds)s s", seconds=whole)
    if whole < _HOUR:
        return gettext("%(minutes)s min %(seconds)s s", minutes=whole // _MINUTE, seconds=whole % _MINUTE)
    if whole < _DAY:
        return gettext("%(hours)s h %(minutes)s min", hours=whole // _HOUR, minutes=whole % _HOUR // _MINUTE)
    return gettext("%(days)s d %(hours)s h", days=whole // _DAY, hours=whole % _DAY // _HOUR)


def round_duration(seconds: float) -> str:
    """``90 s``, ``5 min``, ``48 h``, ``3 days``: as ``duration_words``."""
    number, _, unit = duration_words(seconds).partition(" ")
    if unit == "s":
        return gettext("%(seconds)s s", seconds=number)
    if unit == "min":
        return gettext("%(minutes)s min", minutes=number)
    if unit == "h":
        return gettext("%(hours)s h", hours=number)
    return ngettext("%(num)s day", "%(num)s days", int(number))


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


def owner_path(name: str) -> str:
    """
    The address of somebody's page.

    Of one called ``admin``, as the first user often is, the list of Spaces: the page of admins has that address.
    """
    return "/spaces?author=admin" if name.lower() == "admin" else f"/{name}"


def browser_words(user_agent: str) -> str:
    """``Firefox on Linux``, as far as what a browser says of itself can be understood. Each names others, too."""
    browser = next((words for mark, words in _BROWSERS if mark in user_agent), gettext("a browser"))
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), "")
    return gettext("%(browser)s on %(system)s", browser=browser, system=system) if system else browser


def from_epoch(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def short_sha(sha: str | None) -> str:
    return (sha or "")[:7]


def direction(text: str) -> str:
    """
    The ``dir`` of a field with this text.

    Browsers find that of each paragraph of a short text by themselves. With very many they are busy for
    seconds, so there it is that of the first letter that has one.

    Source: HTML, "The dir attribute" (the rule for ``auto``).
    """
    if text.count("\n") <= _MOST_PARAGRAPHS:
        return "auto"
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return "rtl" if next((each for each in strong if each in _STRONG), "L") in ("R", "AL") else "ltr"


def first_line(text: str | None) -> str:
    return next(iter((text or "").strip().splitlines()), "")
