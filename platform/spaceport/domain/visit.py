"""Who visits a Space and how it answers, counted by day: what gateways write and the controller reads. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

#: Redis hash: ``<space id>|<day>|<endpoint>|<figure>`` -> number. Gateways add; the controller takes it away whole.
VISITS_KEY = "spaceport:visits"
#: The hash that the controller has taken and not yet written down, with its number in the field TAKEN_NUMBER.
VISITS_TAKEN_KEY = "spaceport:visits:taken"
TAKEN_NUMBER = "number"
#: Redis HyperLogLog for each day and Space: it tells how many different visitors there were and none of them.
VISITORS_KEY = "spaceport:visitors:{day}:{space_id}"
#: Redis key: random bytes that visitors are hashed with. Whoever wanted to know a visitor by the hash would need them,
#: and they are gone when the day is.
VISITOR_SALT_KEY = "spaceport:visitors:salt:{day}"
#: How long the last two are kept, so that a controller that was down can still ask.
VISITORS_SECONDS = 2 * 86_400

#: Upper edges of what answers are counted by, in milliseconds until the first byte; the last one has none.
EDGES_MS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
BUCKETS = len(EDGES_MS) + 1
#: The endpoint that stands for all of them together, and that for those beyond the number that is counted.
TOTAL, OTHERS = "", "(others)"
MOST_ENDPOINTS = 50
_MOST_LETTERS = 80

#: What Gradio calls an endpoint, in all its versions.
_GRADIO = re.compile(
    r"(?:/[^/]+)*?(?:/gradio_api)?/(?:call|run|api)(?:/v2)?/(?P<name>[A-Za-z0-9_.-]{1,60})(?:/[^/]*)?/?"
)
#: Calls of its queue, whatever they are for. Source: Gradio ``routes.py``.
_QUEUE = re.compile(r"(?:/[^/]+)*?(?:/gradio_api)?/queue/join/?")
_FILE = re.compile(r".*\.(?:js|mjs|css|map|png|jpe?g|gif|webp|svg|ico|woff2?|ttf|txt|json|webmanifest|wasm)")
_ASSETS = re.compile(
    r"(?:/gradio_api)?/(?:assets|static|theme\.css|file=.*|file/.*|_app|svelte|custom_component|node)(?:/.*)?"
)
#: Parts of a path that are somebody's or something's number: hashes, ids, dates.
_ID = re.compile(r"[0-9][0-9a-f.:_-]*|[0-9a-f-]{16,}|[A-Za-z0-9_-]{22,}|.*%.*", re.IGNORECASE)


def endpoint_of(method: str, path: str) -> str:
    """
    What a request is counted under: the name of a Gradio endpoint with a slash, else the beginning of the path, with
    numbers and hashes left out; ``files`` for what pages load, ``queue`` for calls by Gradio's queue, whose path names
    no endpoint.
    """
    if found := _GRADIO.fullmatch(path):
        return f"/{found['name']}"
    if method == "POST" and _QUEUE.fullmatch(path):
        return "queue"
    if _ASSETS.fullmatch(path) or (method in ("GET", "HEAD") and _FILE.fullmatch(path)):
        return "files"
    parts = [part for part in path.split("/") if part][:3]
    shown = "/".join("*" if _ID.fullmatch(part) else part for part in parts)
    text = "".join(letter if letter.isprintable() and letter not in "|," else "*" for letter in shown)
    return f"{'' if method in ('GET', 'HEAD') else method + ' '}/{text}"[:_MOST_LETTERS]


def bucket_of(milliseconds: float) -> int:
    return bisect_left(EDGES_MS, milliseconds)


@dataclass(frozen=True)
class Calls:
    """Requests to one endpoint, or to all, of one Space on one day. ``buckets`` are counts by EDGES_MS."""

    space_id: str
    day: str
    endpoint: str
    calls: int = 0
    errors: int = 0
    buckets: tuple[int, ...] = (0,) * BUCKETS

    def quantile_ms(self, share: float) -> float | None:
        """About how long the slowest of that share of the answers took; None without answers."""
        return quantile_ms(self.buckets, share)


def quantile_ms(buckets: Sequence[int], share: float) -> float | None:
    """Between the edges of a bucket, as if answers were spread evenly; above the last edge that edge."""
    total = sum(buckets)
    if not total:
        return None
    wanted, below, edge = share * total, 0, 0.0
    for count, upper in zip(buckets, EDGES_MS, strict=False):
        if count and below + count >= wanted:
            return edge + (upper - edge) * (wanted - below) / count
        below, edge = below + count, float(upper)
    return float(EDGES_MS[-1])


def merged(several: Iterable[Calls], endpoint: str = TOTAL) -> Calls:
    """The sum of some, under one name."""
    calls, errors, buckets = 0, 0, [0] * BUCKETS
    for each in several:
        calls, errors = calls + each.calls, errors + each.errors
        buckets = [one + other for one, other in zip(buckets, each.buckets, strict=True)]
    return Calls("", "", endpoint, calls, errors, tuple(buckets))


@dataclass(frozen=True)
class VisitDay:
    """What is known of a day beside its calls; ``wake_seconds`` is the sum of all wakes."""

    space_id: str
    day: str
    visitors: int = 0
    awake_minutes: int = 0
    wakes: int = 0
    wake_seconds: float = 0.0


@dataclass(frozen=True)
class WakeUp:
    """One sleeping Space that somebody woke, and how long it took until it answered."""

    id: str
    space_id: str
    at: datetime
    seconds: float
    was_frozen: bool


def day_of(moment: datetime | date) -> str:
    """``2026-01-31``, in UTC."""
    return moment.strftime("%Y-%m-%d")


def field_of(space_id: str, day: str, endpoint: str, figure: str) -> str:
    return f"{space_id}|{day}|{endpoint}|{figure}"


def read_counts(fields: Mapping[str, str]) -> list[Calls]:
    """What gateways counted, from VISITS_KEY; what is not of that form is left out."""
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for name, value in fields.items():
        parts = name.split("|")
        if len(parts) == 4 and value.isdigit():
            found.setdefault((parts[0], parts[1], parts[2]), {})[parts[3]] = int(value)
    return [
        Calls(
            *key,
            figures.get("calls", 0),
            figures.get("errors", 0),
            tuple(figures.get(f"b{place}", 0) for place in range(BUCKETS)),
        )
        for key, figures in found.items()
    ]
