"""One Space as a line of the admin's table: what the database, its instances and the gateways tell of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from spaceport.domain.instance import Instance, Role
from spaceport.domain.route import Activity
from spaceport.domain.space_fact import SpaceFact
from spaceport.domain.visit import Calls, merged
from spaceport.web.words import from_epoch
from spaceport_runner.contract import InstanceReport

#: Of a Space that nobody called.
_NO_CALLS = Calls("", "", "")


@dataclass(frozen=True)
class SpaceLine:
    """
    One Space with its figures; they are None where nothing reports them. ``cpu_percent`` is of one core, ``disk_bytes``
    what its repo's large files and its /data take. ``errors`` and ``p95_ms`` are those of today and yesterday.
    ``machines`` are those that it has instances on, ``released_at`` is when the release was made that it serves.
    """

    fact: SpaceFact
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    last_visit_at: datetime | None = None
    requests: int = 0
    errors: int = 0
    p95_ms: float | None = None
    machines: frozenset[str] = frozenset()
    released_at: datetime | None = None

    @property
    def disk_bytes(self) -> int:
        return self.fact.used_bytes + (self.fact.volume_used_bytes or 0)


@dataclass(frozen=True)
class Housing:
    """The machines that Spaces have instances on, and when the release of each was made, by the Space's id."""

    homes: Mapping[str, frozenset[str]]
    released_at: Mapping[str, datetime]


def lines_of(
    facts: Sequence[SpaceFact],
    reports: Sequence[InstanceReport],
    activity: Mapping[str, Activity],
    totals: Sequence[Calls] = (),
    housing: Housing | None = None,
) -> list[SpaceLine]:
    """Each Space with what its instances and the gateways report, and what was counted of late."""
    by_space: dict[str, list[InstanceReport]] = {}
    for report in reports:
        by_space.setdefault(report.space_id, []).append(report)
    counted: dict[str, list[Calls]] = {}
    for total in totals:
        counted.setdefault(total.space_id, []).append(total)
    homes, released_at = (housing.homes, housing.released_at) if housing else ({}, {})
    return [
        _line(
            fact,
            by_space.get(fact.id, ()),
            activity.get(fact.id),
            merged(counted[fact.id]) if fact.id in counted else _NO_CALLS,
            homes.get(fact.id, frozenset()),
            released_at.get(fact.id),
        )
        for fact in facts
    ]


def served_release(instances: Sequence[Instance], target_release_id: str | None) -> str | None:
    """The id of the release that a Space serves with these instances, or else of that which it should."""
    live = [instance for instance in instances if instance.role is Role.LIVE]
    return live[-1].release_id if live else target_release_id


def released_at(
    facts: Sequence[SpaceFact], instances: Sequence[Instance], made_at: Mapping[str, datetime]
) -> dict[str, datetime]:
    """When the release was made that each serves, by the Space's id; ``made_at`` is by that of the release."""
    live: dict[str, list[Instance]] = {}
    for instance in instances:
        live.setdefault(instance.space_id, []).append(instance)
    served = {fact.id: served_release(live.get(fact.id, ()), fact.target_release_id) for fact in facts}
    return {space_id: made_at[each] for space_id, each in served.items() if each and each in made_at}


def _line(
    fact: SpaceFact,
    reports: Sequence[InstanceReport],
    activity: Activity | None,
    calls: Calls,
    machines: frozenset[str],
    released_at: datetime | None,
) -> SpaceLine:
    told = from_epoch(activity.last_visit_at) if activity and activity.last_visit_at else None
    return SpaceLine(
        fact,
        _sum([report.cpu_percent for report in reports]),
        _sum([report.memory_bytes for report in reports]),
        max((moment for moment in (told, fact.last_visit_at) if moment), default=None),
        max(fact.visits, activity.requests if activity else 0),
        calls.errors,
        calls.quantile_ms(0.95),
        machines,
        released_at,
    )


Number = TypeVar("Number", int, float)


def _sum(values: Sequence[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None
