"""Everything the admin sees, gathered from the database and from what processes report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from spaceport.build_line import places_now, room_for_builds
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.drain import Drain
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.line import in_line
from spaceport.domain.route import Activity, GatewayReport
from spaceport.domain.space_fact import SpaceFact
from spaceport.domain.visit import Calls, WakeUp, day_of
from spaceport.errors import Unavailable
from spaceport.machines import MachineState, homes_of, machine_states
from spaceport.rollout.garbage import images_budget
from spaceport.services import Services
from spaceport.translating import translated
from spaceport.trouble_file import read_trouble
from spaceport.web.admin_lines import Housing, SpaceLine, lines_of, released_at
from spaceport.web.admin_rows import RowReader
from spaceport.web.admin_spaces import SHOWN, SpacesPage, SpacesWish, page_of
from spaceport.web.admin_workers import WorkerRow, worker_row
from spaceport.web.words import from_epoch
from spaceport_runner.contract import InstanceReport, RunnerReport

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class QueueRow:
    """A build under way; ``position`` counts waiting ones from 1, whose ``words`` say for how long, or what for."""

    build: Build
    space: SpaceFact | None
    position: int | None
    worker: str | None
    words: str = ""


#: Rows of what was repaired.
_REPAIRS = 10
#: Rows of what was woken.
_WAKES = 10
#: Newest errors of Spaceport itself that are looked at.
PLATFORM_ERRORS = 200
#: Newest builds that are looked at for those that failed, and rows of these.
_LOOKED_AT, _FAILED = 100, 10


@dataclass(frozen=True)
class Overview:
    """
    ``trouble`` says what could not be asked; its figures are then missing, the rest is true.

    ``machines`` has what runs on each of the ``runners``, and on others, and what is drained.
    ``budgets`` is what images may take on each machine, in bytes, by its id. ``repairs``,
    ``wakes`` and ``failed`` are the newest ones. ``platform_errors`` counts those of Spaceport itself within a day, as
    far as they are looked at.
    """

    spaces: list[SpaceLine]
    queue: list[QueueRow]
    workers: list[WorkerRow]
    runners: list[RunnerReport]
    gateways: list[GatewayReport]
    trouble: str | None = None
    budgets: dict[str, int | None] = field(default_factory=dict)
    repairs: list[Happening] = field(default_factory=list)
    wakes: list[tuple[WakeUp, SpaceFact]] = field(default_factory=list)
    failed: list[tuple[Build, SpaceFact]] = field(default_factory=list)
    machines: list[MachineState] = field(default_factory=list)
    longest_wait_seconds: float = 0.0
    platform_errors: int = 0

    def machine(self, name: str) -> MachineState | None:
        return next((each for each in self.machines if each.name == name), None)

    def counts(self) -> list[tuple[str, str, int]]:
        """What of the Spaces may be shown alone, in words, and how many there are; without what there is none of."""
        found = (
            (key, translated(words), sum(fits(line.fact) for line in self.spaces))
            for key, (words, fits) in SHOWN.items()
        )
        return [each for each in found if each[2]]


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
    """Gathers overviews, and the rows of a page of Spaces."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rows = RowReader()

    def read(self) -> Overview:
        """Reads database and Redis: call it from a thread."""
        figures = self._read_figures()
        with self._services.database.read() as tx:
            facts = tx.spaces.facts()
            active = tx.builds.active()
            repairs = tx.history.newest(HappeningKind.REPAIR, _REPAIRS)
            totals = tx.visits.totals(day_of(self._services.clock.now() - timedelta(days=1)))
            wakes = tx.visits.wakes(_WAKES)
            recent = tx.builds.recent(_LOOKED_AT)
            drains, instances = tx.rulings.drains(), tx.instances.current()
            housing = Housing(homes_of(instances), released_at(facts, instances, tx.releases.made_at()))
            settings, now = self._services.settings, self._services.clock.now()
            room = room_for_builds(figures.runners, settings, drains)
            waiting = {build_id: place.words for build_id, place in places_now(tx, room, now).items()}
        overview = compose(facts, active, figures, now, totals, drains, housing)
        budgets = {each.runner_id: images_budget(each, settings) for each in overview.runners}
        return replace(
            overview,
            longest_wait_seconds=max(
                ((now - row.build.created_at).total_seconds() for row in overview.queue if row.position), default=0.0
            ),
            queue=[replace(row, words=waiting.get(row.build.id, "")) for row in overview.queue],
            budgets=budgets,
            repairs=repairs,
            wakes=_named(wakes, facts),
            failed=_failed(recent, facts),
            platform_errors=sum(
                each.at > now - timedelta(days=1) for each in read_trouble(settings.data_dir, PLATFORM_ERRORS)
            ),
        )

    def page(self, overview: Overview, wish: SpacesWish) -> SpacesPage:
        """One page of its Spaces with all that the rows show. Reads the database: call it from a thread."""
        found = page_of(overview.spaces, wish)
        with self._services.database.read() as tx:
            return replace(found, rows=self._rows.read(tx, found.lines))

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
    facts: Sequence[SpaceFact],
    active: Sequence[Build],
    figures: _Figures,
    now: datetime,
    totals: Sequence[Calls] = (),
    drains: Mapping[str, Drain] | None = None,
    housing: Housing | None = None,
) -> Overview:
    """Put what is known together. Pure."""
    spaces = {fact.id: fact for fact in facts}
    workers_by_job = {str(item.get("job_id")): str(item.get("name")) for item in figures.workers if item.get("job_id")}
    builds = sorted(active, key=lambda build: build.created_at)
    line = [build.id for build in in_line(builds, {fact.id: fact.owner_id for fact in facts})]
    queue = [
        QueueRow(
            build,
            spaces.get(build.space_id),
            line.index(build.id) + 1 if build.id in line else None,
            workers_by_job.get(build.job_id) or build.runner_id,
        )
        for build in sorted(builds, key=lambda build: line.index(build.id) if build.id in line else -1)
    ]
    started_at = {runner.runner_id: from_epoch(runner.started_at) for runner in figures.runners}
    spaces_by_job = {build.job_id: spaces.get(build.space_id) for build in builds}
    return Overview(
        lines_of(facts, list(figures.observed.values()), figures.activity, totals, housing),
        queue,
        [worker_row(worker, spaces_by_job, drains or {}, started_at, now) for worker in figures.workers],
        sorted(figures.runners, key=lambda runner: runner.runner_id),
        sorted(figures.gateways, key=lambda gateway: gateway.gateway_id),
        figures.trouble,
        machines=machine_states(figures.runners, drains or {}, active, housing.homes if housing else {}),
    )


def _named(wakes: Sequence[WakeUp], facts: Sequence[SpaceFact]) -> list[tuple[WakeUp, SpaceFact]]:
    """With their Spaces, without those that are being removed."""
    spaces = {fact.id: fact for fact in facts}
    return [(wake, spaces[wake.space_id]) for wake in wakes if wake.space_id in spaces]


def _failed(recent: Sequence[Build], facts: Sequence[SpaceFact]) -> list[tuple[Build, SpaceFact]]:
    """The last build of each Space, where it failed: one that was mended since is no news."""
    spaces = {fact.id: fact for fact in facts}
    last: dict[str, Build] = {}
    for build in recent:
        last.setdefault(build.space_id, build)
    found = [
        (build, spaces[build.space_id])
        for build in last.values()
        if build.status is BuildStatus.FAILED and build.space_id in spaces
    ]
    return found[:_FAILED]
