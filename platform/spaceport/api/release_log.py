"""The run log of a release: all its instances in a row, so that a crash and a restart are in one log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi.concurrency import run_in_threadpool

from spaceport.domain.instance import Instance, Role
from spaceport.domain.space import Rest
from spaceport.domain.stage import PASSING, SERVING
from spaceport.interfaces import LogLine, Transaction
from spaceport.live import Gone, Live
from spaceport.services import Services
from spaceport_runner.contract import run_log_path

#: Instances of one release that its log goes back to.
_INSTANCES = 200


@dataclass(frozen=True)
class ReleaseLog:
    """``release_id`` is that of the newest instance when the reader came."""

    space_id: str
    release_id: str


def release_log_of(tx: Transaction, space_id: str) -> ReleaseLog | None:
    """The log of the newest instance's release; None when nothing ever ran."""
    newest = tx.instances.current(space_id)[-1:] or tx.instances.of_space(space_id, limit=1)
    return ReleaseLog(space_id, newest[0].release_id) if newest else None


async def release_lines(
    services: Services, live: Live, log: ReleaseLog, tail: int | None
) -> AsyncIterator[LogLine | None]:
    """
    All lines from the first instance of the release on, then those that come, across restarts; None now and then.

    It begins with the same line whenever it is read, so that a client that connects again can skip as many lines as it
    showed. It ends when another release took over, or when nothing of this one is on its way.

    Source: hub-api.md section 10.4.
    """
    subscription = await live.subscribe([log.space_id])
    changes = subscription.changes()
    reader = _Reader(services, log)
    try:
        if tail is not None:
            for earlier in await run_in_threadpool(reader.tail_of_ended, tail):
                yield earlier
        while True:
            instance = await run_in_threadpool(reader.next)
            if instance is None:
                if not await run_in_threadpool(reader.may_go_on):
                    return
                if isinstance(await anext(changes, Gone("")), Gone):
                    return
                yield None
                continue
            ending = asyncio.Event()
            is_over = partial(reader.is_over, instance.id)
            watch = asyncio.create_task(set_when_over(live, log.space_id, is_over, ending))
            if instance.role is Role.GONE:
                ending.set()
            try:
                path = run_log_path(services.settings.data_dir, log.space_id, instance.id)
                async for line in services.logs.follow(path, ending.is_set, tail):
                    yield line
            finally:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
            tail = None
    finally:
        await live.unsubscribe(subscription)


async def set_when_over(live: Live, space_id: str, is_over: Callable[[], bool], ending: asyncio.Event) -> None:
    """Set ``ending`` when nothing more will be written: looked up when the Space changes, not by the clock."""
    subscription = await live.subscribe([space_id])
    try:
        async for change in subscription.changes():
            if change is None:
                continue
            if isinstance(change, Gone) or await run_in_threadpool(is_over):
                break
        ending.set()
    finally:
        await live.unsubscribe(subscription)


class _Reader:
    """Remembers which instances were read."""

    def __init__(self, services: Services, log: ReleaseLog) -> None:
        self._services = services
        self._log = log
        self._read: set[str] = set()

    def next(self) -> Instance | None:
        """The oldest instance of the release that was not read yet."""
        for instance in self._instances():
            if instance.id not in self._read:
                self._read.add(instance.id)
                return instance
        return None

    def tail_of_ended(self, tail: int) -> list[LogLine]:
        """The last lines of those that ended, where one that lives begins another file; marks them as read."""
        lines: list[LogLine] = []
        instances = self._instances()
        ended = [each for each in instances if each.role is Role.GONE]
        if len(ended) == len(instances):
            ended = ended[:-1]
        self._read |= {each.id for each in ended}
        living = [each for each in instances if each.id not in self._read]
        missing = tail - sum(self._count(each, tail) for each in living)
        for instance in reversed(ended):
            if len(lines) >= missing:
                break
            lines = [*self._services.logs.read(self._path(instance), missing - len(lines)), *lines]
        return lines

    def is_over(self, instance_id: str) -> bool:
        with self._services.database.read() as tx:
            instance = tx.instances.get(instance_id)
        return instance is None or instance.role is Role.GONE

    def may_go_on(self) -> bool:
        """Whether another instance of this release may come by itself."""
        with self._services.database.read() as tx:
            space = tx.spaces.get(self._log.space_id)
            newest = release_log_of(tx, self._log.space_id)
        if space is None or newest != self._log or space.rest is Rest.STOPPED:
            return False
        is_target = space.target_release_id in (None, self._log.release_id)
        return is_target and space.stage in PASSING | SERVING

    def _instances(self) -> list[Instance]:
        with self._services.database.read() as tx:
            found = tx.instances.of_space(self._log.space_id, limit=_INSTANCES)
        return [each for each in reversed(found) if each.release_id == self._log.release_id]

    def _count(self, instance: Instance, at_most: int) -> int:
        return sum(1 for _ in self._services.logs.read(self._path(instance), at_most))

    def _path(self, instance: Instance) -> Path:
        return run_log_path(self._services.settings.data_dir, self._log.space_id, instance.id)
