"""What commands work with: a real database, events and queue that only remember."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from spaceport.adapters.disk_objects import DiskObjects
from spaceport.domain.account import Caller, User
from spaceport.domain.build import Build
from spaceport.domain.events import Event
from spaceport.domain.release import Release, ReleaseStatus
from spaceport.domain.space import Space
from spaceport.errors import Unavailable
from spaceport.services import Services
from spaceport.settings import Settings
from spaceport_runner.sealing import Sealer
from tests.databases import make_database
from tests.unit.factories import NOW, make_release, make_space


class TickingClock:
    """A second later with every look."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self.pass_by(1)
        return self._now

    def pass_by(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class RememberingEvents:
    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish(self, event: Event) -> None:
        self.published.append(event)

    async def watch(self) -> AsyncIterator[Event]:
        return
        yield


class RememberingQueue:
    def __init__(self) -> None:
        self.cancelled: list[str] = []
        self.is_away = False

    def cancel(self, build: Build) -> None:
        if self.is_away:
            raise Unavailable("Redis does not answer")
        self.cancelled.append(build.id)


@dataclass
class Bench:
    """Services with one user and one Space of hers; ``admin`` may do everything."""

    services: Services
    events: RememberingEvents
    queue: RememberingQueue
    owner: Caller = field(default_factory=lambda: Caller(User("user", "ada", "", False, NOW)))
    admin: Caller = field(default_factory=lambda: Caller(User("root", "root", "", True, NOW)))
    stranger: Caller = field(default_factory=lambda: Caller(User("eve", "eve", "", False, NOW)))

    @property
    def space(self) -> Space:
        with self.services.database.read() as tx:
            found = tx.spaces.get("space")
        assert found is not None
        return found

    @property
    def releases(self) -> list[Release]:
        """Oldest first."""
        with self.services.database.read() as tx:
            return tx.releases.of_space("space")[::-1]

    @property
    def told(self) -> list[str]:
        """Summaries of the history, oldest first."""
        with self.services.database.read() as tx:
            return [happening.summary for happening in tx.history.of_space("space")]

    def update(self, **changes: Any) -> None:
        with self.services.database.begin() as tx:
            tx.spaces.update("space", **changes)

    def release(self, number: int = 1, is_target: bool = True, **values: Any) -> Release:
        """One that serves, unless told otherwise."""
        defaults = {"id": f"release{number}", "status": ReleaseStatus.LIVE, "live_at": NOW}
        release = make_release(**{**defaults, "number": number, **values})
        with self.services.database.begin() as tx:
            tx.releases.add(release)
            if is_target:
                tx.spaces.update("space", target_release_id=release.id, generation=number)
        return release


def make_bench(tmp_path: Path, **space: Any) -> Bench:
    tmp_path.mkdir(exist_ok=True)
    settings = Settings(data_dir=tmp_path)
    database = make_database(settings.database)
    events, queue, nothing = RememberingEvents(), RememberingQueue(), object()
    services = Services(
        settings=settings,
        database=database,
        events=events,
        queue=queue,  # type: ignore[arg-type]
        fleet=nothing,  # type: ignore[arg-type]
        routes=nothing,  # type: ignore[arg-type]
        logs=nothing,  # type: ignore[arg-type]
        objects=DiskObjects(settings.data_dir / "objects"),
        clock=TickingClock(),
        internal_secret="secret of the tests",
        sealer=Sealer("A" * 43 + "="),
    )
    bench = Bench(services, events, queue)
    with database.begin() as tx:
        for caller in (bench.owner, bench.admin, bench.stranger):
            assert caller.user is not None
            tx.accounts.add_user(caller.user)
        tx.spaces.add(make_space(**space))
    return bench
