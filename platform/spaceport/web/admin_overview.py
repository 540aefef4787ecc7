"""Everything the admin sees, gathered from the database and from what processes report."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from spaceport.domain.build import Build
from spaceport.domain.flavors import BUILT_IN, Flavors
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.instance import Role
from spaceport.domain.line import in_line
from spaceport.domain.release import Release
from spaceport.domain.route import Activity, GatewayReport
from spaceport.domain.space import Rest, Space
from spaceport.errors import Unavailable
from spaceport.live import Snapshot, read_all_snapshots
from spaceport.rollout.garbage import images_budget
from spaceport.services import Services
from spaceport.web.looks import chip_of
from spaceport.web.words import from_epoch
from spaceport_runner.contract import InstanceReport, RunnerReport

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class SpaceRow:
    """One Space; figures are None where nothing reports them. ``cpu_percent`` is of one core."""

    space: Space
    build: Build | None
    release: Release | None
    instances: int
    cpu_percent: float | None
    memory_bytes: int | None
    memory_limit_bytes: int
    last_visit_at: datetime | None
    requests: int


@dataclass(frozen=True)
class QueueRow:
    """A build under way; ``position`` counts waiting ones from 1."""

    build: Build
    space: Space | None
    position: int | None
    worker: str | None


@dataclass(frozen=True)
class WorkerRow:
    """An RQ worker and the build it works on."""

    name: str
    state: str
    space: Space | None
    last_heartbeat: datetime | None


#: Rows of what was repaired.
_REPAIRS = 10


@dataclass(frozen=True)
class Overview:
    """
    ``trouble`` says what could not be asked; its figures are then missing, the rest is true.

    ``budgets`` is what images may take on each machine, in bytes, by its id. ``repairs`` are the newest ones.
    """

    spaces: list[SpaceRow]
    queue: list[QueueRow]
    workers: list[WorkerRow]
    runners: list[RunnerReport]
    gateways: list[GatewayReport]
    trouble: str | None = None
    budgets: dict[str, int | None] = field(default_factory=dict)
    repairs: list[Happening] = field(default_factory=list)

    def counts(self) -> list[tuple[str, int]]:
        """How many Spaces have each kind of chip, kinds without any left out."""
        kinds = Counter(chip_of(row.space).kind for row in self.spaces)
        return [(kind, kinds[kind]) for kind in ("ok", "busy", "bad", "idle") if kinds[kind]]

    def notes(self) -> list[str]:
        """What else the admin should know at a glance, each in a few words."""
        spaces = [row.space for row in self.spaces]
        frozen = sum(space.is_asleep and space.rest is Rest.FROZEN for space in spaces)
        told = (
            (sum(space.is_asleep for space in spaces), f"asleep ({frozen} of them frozen)"),
            (sum(space.waiting_since is not None for space in spaces), "waiting for room"),
            (sum(space.review_requested_at is not None for space in spaces), "asking for a review"),
        )
        return [f"{count} {words}" for count, words in told if count]


@dataclass
class _Figures:
    """What runners, workers and gateways report through Redis."""

    runners: Sequence[RunnerReport] = ()
    observed: dict[str, InstanceReport] = field(default_factory=dict)
    workers: Sequence[dict[str, Any]] = ()
    gateways: Sequence[GatewayReport] = ()
    activity: dict[str, Activity] = field(default_factory=dict)
    trouble: str | None = None


class OverviewReader:
    """Gathers overviews; remembers releases, which never change."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._releases: dict[str, Release] = {}

    def read(self) -> Overview:
        """Reads database and Redis: call it from a thread."""
        figures = self._read_figures()
        with self._services.database.read() as tx:
            snapshots = [found for found in read_all_snapshots(tx).values() if not found.is_deleted]
            for snapshot in snapshots:
                release_id = _release_id(snapshot)
                if release_id and release_id not in self._releases and (release := tx.releases.get(release_id)):
                    self._releases[release_id] = release
            active = tx.builds.active()
            repairs = tx.history.newest(HappeningKind.REPAIR, _REPAIRS)
        settings = self._services.settings
        overview = compose(snapshots, active, self._releases, figures, settings.flavors)
        budgets = {each.runner_id: images_budget(each, settings) for each in overview.runners}
        return replace(overview, budgets=budgets, repairs=repairs)

    def _read_figures(self) -> _Figures:
        services, figures = self._services, _Figures()

        def ask(question: Callable[[], Answer], otherwise: Answer) -> Answer:
            if figures.trouble is not None:  # Redis was away a moment ago: do not wait for it again and again.
                return otherwise
            try:
                return question()
            except Unavailable as error:
                figures.trouble = str(error) or "Redis does not answer"
                return otherwise

        figures.runners = ask(services.fleet.runners, [])
        figures.observed = ask(lambda: services.fleet.observed([item.runner_id for item in figures.runners]), {})
        figures.workers = ask(services.queue.workers, [])
        figures.gateways = ask(services.routes.gateways, [])
        figures.activity = ask(services.routes.activity, {})
        return figures


def compose(
    snapshots: Sequence[Snapshot],
    active: Sequence[Build],
    releases: dict[str, Release],
    figures: _Figures,
    flavors: Flavors = BUILT_IN,
) -> Overview:
    """Put what is known together. Pure."""
    spaces = {snapshot.space.id: snapshot.space for snapshot in snapshots}
    workers_by_job = {str(item.get("job_id")): str(item.get("name")) for item in figures.workers if item.get("job_id")}
    builds = sorted(active, key=lambda build: build.created_at)
    line = [build.id for build in in_line(builds, {space.id: space.owner_id for space in spaces.values()})]
    queue = [
        QueueRow(
            build,
            spaces.get(build.space_id),
            line.index(build.id) + 1 if build.id in line else None,
            workers_by_job.get(build.job_id) or build.runner_id,
        )
        for build in sorted(builds, key=lambda build: line.index(build.id) if build.id in line else -1)
    ]
    spaces_by_job = {build.job_id: spaces.get(build.space_id) for build in builds}
    return Overview(
        sorted(
            (_space_row(item, releases, figures, flavors) for item in snapshots),
            key=lambda row: row.space.full_name.lower(),
        ),
        queue,
        [_worker_row(worker, spaces_by_job) for worker in figures.workers],
        sorted(figures.runners, key=lambda runner: runner.runner_id),
        sorted(figures.gateways, key=lambda gateway: gateway.gateway_id),
        figures.trouble,
    )


def _space_row(snapshot: Snapshot, releases: dict[str, Release], figures: _Figures, flavors: Flavors) -> SpaceRow:
    space = snapshot.space
    reports = [figures.observed[item.id] for item in snapshot.instances if item.id in figures.observed]
    activity = figures.activity.get(space.id)
    visits = [
        moment for moment in (from_epoch(activity.last_visit_at if activity else None), space.last_visit_at) if moment
    ]
    return SpaceRow(
        space,
        snapshot.build,
        releases.get(_release_id(snapshot) or ""),
        len(snapshot.instances),
        _sum([report.cpu_percent for report in reports]),
        _sum([report.memory_bytes for report in reports]),
        flavors.sized(space.hardware).memory_bytes,
        max(visits, default=None),
        max(space.visits, activity.requests if activity else 0),
    )


def _worker_row(worker: dict[str, Any], spaces_by_job: dict[str, Space | None]) -> WorkerRow:
    heartbeat = worker.get("last_heartbeat")
    return WorkerRow(
        str(worker.get("name") or "?"),
        str(worker.get("state") or "unknown"),
        spaces_by_job.get(str(worker.get("job_id"))),
        _aware(heartbeat) if isinstance(heartbeat, datetime) else None,
    )


def _aware(moment: datetime) -> datetime:
    """RQ keeps times in UTC and leaves the zone out."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _release_id(snapshot: Snapshot) -> str | None:
    live = [instance for instance in snapshot.instances if instance.role is Role.LIVE]
    return live[-1].release_id if live else snapshot.space.target_release_id


Number = TypeVar("Number", int, float)


def _sum(values: Sequence[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None
