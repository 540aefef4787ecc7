"""The folder of one sandboxed instance: what it is, what its shim wrote, and the files the app works on."""

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from spaceport_runner.contract import InstanceSpec
from spaceport_runner.engines.engine import Observed, StartFailed
from spaceport_runner.preload import put_in_home
from spaceport_runner.process_tree import is_running
from spaceport_runner.shim import BOOT_ID, STATE_FILE, State

RECORD_FILE = "instance.json"
#: Is there while the instance is frozen, from a moment before to a moment after.
FROZEN_FILE = "frozen"
LOOPBACK = "127.0.0.1"
_SAFE_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")


@dataclass(frozen=True)
class Record:
    """What a later runner must know of an instance; its environment is not kept on disk."""

    instance_id: str
    space_id: str
    release_id: str
    generation: int
    app_port: int
    memory_limit_bytes: int
    environment_path: str | None = None


class InstanceFolder:
    """
    ``home`` belongs to the app, the commit is in ``home/app``; ``tmp`` is its /tmp. The rest is the runner's.

    Raises: StartFailed for an id that could lead out of the folder of instances.
    """

    def __init__(self, instances: Path, instance_id: str) -> None:
        if not _SAFE_ID.match(instance_id):
            raise StartFailed(f"{instance_id!r} cannot be the id of an instance")
        self.path = instances / instance_id
        self.home = self.path / "home"
        self.app = self.home / "app"
        self.tmp = self.path / "tmp"

    def make(self, source: Path, record: Record, uid: int | None, preloaded: Path | None = None) -> None:
        """Put the commit in, and what was preloaded; files go to the user ``uid`` where one is given."""
        self.path.mkdir(parents=True, mode=0o700)
        self.home.mkdir(mode=0o700)
        self.tmp.mkdir(mode=0o700)
        shutil.copytree(source, self.app, symlinks=True)
        if preloaded is not None and preloaded.is_dir():
            put_in_home(preloaded, self.home)
        if uid is not None:
            give_to(self.home, uid)
            give_to(self.tmp, uid)
        (self.path / RECORD_FILE).write_text(json.dumps(asdict(record)))

    def record(self) -> Record | None:
        """None when there is no such instance, or when its start was interrupted."""
        try:
            return Record(**json.loads((self.path / RECORD_FILE).read_text()))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None

    def state(self) -> State | None:
        """What the shim wrote last, None before it has written anything."""
        try:
            return State(**json.loads((self.path / STATE_FILE).read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def observe(self) -> Observed | None:
        """The instance as it is now. A shim that is gone without a word took the app with it: no exit code."""
        record = self.record()
        state = self.state()
        if record is None or state is None:
            return None
        alive = is_alive(state)
        if not alive and state.exit_code is None:
            # It may have written its last word between the two looks.
            state = self.state() or state
        return Observed(
            instance_id=record.instance_id,
            space_id=record.space_id,
            release_id=record.release_id,
            generation=record.generation,
            is_alive=alive,
            app_port=record.app_port,
            host=LOOPBACK if alive else None,
            port=state.port if alive else None,
            exit_code=state.exit_code,
            out_of_memory=state.out_of_memory,
            memory_limit_bytes=record.memory_limit_bytes,
            started_at=state.started_at,
            is_frozen=alive and (self.path / FROZEN_FILE).exists(),
        )

    def note_frozen(self, is_frozen: bool) -> None:
        if is_frozen:
            (self.path / FROZEN_FILE).touch()
        else:
            (self.path / FROZEN_FILE).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove everything; the log is elsewhere and stays."""
        if self.path.exists():
            shutil.rmtree(self.path, onerror=_take_the_right_and_remove)


def is_alive(state: State) -> bool:
    """Whether the app runs: its shim does, the very process that wrote this since the machine's last start."""
    return (
        state.exit_code is None
        and state.boot_id == BOOT_ID.read_text().strip()
        and is_running(state.shim_pid, state.shim_started_ticks)
    )


def record_of(spec: InstanceSpec, environment_path: Path | None) -> Record:
    return Record(
        instance_id=spec.instance_id,
        space_id=spec.space_id,
        release_id=spec.release_id,
        generation=spec.generation,
        app_port=spec.app_port,
        memory_limit_bytes=spec.limits.memory_bytes,
        environment_path=str(environment_path) if environment_path else None,
    )


def give_to(folder: Path, uid: int) -> None:
    """
    Make a user the owner of a folder and all that is in it; links are given, never followed.

    The folder itself comes last: whose it is tells whether all of it was given.
    """
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), uid, uid, follow_symlinks=False)
    os.chown(folder, uid, uid, follow_symlinks=False)


def _take_the_right_and_remove(function: object, path: str, error: object) -> None:
    """An app may have taken the right to write away from its own folders. Raises: OSError when that does not help."""
    for each in (os.path.dirname(path), path):
        if os.path.isdir(each) and not os.path.islink(each):
            os.chmod(each, 0o700)
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        Path(path).unlink(missing_ok=True)
