"""The narrow interface between the runner and whatever isolates instances."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from spaceport_runner.contract import BuildRequest, Capabilities, InstanceSpec, Limits
from spaceport_runner.listeners import Listener
from spaceport_runner.template import Template

#: Seconds an instance has between being asked to stop and being killed.
STOP_GRACE_SECONDS = 5


class EngineError(Exception):
    """Root of what an engine raises. Messages are plain words for people."""


class EngineUnavailable(EngineError):
    """The engine does not answer (daemon down, out of file handles); trying again later may help."""


class BuildFailed(EngineError):
    """The build ended without an image. ``exit_code`` of the step that failed, where there was one."""

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ImageNotFound(EngineError):
    """There is no image of that name (collected, or another machine built it): build again."""


class StartFailed(EngineError):
    """The instance could not be started at all."""


@dataclass(frozen=True)
class BuildInput:
    """
    One build: the request, its template, the unpacked commit and the limits of everything the build runs.

    ``source`` is a folder of regular files and safe links, owned by the caller, removed after the build.
    """

    request: BuildRequest
    template: Template
    source: Path
    limits: Limits


@dataclass(frozen=True)
class BuiltImage:
    """
    What a build gave. ``installed`` is False when an image of the same dependencies was there already; ``lock`` lists
    what is installed in it, one requirement a line, where the engine knows.
    """

    image: str
    installed: bool
    lock: str | None = None


@dataclass(frozen=True)
class StoredImage:
    """An image that this runner made. ``made_at`` is seconds since the epoch, UTC; ``in_use`` by any instance."""

    name: str
    made_at: float
    in_use: bool = False


@dataclass(frozen=True)
class Mounted:
    """A folder of this machine that an app finds at ``inside``, a path from the root, and cannot write to."""

    folder: Path
    inside: str


@dataclass(frozen=True)
class Observed:
    """
    One instance as the engine sees it, alive or not.

    ``host`` and ``port`` are where the app answers from this machine, None when it is over. ``started_at`` is seconds
    since the epoch, UTC. ``is_frozen`` may be said of one whose thawing was interrupted: thawing again is fine.
    """

    instance_id: str
    space_id: str
    release_id: str
    generation: int
    is_alive: bool
    app_port: int
    host: str | None = None
    port: int | None = None
    exit_code: int | None = None
    out_of_memory: bool = False
    memory_limit_bytes: int | None = None
    started_at: float | None = None
    is_frozen: bool = False


@dataclass(frozen=True)
class Stats:
    """
    ``cpu_seconds`` used since the start, ``memory_bytes`` resident now, over all processes of the instance.

    ``received_bytes`` and ``sent_bytes`` since the start; None where it shares the machine's network.
    """

    cpu_seconds: float
    memory_bytes: int
    received_bytes: int | None = None
    sent_bytes: int | None = None


class Engine(Protocol):
    """
    Builds images and keeps instances.

    Instances are labelled with Space, release and generation and outlive the process that started them: a new Engine
    object finds them with ``list``. All methods may be called from several threads. Every method may raise
    EngineUnavailable.
    """

    name: str

    def capabilities(self) -> Capabilities:
        """What this engine can do on this machine."""
        ...

    def build(self, build: BuildInput, log: Callable[[str], None]) -> BuiltImage:
        """
        Make the image for a commit; call ``log`` with each line, without its newline.

        An exception raised in the calling thread (cancel, deadline) ends everything that the build started.

        Raises: BuildFailed.
        """
        ...

    def has_image(self, image: str) -> bool:
        """Whether ``start`` would find the image."""
        ...

    def remove_image(self, image: str) -> None:
        """Remove an image; one that is not there is fine."""
        ...

    def images(self) -> list[StoredImage]:
        """All images that this runner made."""
        ...

    def images_bytes(self) -> int:
        """Disk space of images and of what builds keep to be faster; counting it may take seconds."""
        ...

    def freed_bytes(self, images: Collection[str]) -> int:
        """What of ``images_bytes`` comes free when these go, and caches with them: what others share stays."""
        ...

    def drop_caches(self) -> None:
        """Throw away what builds keep to be faster; images stay, and builds under way are not disturbed."""
        ...

    def start(
        self,
        spec: InstanceSpec,
        template: Template,
        source: Path,
        log_path: Path,
        mounted: Sequence[Mounted] = (),
    ) -> None:
        """
        Start an instance with the commit's files from ``source``, its output going to ``log_path``.

        The folders that are ``mounted`` stay where they are for as long as it runs.

        Returns as soon as the instance exists; whether the app answers is the agent's to find out. Starting an id that
        exists already does nothing. Templates whose image holds the code ignore ``source``.

        Raises: ImageNotFound, StartFailed.
        """
        ...

    def follow_logs(self, instance_id: str, log_path: Path) -> None:
        """
        Make sure the instance's output goes to ``log_path``: called for each adopted instance after a restart.

        No line is lost and none written twice. Returns at once.
        """
        ...

    def stop(self, instance_id: str, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
        """Stop and remove an instance, killing it after the grace; one that is not there is fine."""
        ...

    def freeze(self, instance_id: str) -> None:
        """
        Take the instance off the processors, keeping its memory; one that is frozen, over or gone is fine.

        It outlives the runner frozen, can be stopped as it is, and all of it thaws.
        """
        ...

    def thaw(self, instance_id: str) -> None:
        """Undo ``freeze``."""
        ...

    def inspect(self, instance_id: str) -> Observed | None:
        """One instance, None when there is none of that id."""
        ...

    def list(self) -> list[Observed]:
        """All instances of this runner, dead ones included until they are stopped."""
        ...

    def stats(self, instance_id: str) -> Stats | None:
        """Figures of a living instance, None otherwise."""
        ...

    def listeners(self, instance_id: str) -> tuple[Listener, ...]:
        """Where the processes of a living instance listen, as they see it; empty where the engine cannot look."""
        ...

    def close(self) -> None:
        """Let go of connections and threads; instances keep running."""
        ...
