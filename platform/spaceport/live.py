"""Changes of Spaces for everybody who looks on: one watcher per process, however many pages are open."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

import structlog

from spaceport.domain.build import Build
from spaceport.domain.instance import Instance, Role
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import SERVING
from spaceport.interfaces import Transaction
from spaceport.services import Services

log = structlog.get_logger()

#: Events may be lost; what they would have told is found by looking at everything this often.
_SWEEP_SECONDS = 10.0
#: Events within this time are answered by one look at the database.
_GATHER_SECONDS = 0.05
#: More Spaces than this at once are read in one go with all others.
_READ_ALL_FROM = 20


@dataclass(frozen=True)
class Snapshot:
    """What is known of a Space now: the row, the build under way, the instances wanted (oldest first)."""

    space: Space
    build: Build | None
    instances: tuple[Instance, ...]

    @property
    def is_deleted(self) -> bool:
        return self.space.desired is Desired.DELETED


@dataclass(frozen=True)
class Gone:
    """A Space that is no longer there."""

    space_id: str


Change = Snapshot | Gone


class Subscription:
    """
    The changes one reader has not seen yet: at most one for each Space, the newest.

    A reader that is slow misses steps in between and never grows a backlog.
    """

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.wanted = wanted
        self._pending: dict[str, Change] = {}
        self._woken = asyncio.Event()
        self._closed = False

    def put(self, change: Change) -> None:
        space_id = change.space_id if isinstance(change, Gone) else change.space.id
        if self.wanted(space_id):
            self._pending.pop(space_id, None)
            self._pending[space_id] = change
            self._woken.set()

    def close(self) -> None:
        self._closed = True
        self._woken.set()

    async def changes(self, silence_seconds: float = 15.0) -> AsyncIterator[Change | None]:
        """Changes as they come, None after each silence; ends when Spaceport stops."""
        while not self._closed:
            try:
                async with asyncio.timeout(silence_seconds):
                    await self._woken.wait()
            except TimeoutError:
                yield None
                continue
            self._woken.clear()
            pending, self._pending = self._pending, {}
            for change in pending.values():
                yield change


class Live:
    """
    Hands changes to subscriptions.

    Watches events only while somebody is subscribed. A change is read from the database once, whoever waits for it.
    """

    def __init__(self, services: Services, sweep_seconds: float = _SWEEP_SECONDS) -> None:
        self._services = services
        self._sweep_seconds = sweep_seconds
        self._subscriptions: set[Subscription] = set()
        self._known: dict[str, Snapshot] = {}
        self._dirty: set[str] = set()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def subscribe(self, space_ids: Collection[str] | None = None) -> Subscription:
        """
        Changes of these Spaces, or of all, from now on; ``unsubscribe`` must follow.

        For named Spaces their present state comes first.
        """
        wanted = frozenset(space_ids or ())
        subscription = Subscription(lambda space_id: space_ids is None or space_id in wanted)
        self._subscriptions.add(subscription)
        if not self._tasks:
            self._woken = asyncio.Event()
            self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._read_changes())]
        try:
            if space_ids is not None:
                for change in (await asyncio.to_thread(self._read, wanted)).values():
                    subscription.put(change)
        except BaseException:
            # Whoever asked has left meanwhile, or the database is away: nobody else takes it off again.
            await self.unsubscribe(subscription)
            raise
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)
        if not self._subscriptions:
            await self._stop()

    async def close(self) -> None:
        """End all streams: for the moment this process is told to stop."""
        for subscription in self._subscriptions:
            subscription.close()
        await self._stop()

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        self._known.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        async for event in self._services.events.watch():
            self._dirty.add(event.space_id)
            self._woken.set()

    async def _read_changes(self) -> None:
        """Read what events name, and everything now and then."""
        clock = asyncio.get_running_loop()
        next_sweep_at = clock.time() + self._sweep_seconds
        while True:
            try:
                async with asyncio.timeout_at(next_sweep_at):
                    await self._woken.wait()
                    await asyncio.sleep(_GATHER_SECONDS)
                named: set[str] | None = self._take_dirty()
            except TimeoutError:
                named = None
                next_sweep_at = clock.time() + self._sweep_seconds
            try:
                self._spread(await asyncio.to_thread(self._read, named), named)
            except Exception:
                # The database may be away for a while. This loop serves every open page and goes on: the next sweep
                # finds what was missed.
                log.exception("changes of Spaces could not be read")

    def _take_dirty(self) -> set[str]:
        self._woken.clear()
        dirty, self._dirty = self._dirty, set()
        return dirty

    def _spread(self, changes: dict[str, Change], named: Collection[str] | None) -> None:
        if named is None:
            changes.update({space_id: Gone(space_id) for space_id in self._known.keys() - changes.keys()})
        for space_id, change in changes.items():
            # An event says that something changed, even where that is not part of the snapshot.
            if named is None and self._known.get(space_id) == change:
                continue
            if isinstance(change, Gone):
                self._known.pop(space_id, None)
            else:
                self._known[space_id] = change
            for subscription in self._subscriptions:
                subscription.put(change)

    def _read(self, space_ids: Collection[str] | None) -> dict[str, Change]:
        with self._services.database.read() as tx:
            if space_ids is None or len(space_ids) >= _READ_ALL_FROM:
                found = read_all_snapshots(tx)
                return dict(found) if space_ids is None else {key: found.get(key) or Gone(key) for key in space_ids}
            return {space_id: read_snapshot(tx, space_id) or Gone(space_id) for space_id in space_ids}


def read_snapshot(tx: Transaction, space_id: str) -> Snapshot | None:
    space = tx.spaces.get(space_id)
    return None if space is None else snapshot_of(tx, space)


def snapshot_of(tx: Transaction, space: Space) -> Snapshot:
    active = tx.builds.active(space.id)
    return Snapshot(space, active[0] if active else None, tuple(tx.instances.current(space.id)))


def serving_release_id(snapshot: Snapshot) -> str | None:
    """The release that visitors get now, None while they get none."""
    if snapshot.space.stage not in SERVING:
        return None
    live = [instance for instance in snapshot.instances if instance.role is Role.LIVE]
    return live[-1].release_id if live else snapshot.space.target_release_id


def read_all_snapshots(tx: Transaction) -> dict[str, Snapshot]:
    """By Space id, in three queries for all Spaces."""
    builds = {build.space_id: build for build in reversed(tx.builds.active())}
    instances: dict[str, list[Instance]] = {}
    for instance in tx.instances.current():
        instances.setdefault(instance.space_id, []).append(instance)
    return {
        space.id: Snapshot(space, builds.get(space.id), tuple(instances.get(space.id, ()))) for space in tx.spaces.all()
    }
