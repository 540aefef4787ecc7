"""The line of waiting builds as it is now, for whoever tells people about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from spaceport.domain.build import BuildStatus
from spaceport.domain.drain import Drain
from spaceport.domain.flavors import GIB
from spaceport.domain.line import Place, Room, places
from spaceport.errors import Unavailable
from spaceport.interfaces import Fleet, Transaction
from spaceport.services import Services
from spaceport.settings import Settings
from spaceport_runner.contract import RunnerReport, builder_name

#: Earlier builds that estimates are made from.
_FINISHED = 100


def room_for_builds(
    runners: Sequence[RunnerReport], settings: Settings, drains: Mapping[str, Drain] | None = None
) -> Room:
    """
    What the runners that report can take on; with none reporting, what the settings say one could.

    Those that are drained take nothing. All runners take builds from one queue, so the one with the least room on its
    disk decides for all: a build that was handed out could land there. Pure.
    """
    free = {runner.runner_id: open_builders(runner.runner_id, runner.builders, drains or {}) for runner in runners}
    if drains and runners and not any(free.values()):
        return Room(settings.builders, drained_words(drains, runners[0].runner_id), is_closed=True)
    builders = sum(free.values()) or settings.builders
    open_ = [runner for runner in runners if free[runner.runner_id]]
    scarce = min(open_, key=lambda runner: runner.disk_free_bytes, default=None)
    if scarce is None or scarce.disk_free_bytes >= settings.build_disk_bytes:
        return Room(builders)
    return Room(builders, disk_words(scarce, settings.build_disk_bytes))


def drained_words(drains: Mapping[str, Drain], machine: str) -> str:
    """Why nothing is built where all is drained: one drain tells of all."""
    of_machine = [drain for name, drain in sorted(drains.items()) if name.partition("/")[0] == machine]
    return of_machine[0].words if of_machine else next(iter(drains.values())).words


def open_builders(machine: str, builders: int, drains: Mapping[str, Drain]) -> int:
    """How many builders of a machine take new builds."""
    if machine in drains:
        return 0
    return sum(builder_name(machine, number) not in drains for number in range(1, builders + 1))


def disk_words(runner: RunnerReport, needed_bytes: int) -> str:
    """Why nothing is built on a machine whose disk is nearly full."""
    return (
        f"the disk of {runner.runner_id} is nearly full: {_size(runner.disk_free_bytes)} are free, and builds start "
        f"from {_size(needed_bytes)} on"
    )


def room_now(tx: Transaction, fleet: Fleet, settings: Settings) -> Room:
    """``room_for_builds``, also while Redis is away."""
    try:
        runners = fleet.runners()
    except Unavailable:
        runners = []
    return room_for_builds(runners, settings, tx.rulings.drains())


def places_now(tx: Transaction, room: Room, now: datetime) -> dict[str, Place]:
    """The place of every waiting build, by its id; costs nothing while none waits."""
    active = tx.builds.active()
    if all(build.status is not BuildStatus.QUEUED for build in active):
        return {}
    owners = tx.spaces.owner_ids([build.space_id for build in active])
    return places(active, owners, tx.builds.recent(_FINISHED), room, now)


def place_of(services: Services, space_id: str) -> Place | None:
    """Where the newest build of a Space stands, None when it does not wait."""
    with services.database.read() as tx:
        builds = tx.builds.active(space_id)
        if not builds or builds[0].status is not BuildStatus.QUEUED:
            return None
        room = room_now(tx, services.fleet, services.settings)
        return places_now(tx, room, services.clock.now()).get(builds[0].id)


def _size(count: int) -> str:
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / 1024**2:.0f} MiB"
