"""What the steps need from outside, written for them. The real side is in ``adapters``; ``bootstrap`` joins both."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from spaceport.domain.build import Build
from spaceport.domain.events import Event
from spaceport.domain.route import Activity, GatewayReport, Route
from spaceport.domain.webhook import Answer
from spaceport.objects import Objects as Objects
from spaceport.stores import Database as Database
from spaceport.stores import Transaction as Transaction
from spaceport_runner.contract import (
    BuildReport,
    BuildRequest,
    CollectRequest,
    InstanceReport,
    InstanceSpec,
    RunnerReport,
)


class Clock(Protocol):
    """Time, so that tests can hold it."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class EventBus(Protocol):
    """Hints that something changed. Raises nothing when Redis is away: events may be lost."""

    def publish(self, event: Event) -> None: ...
    def watch(self) -> AsyncIterator[Event]:
        """All events from now on, for pages that change by themselves; survives an outage of Redis."""
        ...


class BuildQueue(Protocol):
    """The RQ side of builds. Raises: Unavailable when Redis is away."""

    def enqueue(self, build: Build, request: BuildRequest) -> None:
        """Doing it twice for one attempt is one job."""
        ...

    def cancel(self, build: Build) -> None:
        """Takes a waiting job out, stops a running one; one that is not there is fine."""
        ...

    def job_state(self, build: Build) -> str | None:
        """``waiting``, ``started`` or ``over`` for the job of this attempt, None when the queue does not know it."""
        ...

    def positions(self) -> dict[str, int]:
        """Build id -> place in line, from 1, of everything that waits."""
        ...

    def workers(self) -> list[dict[str, Any]]:
        """For the admin page: name, state, current job id, last heartbeat."""
        ...


class Fleet(Protocol):
    """Requests to runners and what they report. Raises: Unavailable when Redis is away."""

    def runners(self) -> list[RunnerReport]: ...
    def want(self, runner_id: str, specs: Sequence[InstanceSpec], spared: Collection[str] = ()) -> None:
        """All instances that should run there; whatever else runs there is removed, but what ``spared`` Spaces have."""
        ...

    def observed(self, runner_ids: Sequence[str]) -> dict[str, InstanceReport]: ...
    def missed(self) -> dict[str, datetime]:
        """Runners without a sign of life, and since when, as noted last; forgotten when nobody notes for a minute."""
        ...

    def note_missed(self, missed: Mapping[str, datetime]) -> None: ...
    def note_drained(self, names: Collection[str]) -> None:
        """Runners and builders that take no new builds: these and no others."""
        ...

    def build_reports(self) -> list[BuildReport]:
        """Reports since the last call that nobody handled yet; ``acknowledge`` when they are in the database."""
        ...

    def acknowledge(self) -> None: ...
    def collect(self, runner_id: str, request: CollectRequest) -> None:
        """What a runner may throw away when it needs room."""
        ...

    def leases(self, build_ids: Sequence[str]) -> dict[str, int]:
        """Attempt that holds the lease of each build, where one does."""
        ...


class RouteTable(Protocol):
    """Routes for the gateways, and what gateways report. Raises: Unavailable when Redis is away."""

    def publish(self, routes: Mapping[str, Route], spared: Collection[str] = ()) -> int:
        """
        Make these the routes (by space id), beside those that ``spared`` Spaces have; returns the version.

        Unchanged ones cost nothing.
        """
        ...

    def version(self) -> int:
        """The version of the routes as published last."""
        ...

    def published(self) -> list[Route]:
        """All routes as the gateways read them, in any order."""
        ...

    def gateways(self) -> list[GatewayReport]: ...
    def activity(self) -> dict[str, Activity]: ...
    def wakes(self) -> dict[str, float]:
        """Ids of sleeping Spaces that somebody visits, and since when (seconds since the epoch)."""
        ...

    def forget_wakes(self, space_ids: Iterable[str]) -> None:
        """They were taken up."""
        ...


@dataclass(frozen=True)
class LogLine:
    """``timestamp`` as written by the runner: RFC 3339, UTC, milliseconds."""

    timestamp: str
    text: str


class Logs(Protocol):
    """Build and run logs as kept on disk; a log that does not exist yet is empty."""

    def read(self, path: Path, tail: int | None = None) -> Iterator[LogLine]:
        """What is there now, the last ``tail`` lines of it when given."""
        ...

    def follow(self, path: Path, is_over: Callable[[], bool], tail: int | None = None) -> AsyncIterator[LogLine | None]:
        """
        What is there and what comes, until ``is_over`` says that nothing more will come.

        Yields None at least every 15 seconds of silence, so that the caller can send a sign of life.
        """
        ...


class Poster(Protocol):
    """Sends a message to somebody else's server."""

    def post(self, url: str, payload: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        """As JSON. Raises nothing: what went wrong is in the answer."""
        ...


class Wakeups(Protocol):
    """How the controller waits."""

    def wait(self, timeout_seconds: float) -> set[str]:
        """Ids of Spaces that events or reports speak of; empty after the timeout. Raises: Unavailable."""
        ...
