"""The admin's table of Spaces: all of them filtered and sorted here, and only the rows of one page read whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil
from typing import Any, TypeVar
from urllib.parse import urlencode

from spaceport.domain.build import Build
from spaceport.domain.instance import Instance, Role
from spaceport.domain.release import Release
from spaceport.domain.route import Activity
from spaceport.domain.space import Rest, Space
from spaceport.domain.space_fact import SpaceFact
from spaceport.domain.visit import Calls, merged
from spaceport.interfaces import Transaction
from spaceport.translating import marked, translated
from spaceport.web.looks import kind_of
from spaceport.web.words import from_epoch
from spaceport_runner.contract import InstanceReport

ROWS = 50
_MAX_LENGTH = 200

#: What a table may be narrowed to, in the words of the line above it.
SHOWN: dict[str, tuple[str, Callable[[SpaceFact], bool]]] = {
    "ok": (marked("running"), lambda fact: kind_of(fact.stage, fact.desired) == "ok"),
    "busy": (marked("on the way"), lambda fact: kind_of(fact.stage, fact.desired) == "busy"),
    "bad": (marked("failed"), lambda fact: kind_of(fact.stage, fact.desired) == "bad"),
    "idle": (marked("at rest"), lambda fact: kind_of(fact.stage, fact.desired) == "idle"),
    marked("asleep"): (marked("asleep"), lambda fact: fact.is_asleep),
    marked("frozen"): (marked("frozen"), lambda fact: fact.is_asleep and fact.rest is Rest.FROZEN),
    "waiting": (marked("waiting for room"), lambda fact: fact.waiting_since is not None),
    "review": (marked("asking for a review"), lambda fact: fact.review_requested_at is not None),
}


@dataclass(frozen=True)
class SpaceLine:
    """
    One Space with its figures; they are None where nothing reports them. ``cpu_percent`` is of one core, ``disk_bytes``
    what its repo's large files and its /data take. ``errors`` and ``p95_ms`` are those of today and yesterday.
    ``machines`` are those that it has instances on.
    """

    fact: SpaceFact
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    last_visit_at: datetime | None = None
    requests: int = 0
    errors: int = 0
    p95_ms: float | None = None
    machines: frozenset[str] = frozenset()

    @property
    def disk_bytes(self) -> int:
        return self.fact.used_bytes + (self.fact.volume_used_bytes or 0)


@dataclass(frozen=True)
class SpaceRow:
    """A line with all that its row shows."""

    line: SpaceLine
    space: Space
    build: Build | None
    release: Release | None
    instances: int


@dataclass(frozen=True)
class SpacesWish:
    """What somebody wants to see of the table; ``page`` counts from 1."""

    sort: str = "name"
    down: bool = False
    words: tuple[str, ...] = ()
    show: str = ""
    owner: str = ""
    page: int = 1
    machine: str = ""

    def query(self, **changes: Any) -> str:
        """As part of an address; another order or filter begins at the first page."""
        values = {
            "sort": self.sort,
            "dir": "down" if self.down else "up",
            "filter": " ".join(self.words),
            "show": self.show,
            "owner": self.owner,
            "machine": self.machine,
        } | changes
        return urlencode({key: value for key, value in values.items() if value and value != _DEFAULTS.get(key)})


_DEFAULTS: dict[str, object] = {"sort": "name", "dir": "up", "page": 1}


@dataclass(frozen=True)
class SpacesPage:
    """``lines`` are those of the page, in order, out of ``found``."""

    wish: SpacesWish
    lines: list[SpaceLine]
    found: int
    rows: list[SpaceRow] = field(default_factory=list)

    @property
    def first(self) -> int:
        return (self.wish.page - 1) * ROWS + 1

    @property
    def place(self) -> str:
        """Its address, to come back to it."""
        query = self.wish.query(page=self.wish.page)
        return f"/admin{'?' if query else ''}{query}#spaces-title"

    @property
    def shown_words(self) -> str:
        return translated(SHOWN[self.wish.show][0]) if self.wish.show else ""

    @property
    def has_more(self) -> bool:
        return self.found > self.wish.page * ROWS


#: What each column is sorted by; text without regard to case, what is not known last.
SORTS: dict[str, Callable[[SpaceLine], Any]] = {
    "name": lambda line: line.fact.full_name.lower(),
    "stage": lambda line: line.fact.stage.lower(),
    "cpu": lambda line: line.cpu_percent if line.cpu_percent is not None else -1.0,
    "memory": lambda line: line.memory_bytes if line.memory_bytes is not None else -1,
    "disk": lambda line: line.disk_bytes,
    "requests": lambda line: line.requests,
    "errors": lambda line: line.errors,
    "p95": lambda line: line.p95_ms if line.p95_ms is not None else -1.0,
    "visit": lambda line: line.last_visit_at.timestamp() if line.last_visit_at else 0.0,
}


def read_wish(query: Mapping[str, str]) -> SpacesWish:
    """What makes no sense is as if it was not asked for."""
    page = query.get("page", "1")
    return SpacesWish(
        sort=query.get("sort", "") if query.get("sort", "") in SORTS else "name",
        down=query.get("dir") == "down",
        words=tuple(query.get("filter", "")[:_MAX_LENGTH].lower().split()),
        show=query.get("show", "") if query.get("show", "") in SHOWN else "",
        owner=query.get("owner", "")[:_MAX_LENGTH],
        machine=query.get("machine", "")[:_MAX_LENGTH],
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def page_of(lines: Sequence[SpaceLine], wish: SpacesWish) -> SpacesPage:
    """One page of what is wanted, beyond the end the last one; equal ones by name. Pure."""
    found = sorted((line for line in lines if _is_wanted(line, wish)), key=SORTS["name"])
    found.sort(key=SORTS[wish.sort], reverse=wish.down)
    wish = replace(wish, page=max(1, min(wish.page, ceil(len(found) / ROWS))))
    start = (wish.page - 1) * ROWS
    return SpacesPage(wish, found[start : start + ROWS], len(found))


def _is_wanted(line: SpaceLine, wish: SpacesWish) -> bool:
    fact = line.fact
    if wish.show and not SHOWN[wish.show][1](fact):
        return False
    if wish.owner and fact.owner.lower() != wish.owner.lower():
        return False
    if wish.machine and wish.machine not in line.machines:
        return False
    if not wish.words:
        return True
    text = f"{fact.full_name} {fact.stage} {fact.stage_reason or ''} {fact.sdk}".lower()
    return all(word in text for word in wish.words)


def lines_of(
    facts: Sequence[SpaceFact],
    reports: Sequence[InstanceReport],
    activity: Mapping[str, Activity],
    totals: Sequence[Calls] = (),
    homes: Mapping[str, frozenset[str]] | None = None,
) -> list[SpaceLine]:
    """Each Space with what its instances and the gateways report, and what was counted of late. Pure."""
    by_space: dict[str, list[InstanceReport]] = {}
    for report in reports:
        by_space.setdefault(report.space_id, []).append(report)
    counted: dict[str, list[Calls]] = {}
    for total in totals:
        counted.setdefault(total.space_id, []).append(total)
    return [
        replace(
            _line(fact, by_space.get(fact.id, []), activity.get(fact.id), merged(counted.get(fact.id, ()))),
            machines=(homes or {}).get(fact.id, frozenset()),
        )
        for fact in facts
    ]


def _line(fact: SpaceFact, reports: Sequence[InstanceReport], activity: Activity | None, calls: Calls) -> SpaceLine:
    told = from_epoch(activity.last_visit_at) if activity and activity.last_visit_at else None
    return SpaceLine(
        fact,
        _sum([report.cpu_percent for report in reports]),
        _sum([report.memory_bytes for report in reports]),
        max((moment for moment in (told, fact.last_visit_at) if moment), default=None),
        max(fact.visits, activity.requests if activity else 0),
        calls.errors,
        calls.quantile_ms(0.95),
    )


Number = TypeVar("Number", int, float)


def _sum(values: Sequence[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None


class RowReader:
    """Reads the rows of a page; remembers releases, which never change."""

    def __init__(self) -> None:
        self._releases: dict[str, Release] = {}

    def read(self, tx: Transaction, page: SpacesPage) -> list[SpaceRow]:
        """In the order of the page; without Spaces that are gone meanwhile."""
        ids = [line.fact.id for line in page.lines]
        spaces = {space.id: space for space in tx.spaces.by_ids(ids)}
        builds = {build.space_id: build for build in reversed(tx.builds.active())}
        instances: dict[str, list[Instance]] = {}
        for instance in tx.instances.current_of(ids):
            instances.setdefault(instance.space_id, []).append(instance)
        wanted = {space_id: _release_id(space, instances.get(space_id, [])) for space_id, space in spaces.items()}
        unknown = [found for found in wanted.values() if found and found not in self._releases]
        self._releases |= {release.id: release for release in tx.releases.by_ids(unknown)}
        return [
            SpaceRow(
                line,
                spaces[line.fact.id],
                builds.get(line.fact.id),
                self._releases.get(wanted[line.fact.id] or ""),
                len(instances.get(line.fact.id, ())),
            )
            for line in page.lines
            if line.fact.id in spaces
        ]


def _release_id(space: Space, instances: Sequence[Instance]) -> str | None:
    live = [instance for instance in instances if instance.role is Role.LIVE]
    return live[-1].release_id if live else space.target_release_id
