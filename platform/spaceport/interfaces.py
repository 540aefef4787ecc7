"""What the steps need from outside, written for them. The real side is in ``adapters``; ``bootstrap`` joins both."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from spaceport.domain.account import AccessToken, Session, User
from spaceport.domain.build import Build
from spaceport.domain.config import Secret, Variable
from spaceport.domain.events import Event
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.instance import Instance
from spaceport.domain.push import Push
from spaceport.domain.redirect import Redirect
from spaceport.domain.release import Release
from spaceport.domain.route import Activity, GatewayReport, Route
from spaceport.domain.space import Space
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


class Accounts(Protocol):
    """Users, tokens, sessions."""

    def add_user(self, user: User, /) -> None:
        """Raises: AlreadyExists."""
        ...

    def user(self, user_id: str) -> User | None: ...
    def user_by_name(self, name: str) -> User | None: ...
    def users(self) -> list[User]: ...
    def set_password_hash(self, user_id: str, password_hash: str) -> None: ...
    def add_token(self, token: AccessToken, /) -> None: ...
    def token_by_hash(self, token_hash: str) -> AccessToken | None: ...
    def tokens_of(self, user_id: str) -> list[AccessToken]: ...
    def reader_token_hashes(self, owner_id: str) -> frozenset[str]:
        """Of all tokens that open this owner's private Spaces: the owner's and the admins'."""
        ...

    def remove_token(self, user_id: str, token_id: str) -> None: ...
    def add_session(self, session: Session, /) -> None: ...
    def session(self, session_id: str) -> Session | None: ...
    def remove_session(self, session_id: str) -> None: ...


class Spaces(Protocol):
    """Spaces by id, name and address."""

    def add(self, space: Space, /) -> None:
        """Raises: AlreadyExists when the name, subdomain or loopback address is taken."""
        ...

    def get(self, space_id: str) -> Space | None: ...
    def by_name(self, owner: str, name: str) -> Space | None:
        """Without regard to case."""
        ...

    def all(self) -> list[Space]: ...
    def visible_to(self, user: User | None, search: str = "", author: str = "", limit: int = 1000) -> list[Space]:
        """Newest change first."""
        ...

    def subdomain_taken(self, subdomain: str) -> bool: ...
    def loopback_address_taken(self, address: str) -> bool: ...
    def update(self, space_id: str, /, **changes: Any) -> None: ...
    def remove(self, space_id: str) -> None:
        """With its pushes, builds, releases and instances."""
        ...


class Pushes(Protocol):
    """Commits that arrived on main."""

    def add(self, push: Push, /) -> None: ...
    def latest(self, space_id: str) -> Push | None: ...
    def by_sha(self, space_id: str, sha: str) -> Push | None:
        """The newest one of that commit."""
        ...


class Builds(Protocol):
    """Builds, newest first wherever there are several."""

    def add(self, build: Build, /) -> None: ...
    def get(self, build_id: str) -> Build | None: ...
    def update(self, build_id: str, /, **changes: Any) -> None: ...
    def active(self, space_id: str | None = None) -> list[Build]: ...
    def of_space(self, space_id: str, limit: int = 20) -> list[Build]: ...
    def recent(self, limit: int = 50) -> list[Build]: ...


class Releases(Protocol):
    """Releases, newest first wherever there are several."""

    def add(self, release: Release, /) -> None: ...
    def get(self, release_id: str) -> Release | None: ...
    def update(self, release_id: str, /, **changes: Any) -> None: ...
    def of_space(self, space_id: str, limit: int = 20) -> list[Release]: ...
    def by_number(self, space_id: str, number: int) -> Release | None: ...
    def live(self, space_id: str) -> list[Release]:
        """Those whose status is live: one, but for the moment of a swap."""
        ...

    def starting(self, space_id: str) -> list[Release]: ...
    def mark_image(self, space_id: str, image: str, gone: bool) -> None:
        """What is known of an image now, in all releases of it."""
        ...

    def last_good(self, space_id: str) -> Release | None:
        """The newest one that has worked."""
        ...

    def next_number(self, space_id: str) -> int: ...


class Configs(Protocol):
    """Variables and secrets of Spaces."""

    def variables(self, space_id: str) -> list[Variable]:
        """By key."""
        ...

    def put_variable(self, variable: Variable, /) -> None:
        """Add it, or replace the one of that key."""
        ...

    def remove_variable(self, space_id: str, key: str) -> bool:
        """Whether there was one."""
        ...

    def secrets(self, space_id: str) -> list[Secret]:
        """All versions of all secrets, removed ones included, by key, newest version first."""
        ...

    def add_secret(self, secret: Secret, /) -> None: ...
    def remove_secret(self, space_id: str, key: str, at: datetime) -> bool:
        """Mark all versions as removed; whether there was one that was not."""
        ...


class Redirects(Protocol):
    """Names that Spaces had before."""

    def put(self, redirect: Redirect, /) -> None:
        """Add it, or point an old name to another Space."""
        ...

    def by_name(self, owner: str, name: str) -> Redirect | None:
        """Without regard to case."""
        ...

    def by_subdomain(self, subdomain: str) -> Redirect | None: ...
    def of_space(self, space_id: str) -> list[Redirect]: ...
    def remove_name(self, owner: str, name: str) -> None:
        """A new Space took the name."""
        ...


class History(Protocol):
    """What happened, in order."""

    def add(
        self, space_id: str, at: datetime, kind: HappeningKind, actor: str, summary: str, details: Mapping[str, Any]
    ) -> Happening: ...

    def of_space(self, space_id: str, after: int = 0, limit: int = 100) -> list[Happening]:
        """Oldest first, those with a ``number`` above ``after``; without it the newest ones."""
        ...

    def since(self, number: int, limit: int = 500) -> list[Happening]:
        """Of all Spaces, oldest first, above a number."""
        ...

    def last_number(self) -> int: ...
    def trim(self, space_id: str, keep: int) -> None:
        """Forget all but the newest."""
        ...


class Instances(Protocol):
    """Instances wanted now and before."""

    def add(self, instance: Instance, /) -> None: ...
    def get(self, instance_id: str) -> Instance | None: ...
    def update(self, instance_id: str, /, **changes: Any) -> None: ...
    def current(self, space_id: str | None = None) -> list[Instance]:
        """Those that are not gone, oldest first."""
        ...

    def of_space(self, space_id: str, limit: int = 20) -> list[Instance]:
        """Newest first, gone ones included."""
        ...

    def count_of_release(self, release_id: str) -> int:
        """How many there ever were."""
        ...

    def ended_since(self, space_id: str, since: datetime) -> int:
        """How many live instances of a Space ended by themselves since then."""
        ...


class Transaction(Protocol):
    """Reads and writes that happen together or not at all."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def spaces(self) -> Spaces: ...
    @property
    def pushes(self) -> Pushes: ...
    @property
    def builds(self) -> Builds: ...
    @property
    def releases(self) -> Releases: ...
    @property
    def instances(self) -> Instances: ...
    @property
    def configs(self) -> Configs: ...
    @property
    def redirects(self) -> Redirects: ...
    @property
    def history(self) -> History: ...


class Database(Protocol):
    """The owner of what is wanted and what happened."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """A transaction: commits at the end of the block, rolls back on an exception."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """The same for reading only: never waits for a writer. Writing in it may fail."""
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
    def want(self, runner_id: str, specs: Sequence[InstanceSpec]) -> None:
        """All instances that should run there; whatever else runs there is removed."""
        ...

    def observed(self, runner_ids: Sequence[str]) -> dict[str, InstanceReport]: ...
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

    def publish(self, routes: Mapping[str, Route]) -> int:
        """Make these the routes (by space id); returns the version. Unchanged ones cost nothing."""
        ...

    def version(self) -> int:
        """The version of the routes as published last."""
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


class Wakeups(Protocol):
    """How the controller waits."""

    def wait(self, timeout_seconds: float) -> set[str]:
        """Ids of Spaces that events or reports speak of; empty after the timeout. Raises: Unavailable."""
        ...
