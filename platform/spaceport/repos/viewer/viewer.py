"""The dataset viewer as its callers see it: which tables a dataset has, and what is in them."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog

from spaceport.errors import EntryNotFound, SpaceportError, Unavailable
from spaceport.repos.viewer.conditions import Condition
from spaceport.repos.viewer.datasets import Datasets
from spaceport.repos.viewer.jobs import Jobs, NotReady
from spaceport.repos.viewer.process import Limits, UnreadableData, Workers
from spaceport.repos.viewer.reading import Reading
from spaceport.repos.viewer.store import Store
from spaceport.repos.viewer.table import About, Table
from spaceport.services import Services

log = structlog.get_logger()
#: Of one page.
MAX_ROWS = 100
#: How long it is remembered that something could not be read: the machine may have had no memory left.
_PROBLEM_SECONDS = 600

#: That read and write what has been found out already.
_DESK_THREADS = 4

T = TypeVar("T")
Work = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Abouts:
    """Of the splits of a dataset: those that are known, those that are not yet, and those that cannot be."""

    known: list[tuple[Table, About]]
    pending: list[Table]
    failed: list[tuple[Table, UnreadableData]]


class Viewer:
    """
    One for a hub; reading happens in processes of its own. ``asker`` is who takes turns: ``identity.asker_of``.

    All that asks for a table raises: UnreadableData, NotReady, Unavailable.
    """

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self.store = Store(settings.data_dir, settings.viewer_cache_bytes)
        self.datasets = Datasets(services)
        self._jobs = Jobs()
        self._desk = ThreadPoolExecutor(_DESK_THREADS, thread_name_prefix="dataset viewer's desk")
        self._workers = Workers(Limits(settings.viewer_memory_bytes, settings.viewer_seconds))
        self._reading = Reading(services, self.store, self._workers)

    def close(self) -> None:
        self._workers.close()
        self._jobs.close()
        self.datasets.close()
        self._desk.shutdown(cancel_futures=True)

    async def in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        """What reads or writes long answers; in threads that nothing else of the hub waits for."""
        return await asyncio.get_running_loop().run_in_executor(self._desk, partial(work, *arguments))

    async def about(self, table: Table, asker: str) -> About:
        """What is known of a split, which has been read then."""
        known = await self.in_thread(self.store.read, self.store.folder(*table.key), "about")
        return About(**(known or await self._done(table, asker, ("about",), partial(self._reading.prepare, table))))

    async def abouts(self, tables: Sequence[Table], asker: str) -> Abouts:
        """Of several splits at once. Raises: NotReady when nothing is known yet."""

        async def settled(state: "About | Future[dict[str, Any]] | SpaceportError") -> About | SpaceportError:
            if not isinstance(state, Future):
                return state
            try:
                return About(**await self._jobs.wait(state))
            except (NotReady, Unavailable, UnreadableData) as error:
                return error

        states = await self.in_thread(self._states, tables, asker)
        found = list(zip(tables, await asyncio.gather(*map(settled, states)), strict=True))
        abouts = Abouts(
            known=[(table, about) for table, about in found if isinstance(about, About)],
            pending=[table for table, error in found if isinstance(error, NotReady | Unavailable)],
            failed=[(table, error) for table, error in found if isinstance(error, UnreadableData)],
        )
        if not abouts.known and abouts.pending:
            raise NotReady("the dataset is being read: ask again in a few seconds")
        return abouts

    async def rows(self, table: Table, asker: str, offset: int, length: int) -> dict[str, Any]:
        """``rows`` and ``media``, as the worker answers."""
        return await self._answer(table, asker, {"do": "rows", "offset": offset, "length": length})

    async def find(
        self, table: Table, asker: str, condition: Condition, order: str, offset: int, length: int
    ) -> dict[str, Any]:
        """Rows that fit, and ``num_rows_total``. Raises: BadQuestion, too."""
        what = {"condition": condition.sql, "parameters": list(condition.parameters), "order": order}
        return await self._answer(table, asker, {"do": "find", **what, "offset": offset, "length": length})

    async def statistics(self, table: Table, asker: str) -> dict[str, Any]:
        return await self._answer(table, asker, {"do": "measure"})

    def known_rows(
        self, table: Table, asker: str, length: int, patience_seconds: float = 0
    ) -> tuple[About, dict[str, Any]] | None:
        """As ``first_rows``, but raises nothing."""
        with suppress(Unavailable, UnreadableData):
            return self.first_rows(table, asker, length, patience_seconds)
        return None

    def first_rows(
        self, table: Table, asker: str, length: int, patience_seconds: float = 0
    ) -> tuple[About, dict[str, Any]] | None:
        """
        The first rows if they are known, or read within the patience; if not, they are being read from now on.

        Reads the disk and may wait: call it from a thread. Raises: UnreadableData, Unavailable.
        """
        until = time.monotonic() + patience_seconds
        folder = self.store.folder(*table.key)
        question = {"do": "rows", "offset": 0, "length": length}
        what = ("answer", json.dumps(question, sort_keys=True))
        about, answer = self.store.read(folder, "about"), self.store.read(folder, *what)
        if about is not None and answer is not None:
            return About(**about), answer
        with suppress(NotReady, TimeoutError, CancelledError):
            if about is None:
                preparing = self._begun(table, asker, ("about",), partial(self._reading.prepare, table))
                about = preparing.result(max(0, until - time.monotonic()))
            known = About(**about)
            asking = self._begun(table, asker, what, partial(self._reading.ask, table, known, question, what))
            return known, asking.result(max(0, until - time.monotonic()))
        return None

    def _states(self, tables: Sequence[Table], asker: str) -> "list[About | Future[dict[str, Any]] | SpaceportError]":
        """Of each split what is known, or the work that finds out, or why neither is there."""
        states: list[About | Future[dict[str, Any]] | SpaceportError] = []
        for table in tables:
            known = self.store.read(self.store.folder(*table.key), "about")
            try:
                prepare = partial(self._reading.prepare, table)
                states.append(About(**known) if known else self._begun(table, asker, ("about",), prepare))
            except (Unavailable, UnreadableData) as error:
                states.append(error)
        return states

    async def _answer(self, table: Table, asker: str, question: Mapping[str, Any]) -> dict[str, Any]:
        about = await self.about(table, asker)
        what = ("answer", json.dumps(question, sort_keys=True))
        known = await self.in_thread(self.store.read, self.store.folder(*table.key), *what)
        return known or await self._done(table, asker, what, partial(self._reading.ask, table, about, question, what))

    async def _done(self, table: Table, asker: str, what: tuple[str, ...], work: Work) -> dict[str, Any]:
        return await self._jobs.wait(await self.in_thread(self._begun, table, asker, what, work))

    def _begun(self, table: Table, asker: str, what: tuple[str, ...], work: Work) -> "Future[dict[str, Any]]":
        """What cannot be read is not read again and again for everybody who looks."""
        folder = self.store.folder(*table.key[:2], "problems", *table.key[2:])
        problem = self.store.read(folder, *what)
        if problem is not None and problem["at"] > time.time() - _PROBLEM_SECONDS:
            raise UnreadableData(problem["message"], problem["cause"])

        def attempt() -> dict[str, Any]:
            try:
                return work()
            except (UnreadableData, EntryNotFound) as error:
                values = {"message": str(error), "cause": getattr(error, "cause", type(error).__name__)}
                self.store.write(folder, values | {"at": time.time()}, *what)
                raise UnreadableData(values["message"], values["cause"]) from error
            except OSError as error:
                log.warning(
                    "what was read of a dataset could not be kept", dataset=table.dataset.full_name, exc_info=True
                )
                raise Unavailable("the hub's disk does not take what is read: ask again later") from error

        return self._jobs.start(table.dataset.namespace, asker, (*table.key, *what), attempt)
