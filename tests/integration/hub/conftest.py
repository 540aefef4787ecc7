"""A live hub: real HTTP, real git, real SQLite; queue, fleet and events are kept in memory."""

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from tests.databases import empty_database, make_database
from tests.people import make_user

from spaceport.adapters.disk_objects import DiskObjects
from spaceport.api import errors as api_errors
from spaceport.api.body_limit import BodyLimit
from spaceport.api.headers import ApiHeaders
from spaceport.api.plain_path import PlainPath
from spaceport.api.router import make_router as make_api_router
from spaceport.api.startup import make_unknown_router
from spaceport.api.viewer_host import ViewerHost
from spaceport.auditing import Auditing
from spaceport.domain.account import Caller, User
from spaceport.domain.events import Event
from spaceport.domain.space import Space
from spaceport.identity import create_token
from spaceport.interfaces import Objects
from spaceport.joined_routes import join_routes
from spaceport.live import Live
from spaceport.repos.creation import create_space
from spaceport.repos.router import make_router as make_repos_router
from spaceport.repos.viewer.viewer import Viewer
from spaceport.services import Services
from spaceport.settings import Settings
from spaceport_runner.contract import Capabilities, RunnerReport
from spaceport_runner.sealing import Sealer

WAIT_SECONDS = 30.0

SANDBOX = Capabilities(
    engine="sandbox", dockerfile=False, apt_packages=False, python_versions=("3.11",), isolation=(), not_isolated=()
)


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ListedEvents:
    """Keeps what was published."""

    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish(self, event: Event) -> None:
        self.published.append(event)

    async def watch(self) -> AsyncIterator[Event]:
        await asyncio.Event().wait()
        yield self.published[0]


class OneRunner:
    """A fleet of one sandbox runner that runs nothing."""

    def __init__(self) -> None:
        self.capabilities = SANDBOX
        self.memory_bytes = 16 * 1024**3
        self.drained: set[str] = set()

    def runners(self) -> list[RunnerReport]:
        return [
            RunnerReport(
                runner_id="local",
                capabilities=self.capabilities,
                started_at=0,
                reported_at=0,
                cpus=2,
                cpu_percent=0,
                memory_bytes=self.memory_bytes,
                memory_used_bytes=0,
                disk_free_bytes=1,
                builders=1,
            )
        ]

    def want(self, runner_id: str, specs: Sequence[Any]) -> None: ...
    def observed(self, runner_ids: Sequence[str]) -> dict[str, Any]:
        return {}

    def note_drained(self, names: Collection[str]) -> None:
        self.drained = set(names)

    def build_reports(self) -> list[Any]:
        return []

    def acknowledge(self) -> None: ...
    def leases(self, build_ids: Sequence[str]) -> dict[str, int]:
        return {}


class NoQueue:
    def enqueue(self, build: Any, request: Any) -> None: ...
    def cancel(self, build: Any) -> None: ...
    def holds(self, build: Any) -> bool:
        return False

    def workers(self) -> list[dict[str, Any]]:
        return []


class NoRoutes:
    def publish(self, routes: Mapping[str, Any]) -> int:
        return 0

    def published(self) -> list[Any]:
        return []

    def gateways(self) -> list[Any]:
        return []

    def activity(self) -> dict[str, Any]:
        return {}


class NoLogs:
    def read(self, path: Path, tail: int | None = None) -> Iterator[Any]:
        return iter(())

    async def follow(self, path: Path, is_over: Callable[[], bool], tail: int | None = None) -> AsyncIterator[Any]:
        return
        yield


@dataclass
class Person:
    user: User
    token: str
    read_token: str

    @property
    def caller(self) -> Caller:
        return Caller(self.user)


@dataclass
class Hub:
    """A running hub; ``people`` are made on first use."""

    url: str
    services: Services
    events: ListedEvents
    fleet: OneRunner
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str, is_admin: bool = False) -> Person:
        if name not in self.people:
            user = make_user(self.services, name, is_admin)
            tokens = [create_token(self.services, user, f"{role} token", role) for role in ("write", "read")]
            self.people[name] = Person(user, tokens[0], tokens[1])
        return self.people[name]

    def space(self, owner: str = "ada", name: str = "demo", **options: Any) -> Space:
        return create_space(self.services, self.person(owner).caller, name, **options)

    def read_space(self, space: Space) -> Space:
        with self.services.database.begin() as tx:
            found = tx.spaces.get(space.id)
        assert found is not None
        return found

    def git_url(self, path: str, token: str | None = None, user: str = "hf_user") -> str:
        host = self.url.removeprefix("http://")
        return f"http://{user}:{token}@{host}/spaces/{path}" if token else f"{self.url}/spaces/{path}"

    def empty(self) -> None:
        """Forget people, repos and what was published; content stays where it is, known to nobody."""
        empty_database(self.services.settings.database)
        self.people.clear()
        self.events.published.clear()
        vars(self.fleet).update(vars(OneRunner()))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def make_app(services: Services) -> FastAPI:
    app = FastAPI()
    app.add_middleware(Auditing, services=services)
    app.state.services = services
    app.add_middleware(BodyLimit)
    app.add_middleware(ApiHeaders)
    app.add_middleware(ViewerHost)
    app.add_middleware(PlainPath)
    api_errors.install_error_handlers(app)
    api = make_api_router(services, Live(services), Viewer(services))
    join_routes(app.router, [make_repos_router(services), api, make_unknown_router()])
    return app


@contextlib.contextmanager
def running_hub(data_dir: Path, objects: Objects | None = None, **settings: Any) -> Iterator[Hub]:
    port = free_port()
    other_port = free_port()
    config = Settings(data_dir=data_dir, hub_port=port, apps_port=other_port, **{"push_wait_seconds": 1, **settings})
    database = make_database(config.database)
    events, fleet = ListedEvents(), OneRunner()
    services = Services(
        settings=config,
        database=database,
        events=events,
        queue=NoQueue(),
        fleet=fleet,
        routes=NoRoutes(),
        logs=NoLogs(),
        objects=objects or DiskObjects(config.data_dir / "objects"),
        clock=RealClock(),
        internal_secret="secret of the tests",
        sealer=Sealer("A" * 43 + "="),
    )
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(services),
            host="127.0.0.1",
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=1,
            date_header=False,
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield Hub(f"http://127.0.0.1:{port}", services, events, fleet)
    finally:
        server.should_exit = True
        thread.join(WAIT_SECONDS)
        database.close()


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[Hub]:
    """For tests that look at what is on disk, or whose clients remember what they sent to which address."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with running_hub(data_dir) as hub:
        yield hub


@pytest.fixture(scope="module")
def kept_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture
def hub(kept_hub: Hub) -> Iterator[Hub]:
    """The hub of the module, without anything in it: to start one takes longer than most tests."""
    yield kept_hub
    kept_hub.empty()


def wait_until(condition: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait for a condition, with a limit."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("the condition did not come true in time")


@dataclass
class GitResult:
    code: int
    output: str


def git(folder: Path, *arguments: str, check: bool = True) -> GitResult:
    """The real git, without anybody's configuration."""
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": str(folder),
    }

    names = ("user.name=Tester", "user.email=tester@localhost", "init.defaultBranch=main")
    pairs = [part for name in names for part in ("-c", name)]
    done = subprocess.run(
        ["git", *pairs, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    output = done.stdout + done.stderr
    assert not check or done.returncode == 0, output
    return GitResult(done.returncode, output)


README = "---\ntitle: Demo\nsdk: gradio\nsdk_version: 6.31.0\napp_file: app.py\n---\n"


def make_work(folder: Path, files: Mapping[str, str | bytes] | None = None, branch: str = "main") -> Path:
    """A fresh repository with one commit: README.md and app.py unless told otherwise."""
    folder.mkdir(parents=True)
    git(folder, "init", "-b", branch)
    change_files(folder, {"README.md": README, "app.py": "print('hello')\n"} if files is None else files)
    return folder


def change_files(folder: Path, files: Mapping[str, str | bytes], message: str = "Change files") -> str:
    """Commit these files; returns the commit."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "add", "--all")
    git(folder, "commit", "-m", message)
    return git(folder, "rev-parse", "HEAD").output.strip()
