"""``spaceport up``: one machine, one command."""

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from spaceport.addresses import app_url
from spaceport.banner import welcome
from spaceport.bootstrap import make_services
from spaceport.data_folder import make_data_folder
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import LABELS, PASSING, SERVING, Stage
from spaceport.errors import SettingsError, SpaceportError, Unavailable
from spaceport.first_start import Credentials, ensure_admin
from spaceport.free_ports import check_ports
from spaceport.process_logging import configure_logging
from spaceport.samples import DONE_FILE, push_sample, sample_folders
from spaceport.services import Services
from spaceport.settings import PREFIX, Settings
from spaceport.supervisor import Child, Supervisor
from spaceport_runner.contract import Capabilities

#: In this order things start; what others need comes first.
START_ORDER = ("redis", "hub", "controller", "runner", "gateway")
#: In this order they end: the runner first, with its instances, while Redis and hub still answer.
STOP_ORDER = ("runner", "gateway", "controller", "hub", "redis")
#: Instances get five seconds each to end, several at once.
_RUNNER_STOP_SECONDS = 45.0
_START_TIMEOUT_SECONDS = 60.0
_SAMPLES_TIMEOUT_SECONDS = 1800.0
_MOST_TOLD = 20


def run_all(settings: Settings, with_samples: bool) -> int:
    """
    Start everything, tell where it is, watch it until SIGINT or SIGTERM, end everything.

    Raises: SettingsError when another Spaceport uses the data folder, or another program a port.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    configure_logging("up", settings.data_dir)
    make_data_folder(settings.data_dir)
    with _only_one(settings.data_dir):
        supervisor = _make_supervisor(settings)
        for name in supervisor.end_leftovers():
            _say(f"ended a {name} that an earlier Spaceport left")
        check_ports(settings)
        services = make_services(settings)
        try:
            credentials = ensure_admin(services)
            for name in START_ORDER:
                if name != "redis" or not settings.redis_url:
                    supervisor.start(name)
            threading.Thread(
                target=_greet, args=(services, credentials, with_samples, stop), name="greeting", daemon=True
            ).start()
            supervisor.watch(stop.is_set)
        finally:
            _say("stopping")
            supervisor.stop(STOP_ORDER)
        _say("stopped; all state is kept in " + str(settings.data_dir))
    return 0


def _make_supervisor(settings: Settings) -> Supervisor:
    extra = {"runner": ["--stop-instances-on-exit"]}
    children = [
        Child(
            name,
            [sys.executable, "-m", "spaceport", name, *extra.get(name, [])],
            stop_seconds=_RUNNER_STOP_SECONDS if name == "runner" else 10.0,
        )
        for name in START_ORDER
    ]
    # Children read the same settings; what came from the command line goes the same way.
    environment = {**os.environ, f"{PREFIX}ENGINE": settings.engine, f"{PREFIX}DATA_DIR": str(settings.data_dir)}
    return Supervisor(children, settings.data_dir, environment)


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    with open(data_dir / "up.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"another Spaceport runs on {data_dir}: stop it, or choose another folder with SPACEPORT_DATA_DIR"
            ) from error
        yield


def _greet(services: Services, credentials: Credentials | None, with_samples: bool, stop: threading.Event) -> None:
    """Wait until everything answers, say so, then offer the samples."""
    try:
        if not _wait_until(lambda: _hub_answers(services.settings), stop) and not stop.is_set():
            return _say("the hub does not answer: see logs/processes/hub.log in the data folder")
        _wait_until(lambda: _capabilities(services) is not None, stop)
        if stop.is_set():
            return None
        print(welcome(services.settings, credentials, _capabilities(services)), flush=True)
        before = _space_names(services)
        if with_samples and credentials is not None:
            _offer_samples(services, credentials, stop)
        _tell_when_live(services, before, stop)
    except (SpaceportError, httpx.HTTPError, OSError) as error:
        _say(f"problem while starting: {error}")


def _offer_samples(services: Services, credentials: Credentials, stop: threading.Event) -> None:
    """At the first start only. Each is pushed, then its address is told when it is live."""
    settings = services.settings
    done = settings.data_dir / DONE_FILE
    if done.exists() or not str(settings.samples_dir) or not settings.samples_dir.is_dir():
        return
    waiting = []
    for folder in sample_folders(settings.samples_dir):
        if stop.is_set():
            return
        pushed = push_sample(settings.internal_hub, credentials.name, credentials.token, folder)
        if pushed.problem:
            _say(f"sample {pushed.name}: not here: {pushed.problem}")
        else:
            _say(f"sample {pushed.name}: pushed")
            waiting.append((credentials.name, pushed.name))
    done.write_text("")
    _tell_when_live(services, waiting, stop)


def _space_names(services: Services) -> list[tuple[str, str]]:
    """Owner and name of the Spaces that were here before; a terminal is no place for more than a screenful."""
    with services.database.read() as tx:
        spaces = [space for space in tx.spaces.all() if space.has_app and space.desired is not Desired.DELETED]
    return [(space.owner, space.name) for space in spaces[:_MOST_TOLD]]


def _tell_when_live(services: Services, names: list[tuple[str, str]], stop: threading.Event) -> None:
    """One line for each Space once it has settled: its address, or why it has none."""
    waiting = set(names)

    def all_settled() -> bool:
        for owner, name in sorted(waiting):
            with services.database.read() as tx:
                space = tx.spaces.by_name(owner, name)
            if space is None or space.stage not in PASSING | {Stage.NO_APP_FILE}:
                waiting.discard((owner, name))
                if space is not None:
                    _say(_how_it_is(space, services.settings))
        return not waiting

    _wait_until(all_settled, stop, _SAMPLES_TIMEOUT_SECONDS)


def _how_it_is(space: Space, settings: Settings) -> str:
    if space.stage in SERVING:
        return f"{space.full_name}: live at {app_url(space, settings)}"
    return f"{space.full_name}: {LABELS[space.stage]}: {space.stage_reason}"


def _wait_until(
    condition: Callable[[], bool], stop: threading.Event, timeout_seconds: float = _START_TIMEOUT_SECONDS
) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while not stop.is_set() and time.monotonic() < deadline:
        if condition():
            return True
        stop.wait(0.2)
    return False


def _hub_answers(settings: Settings) -> bool:
    try:
        return httpx.get(f"{settings.internal_hub}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _capabilities(services: Services) -> Capabilities | None:
    try:
        runners = services.fleet.runners()
    except Unavailable:
        return None
    mine = [runner for runner in runners if runner.runner_id == services.settings.runner_id]
    return mine[0].capabilities if mine else None


def _say(text: str) -> None:
    # A terminal that was closed must not keep anything from being stopped.
    with suppress(OSError):
        print(f"  {text}", flush=True)
