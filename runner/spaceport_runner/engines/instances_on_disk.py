"""Instances as folders and processes of this machine, each with a shim that outlives the runner."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from spaceport_runner.contract import InstanceSpec
from spaceport_runner.engines.engine import Observed, StartFailed, Stats
from spaceport_runner.engines.instance_folder import LOOPBACK, InstanceFolder, Record, is_alive, record_of
from spaceport_runner.listeners import Listener, read_listeners
from spaceport_runner.preload import preloaded_beside
from spaceport_runner.process_tree import (
    continue_descendants,
    descendants,
    is_running,
    memory_of,
    signal_all,
    socket_inodes,
    stop_descendants,
)
from spaceport_runner.shim import State

#: The folder of this package: its programs run inside and beside instances.
PACKAGE = Path(__file__).resolve().parents[1]

SOCKET_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
START_TIMEOUT_SECONDS = 60
#: Seconds that the end of a killed instance may take: its output is read to the end first.
KILL_TIMEOUT_SECONDS = 10
POLL_SECONDS = 0.01

SHIM_PROGRAM = "import sys; sys.path.append(sys.argv.pop(1)); from spaceport_runner.shim import main; main()"


@dataclass(frozen=True)
class Launch:
    """
    What the shim runs. ``limits_pids`` where the app has a user of its own, whose processes can be counted; ``hidden``
    are values that must not be in its log.
    """

    argv: list[str]
    env: dict[str, str]
    cwd: Path
    limits_pids: bool = False
    hidden: tuple[str, ...] = ()


class InstancesOnDisk:
    """All instances of one runner, in ``folder``; the source of truth is what is there and what runs."""

    def __init__(self, folder: Path, log_limit_bytes: int) -> None:
        self._folder = folder
        self._locks = folder.with_name(folder.name + "-locks")
        self._log_limit_bytes = log_limit_bytes

    def start(
        self,
        spec: InstanceSpec,
        source: Path,
        log_path: Path,
        launch: Callable[[InstanceFolder, int], Launch],
        *,
        uid_of_port: Callable[[int], int | None] = lambda port: None,
        environment_path: Path | None = None,
    ) -> None:
        """
        Start an instance; ``launch`` says how, given its folder and port. One that exists already is left alone.

        Raises: StartFailed.
        """
        folder = InstanceFolder(self._folder, spec.instance_id)
        with self._locked(spec.instance_id) as lock, held_port() as holder:
            if folder.state() is not None:
                return
            # What an interrupted start left behind.
            folder.remove()
            port: int = holder.getsockname()[1]
            preloaded = preloaded_beside(environment_path) if environment_path else None
            try:
                folder.make(source, record_of(spec, environment_path), uid_of_port(port), preloaded)
                self._start_shim(folder, launch(folder, port), spec, port, log_path, lock, holder.fileno())
            except (OSError, StartFailed) as error:
                folder.remove()
                raise StartFailed(f"the app could not be started: {error}") from error

    def stop(self, instance_id: str, grace_seconds: float) -> None:
        """Ask, wait for the grace, kill, and remove the folder."""
        folder = self._find(instance_id)
        if folder is None:
            return
        with self._locked(instance_id):
            state = folder.state()
            if state is not None and is_alive(state):
                self._end(state, grace_seconds)
            folder.remove()
        with suppress(FileNotFoundError):
            self._lock_path(instance_id).unlink()

    def freeze(self, instance_id: str) -> None:
        """Stop all processes but the shim; on record before, so that whoever is killed in between leaves a trace."""
        for folder, state in self._living(instance_id):
            folder.note_frozen(True)
            stop_descendants(state.shim_pid)

    def thaw(self, instance_id: str) -> None:
        for folder, state in self._living(instance_id):
            continue_descendants(state.shim_pid)
            folder.note_frozen(False)

    def inspect(self, instance_id: str) -> Observed | None:
        folder = self._find(instance_id)
        return folder.observe() if folder else None

    def observe_all(self) -> list[Observed]:
        found = (InstanceFolder(self._folder, name).observe() for name in self._names())
        return [each for each in found if each is not None]

    def records(self) -> list[Record]:
        """Of all instances, also of those that are just being started."""
        found = (InstanceFolder(self._folder, name).record() for name in self._names())
        return [each for each in found if each is not None]

    def stats(self, instance_id: str) -> Stats | None:
        for _, state in self._living(instance_id):
            tree = descendants(state.shim_pid)
            return Stats(sum(each.cpu_seconds for each in tree), memory_of(tree))
        return None

    def listeners(self, instance_id: str) -> tuple[Listener, ...]:
        """The network is the machine's: only sockets that the instance's own processes hold are its own."""
        for _, state in self._living(instance_id):
            own = {inode for each in descendants(state.shim_pid) for inode in socket_inodes(each.pid)}
            tables = [path.read_text() for path in SOCKET_TABLES if path.exists()]
            return tuple(each for each in read_listeners(tables) if each.inode in own)
        return ()

    def remove_interrupted(self) -> None:
        """Remove folders of starts that a crash interrupted; one that is under way is locked and left alone."""
        for name in self._names():
            folder = InstanceFolder(self._folder, name)
            with suppress(BlockingIOError), self._locked(name, wait=False):
                if folder.state() is None:
                    folder.remove()

    def _names(self) -> Iterator[str]:
        with suppress(FileNotFoundError):
            yield from sorted(entry.name for entry in os.scandir(self._folder) if entry.is_dir(follow_symlinks=False))

    def _find(self, instance_id: str) -> InstanceFolder | None:
        try:
            folder = InstanceFolder(self._folder, instance_id)
        except StartFailed:
            return None
        return folder if folder.path.exists() else None

    def _living(self, instance_id: str) -> Iterator[tuple[InstanceFolder, State]]:
        """An instance that is alive, or nothing."""
        folder = self._find(instance_id)
        state = folder.state() if folder else None
        if folder is not None and state is not None and is_alive(state):
            yield folder, state

    def _lock_path(self, instance_id: str) -> Path:
        return self._locks / f"{instance_id}.lock"

    @contextmanager
    def _locked(self, instance_id: str, wait: bool = True) -> Iterator[int]:
        """
        One start or stop of an instance at a time, over all processes of the runner; gives the lock's file handle.

        Raises: BlockingIOError when it is taken and ``wait`` is False.
        """
        self._locks.mkdir(parents=True, exist_ok=True)
        while True:
            handle = os.open(self._lock_path(instance_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                if _is_still_there(handle, self._lock_path(instance_id)):
                    yield handle
                    return
            finally:
                os.close(handle)

    def _start_shim(
        self, folder: InstanceFolder, launch: Launch, spec: InstanceSpec, port: int, log_path: Path, *handles: int
    ) -> None:
        """
        Start the watching process; it holds the lock until the instance is on record, and the port until the end.

        Environment and secrets go through a pipe: they are never on disk and in nobody's list of processes.
        """
        order = {
            "argv": launch.argv,
            "env": launch.env,
            "cwd": str(launch.cwd),
            "port": port,
            "log_path": str(log_path),
            "log_limit_bytes": self._log_limit_bytes,
            "memory_bytes": spec.limits.memory_bytes,
            "hidden": launch.hidden,
            "pids": spec.limits.pids if launch.limits_pids else None,
        }
        package = str(PACKAGE.parent)
        python = [base_python(), "-I", "-S", "-c", SHIM_PROGRAM, package, str(folder.path), *map(str, handles)]
        try:
            done = subprocess.run(
                python,
                input=json.dumps(order).encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={"LANG": "C.UTF-8"},
                pass_fds=handles,
                start_new_session=True,
                timeout=START_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise StartFailed(f"nothing happened within {START_TIMEOUT_SECONDS} seconds") from error
        if done.returncode != 0:
            raise StartFailed(done.stderr.decode(errors="replace").strip())

    def _end(self, state: State, grace_seconds: float) -> None:
        def ended() -> bool:
            return not is_running(state.shim_pid, state.shim_started_ticks)

        if grace_seconds > 0:
            _signal(state.shim_pid, signal.SIGTERM)
            if _within(grace_seconds, ended):
                return
        _signal(state.shim_pid, signal.SIGUSR1)
        if not _within(KILL_TIMEOUT_SECONDS, ended):
            signal_all(descendants(state.shim_pid), signal.SIGKILL)
            _signal(state.shim_pid, signal.SIGKILL)
            _within(KILL_TIMEOUT_SECONDS, ended)


@contextmanager
def held_port() -> Iterator[socket.socket]:
    """
    A socket that keeps a free port of the loopback address for one instance.

    It never listens. Another socket may bind and listen there when it asks for SO_REUSEADDR, as the app's do; the
    kernel gives the port to nobody who just asks for a free one. Bound before the option is set, so that no other
    holder can have it.
    """
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield holder


def base_python() -> str:
    """The Python that this one's environment is made from."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _is_still_there(handle: int, path: Path) -> bool:
    """Whether a lock's file was not removed by who held it before."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _within(seconds: float, question: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
