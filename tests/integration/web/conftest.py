"""A live hub with all its pages: real HTTP, real SQLite, real logs; queue, fleet, routes and events are in memory."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from tests.databases import empty_database, make_database
from tests.people import PASSWORD, make_user

from spaceport.adapters.disk_objects import DiskObjects
from spaceport.adapters.log_files import LogFiles
from spaceport.domain.account import Caller, User
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.events import Event, EventKind
from spaceport.domain.instance import Instance, Role
from spaceport.domain.names import new_id
from spaceport.domain.push import Push
from spaceport.domain.release import Release
from spaceport.domain.route import Activity, GatewayReport, Route
from spaceport.domain.space import Space
from spaceport.domain.stage import Stage
from spaceport.errors import Unavailable
from spaceport.hub_app import make_app
from spaceport.repos.creation import create_space
from spaceport.services import Services
from spaceport.settings import Settings
from spaceport_runner.contract import Capabilities, InstanceReport, RunnerReport
from spaceport_runner.sealing import Sealer

WAIT_SECONDS = 20.0
GIB = 1024**3
SANDBOX = Capabilities(
    engine="sandbox",
    dockerfile=False,
    apt_packages=False,
    python_versions=("3.11",),
    isolation=("own process, mount and user namespaces", "read-only system"),
    not_isolated=("the network", "cpu"),
)


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class MemoryEvents:
    """Events from any thread to watchers on any loop."""

    def __init__(self) -> None:
        self.watchers: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[Event]]] = []

    def publish(self, event: Event) -> None:
        for loop, queue in list(self.watchers):
            loop.call_soon_threadsafe(queue.put_nowait, event)

    async def watch(self) -> AsyncIterator[Event]:
        entry = (asyncio.get_running_loop(), asyncio.Queue[Event]())
        self.watchers.append(entry)
        try:
            while True:
                yield await entry[1].get()
        finally:
            self.watchers.remove(entry)


@dataclass
class MemoryParts:
    """Queue, fleet and routes in one: what they report is set by tests. ``is_away`` plays a dead Redis."""

    is_away: bool = False
    runner_reports: list[RunnerReport] = field(default_factory=list)
    instance_reports: dict[str, InstanceReport] = field(default_factory=dict)
    worker_reports: list[dict[str, Any]] = field(default_factory=list)
    gateway_reports: list[GatewayReport] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    visits: dict[str, Activity] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    drained: set[str] = field(default_factory=set)

    def _ask(self) -> None:
        if self.is_away:
            raise Unavailable("no connection to Redis")

    def enqueue(self, build: Build, request: Any) -> None: ...
    def cancel(self, build: Build) -> None:
        self.cancelled.append(build.id)

    def job_state(self, build: Build) -> str | None:
        return None

    def positions(self) -> dict[str, int]:
        self._ask()
        return {}

    def workers(self) -> list[dict[str, Any]]:
        self._ask()
        return self.worker_reports

    def runners(self) -> list[RunnerReport]:
        self._ask()
        return self.runner_reports

    def want(self, runner_id: str, specs: Sequence[Any]) -> None: ...
    def observed(self, runner_ids: Sequence[str]) -> dict[str, InstanceReport]:
        self._ask()
        return self.instance_reports

    def note_drained(self, names: Collection[str]) -> None:
        self._ask()
        self.drained = set(names)

    def build_reports(self) -> list[Any]:
        return []

    def acknowledge(self) -> None: ...
    def leases(self, build_ids: Sequence[str]) -> dict[str, int]:
        return {}

    def publish(self, routes: Mapping[str, Any]) -> int:
        return self.version()

    def version(self) -> int:
        return max((route.version for route in self.routes), default=0)

    def published(self) -> list[Route]:
        self._ask()
        return self.routes

    def gateways(self) -> list[GatewayReport]:
        self._ask()
        return self.gateway_reports

    def activity(self) -> dict[str, Activity]:
        self._ask()
        return self.visits


def make_runner(**values: Any) -> RunnerReport:
    now = time.time()
    defaults: dict[str, Any] = {
        "runner_id": "local",
        "capabilities": SANDBOX,
        "started_at": now - 3600,
        "reported_at": now,
        "cpus": 4,
        "cpu_percent": 118.0,
        "memory_bytes": 16 * GIB,
        "memory_used_bytes": 6 * GIB,
        "disk_free_bytes": 120 * GIB,
        "builders": 2,
    }
    return RunnerReport(**defaults | values)


@dataclass
class Hub:
    """A running hub and the means to make things happen on it as the controller would."""

    url: str
    services: Services
    events: MemoryEvents
    parts: MemoryParts
    clients: list[httpx.Client] = field(default_factory=list)

    def user(self, name: str, is_admin: bool = False) -> User:
        return make_user(self.services, name, is_admin)

    def space(self, owner: User, name: str, private: bool = False, sdk: str = "gradio", **changes: Any) -> Space:
        space = create_space(self.services, Caller(owner), name, sdk=sdk, private=private)
        return self.change(space, **changes) if changes else space

    def change(self, space: Space, **changes: Any) -> Space:
        """Change the row of a Space and tell everybody, as the controller does."""
        if "stage" in changes:
            changes.setdefault("stage_since", self.services.clock.now())
        with self.services.database.begin() as tx:
            tx.spaces.update(space.id, **changes)
            changed = tx.spaces.get(space.id)
        self.events.publish(Event(EventKind.CHANGED, space.id))
        assert changed is not None
        return changed

    def build(self, space: Space, message: str = "Say hello", seconds_ago: float = 10, **values: Any) -> Build:
        created_at = self.services.clock.now() - timedelta(seconds=seconds_ago)
        sha = values.pop("sha", (new_id() * 2)[:40])
        build = Build(
            new_id(), space.id, sha, "deps", f"push by {space.owner}", created_at, created_at + timedelta(hours=1)
        )
        build = replace(build, **values)
        with self.services.database.begin() as tx:
            tx.pushes.add(Push(new_id(), space.id, sha, message, space.owner, created_at))
            tx.builds.add(build)
        self.events.publish(Event(EventKind.CHANGED, space.id))
        return build

    def end_build(self, build: Build, status: BuildStatus, **changes: Any) -> None:
        with self.services.database.begin() as tx:
            tx.builds.update(build.id, status=status, finished_at=self.services.clock.now(), **changes)
        self.events.publish(Event(EventKind.CHANGED, build.space_id))

    def instance(self, space: Space, build: Build, role: Role = Role.LIVE, **values: Any) -> Instance:
        """A release of the build and an instance of it."""
        now = self.services.clock.now()
        with self.services.database.begin() as tx:
            number = tx.releases.next_number(space.id)
            release = Release(
                **_known(
                    Release,
                    id=new_id(),
                    space_id=space.id,
                    build_id=build.id,
                    number=number,
                    sha=build.sha,
                    sdk=space.sdk,
                    template=space.sdk,
                    image="image",
                    runner_id="local",
                    app_file="app.py",
                    app_port=7860,
                    created_at=now,
                )
            )
            tx.releases.add(release)
            instance = Instance(new_id(), space.id, release.id, "local", number, now, role=role, ready_at=now)
            instance = replace(instance, **values)
            tx.instances.add(instance)
            tx.spaces.update(space.id, target_release_id=release.id, has_app=True)
        self.events.publish(Event(EventKind.CHANGED, space.id))
        return instance

    def browser(self, user: User | None = None) -> httpx.Client:
        """A browser without scripts, signed in when a user is given."""
        client = httpx.Client(base_url=self.url, headers={"Accept": "text/html"}, timeout=WAIT_SECONDS)
        self.clients.append(client)
        if user is not None:
            answer = client.post("/login", data={"name": user.name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client

    def empty(self) -> None:
        """Forget what was made and who came, but for what only memory knows: how often a sign-in failed, say."""
        while self.clients:
            self.clients.pop().close()
        wait_for(lambda: not self.events.watchers, "the end of all streams")
        empty_database(self.services.settings.database)
        vars(self.parts).update(vars(MemoryParts(runner_reports=[make_runner()])))


def _known(record: Any, **values: Any) -> dict[str, Any]:
    """Only what the record has: factories outlive changes of records they do not care about."""
    return {name: value for name, value in values.items() if name in record.__dataclass_fields__}


def csrf_of(client: httpx.Client) -> str:
    """The token in the forms of this browser's session."""
    page = client.get("/spaces").text
    return page.split('name="csrf" value="')[1].split('"')[0]


def wait_for(condition: Callable[[], bool], what: str = "the condition") -> None:
    pause = threading.Event()
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about in {WAIT_SECONDS} s"
        pause.wait(0.02)


class _App(BaseHTTPRequestHandler):
    """Stands where the gateway would be: every host answers with a small page that shows how it was called."""

    def do_GET(self) -> None:
        body = (
            f"<!doctype html><title>app</title><h1 id=hello>Hello from {self.headers['Host']}{self.path}</h1>".encode()
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="session")
def apps_port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _App)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def run_hub(folder: Path, apps_port: int, **settings: Any) -> Iterator[Hub]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    folder.mkdir(parents=True)
    chosen = Settings(data_dir=folder, hub_port=port, apps_port=apps_port, **settings)
    database = make_database(chosen.database)
    events, parts = MemoryEvents(), MemoryParts(runner_reports=[make_runner()])
    logs = LogFiles(poll_seconds=0.02, sign_of_life_seconds=0.5)
    objects = DiskObjects(chosen.data_dir / "objects")
    services = Services(
        chosen, database, events, parts, parts, parts, logs, objects, RealClock(), "secret", Sealer("A" * 43 + "=")
    )
    config = uvicorn.Config(
        make_app(services, has_rounds=False),
        log_level="warning",
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=1,
        date_header=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started, "the hub's start")
    hub = Hub(f"http://localhost:{port}", services, events, parts)
    try:
        yield hub
    finally:
        while hub.clients:
            hub.clients.pop().close()
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the hub did not end"
        listener.close()
        database.close()


@pytest.fixture(scope="session")
def kept_hub(tmp_path_factory: pytest.TempPathFactory, apps_port: int) -> Iterator[Hub]:
    with run_hub(tmp_path_factory.mktemp("hub") / "data", apps_port) as running:
        yield running


@pytest.fixture
def hub(kept_hub: Hub) -> Iterator[Hub]:
    """The hub of all tests, without anything in it: to start one takes longer than most tests."""
    yield kept_hub
    kept_hub.empty()


@pytest.fixture
def running_space(hub: Hub) -> Space:
    """A public Space of ada's that serves visitors."""
    owner = hub.user("ada")
    space = hub.space(owner, "hello", card={"title": "Hello", "emoji": "👋", "sdk": "gradio"})
    build = hub.build(space, status=BuildStatus.SUCCEEDED)
    hub.instance(space, build)
    return hub.change(space, stage=Stage.RUNNING)
