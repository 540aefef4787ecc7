"""
Requests in, reports out: all that the platform knows of the runner, and the runner of the platform.

Everything travels through Redis as JSON. Redis may lose all of it: the controller writes wanted instances again, the
agent reports what it sees again, and a build whose lease is gone is queued again.
"""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

#: Name of the RQ queue of builds, and the function RQ calls with a BuildRequest as a dict.
BUILD_QUEUE = "builds"
BUILD_FUNCTION = "spaceport_runner.jobs.build"

#: Redis stream of reports (field ``json``), read by the controller's consumer group.
REPORTS_STREAM = "spaceport:reports"
#: Redis hash per runner: instance id -> InstanceSpec as JSON. Presence means "should run", absence "should be gone".
WANTED_KEY = "spaceport:wanted:{runner_id}"
#: Redis key per runner: a mark of the controller's, set together with WANTED_KEY. Without it the hash is incomplete
#: (Redis was emptied) and the agent must not remove anything.
WANTED_COMPLETE_KEY = "spaceport:wanted-complete:{runner_id}"
#: Redis pub/sub channel per runner: "look at the wanted instances now".
WANTED_CHANNEL = "spaceport:wanted-changed:{runner_id}"
#: Redis hash per runner: instance id -> InstanceReport as JSON.
OBSERVED_KEY = "spaceport:observed:{runner_id}"
#: Redis key per runner: RunnerReport as JSON, with a lifetime.
RUNNER_KEY = "spaceport:runner:{runner_id}"
RUNNER_LIFETIME_SECONDS = 10
#: Seconds without a sign of life after which a worker is taken for dead. RQ waits 15 less for a job at a time, and
#: forgets the worker a minute later.
WORKER_LIFETIME_SECONDS = 20
#: Redis set: names of runners, and of builders (``builder_name``), that take no new builds.
DRAINED_KEY = "spaceport:drained"
#: Redis key per build: the number of the attempt that may report, with a lifetime, renewed by the running attempt.
LEASE_KEY = "spaceport:lease:{build_id}"
LEASE_LIFETIME_SECONDS = 9
LEASE_RENEWAL_SECONDS = 2
#: Redis key per runner: CollectRequest as JSON, with a lifetime: without it nothing is collected.
COLLECT_KEY = "spaceport:collect:{runner_id}"
COLLECT_LIFETIME_SECONDS = 60


class Message(BaseModel):
    """Base of everything on the wire: immutable, unknown fields ignored so that versions may differ."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Limits(Message):
    """Hard limits of one instance or build. ``cpus`` is cores; ``pids`` counts processes and threads."""

    memory_bytes: int
    cpus: float
    pids: int = 512
    gpus: int = 0


class BuildRequest(Message):
    """
    One attempt at building one commit.

    ``attempt`` fences: only the highest attempt of a build may report or renew the lease. ``source_url`` gives a tar of
    the commit to who sends ``Authorization: Bearer <source_token>``. ``deps_hash`` names everything that installing
    depends on: where an image of that name exists, nothing is installed. ``deadline_seconds`` counts from the start of
    the attempt. ``variables`` and ``sealed_secrets`` (see ``sealing``) are for a repo's own Dockerfile only. With a
    ``lock``, exactly its versions are installed. ``preload`` are the lines of ``preload_from_hub``, fetched from
    ``hub_url``.
    """

    build_id: str
    attempt: int
    space_id: str
    space_name: str
    sha: str
    sdk: str
    template: str
    sdk_version: str | None
    python_version: str | None
    app_file: str
    app_port: int
    deps_hash: str
    source_url: str
    source_token: str
    deadline_seconds: int
    no_cache: bool = False
    preload: tuple[str, ...] = ()
    hub_url: str = ""
    variables: dict[str, str] = {}
    sealed_secrets: dict[str, str] = {}
    lock: str | None = None


class BuildPhase(StrEnum):
    """Where a running build is, in words for people."""

    FETCHING = "fetching the commit"
    INSTALLING = "installing dependencies"
    PACKING = "putting the release together"


class BuildReport(Message):
    """
    Progress or result of one attempt. ``state`` is ``running``, ``succeeded`` or ``failed``.

    ``image`` names what an instance is started from, ``installed`` tells if anything was installed for it.
    A failure carries ``reason`` where the runner knows it for certain (out of memory, deadline), and always ``tail``,
    the last lines of the log, from which the platform makes its diagnosis. ``lock`` lists what a successful build has
    installed (or found installed), one requirement a line.
    """

    kind: str = "build"
    build_id: str
    attempt: int
    state: str
    runner_id: str = ""
    phase: str | None = None
    image: str | None = None
    installed: bool = False
    lock: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    tail: tuple[str, ...] = ()


class MountSpec(Message):
    """
    A repo that the app finds at ``inside``. ``url`` tells who sends ``Authorization: Bearer <token>`` which files that
    are now, or in words why the Space may not have them. ``name`` is what people call it: for the log, which the
    people of the Space see, and for nobody else.
    """

    name: str
    inside: str
    url: str
    token: str


class InstanceSpec(Message):
    """
    An instance that should run.

    ``image`` is what BuildReport gave. ``generation`` grows with every deployment of a Space. ``sealed_secrets`` are
    opened by the runner and handed to the app past the engine, see ``sealing``. ``volume_bytes`` is the quota of /data,
    0 for none: before the first start of a release it is copied under ``snapshot_as``, and the copy ``restore_from``
    takes its place. ``restart`` counts earlier instances of the release. ``mounts`` are fetched before the start. A
    ``frozen`` one keeps its memory and gets no processor time; the flag changes during its life, nothing else does.
    """

    instance_id: str
    space_id: str
    space_name: str
    release_id: str
    generation: int
    sdk: str
    template: str
    image: str
    sha: str
    source_url: str
    source_token: str
    app_file: str
    app_port: int
    environment: dict[str, str] = {}
    limits: Limits
    start_timeout_seconds: int
    sealed_secrets: dict[str, str] = {}
    volume_bytes: int = 0
    snapshot_as: str = ""
    restore_from: str = ""
    release_number: int = 0
    restart: int = 0
    mounts: tuple[MountSpec, ...] = ()
    frozen: bool = False


class InstanceState(StrEnum):
    """``starting`` and ``ready`` are alive; ``exited`` and ``failed`` are over and carry a reason."""

    STARTING = "starting"
    READY = "ready"
    EXITED = "exited"
    FAILED = "failed"


class InstanceReport(Message):
    """
    What the agent sees of one instance: the only source of its address, health and figures.

    Times are seconds since the epoch, UTC. ``cpu_percent`` is of one core, ``memory_bytes`` resident. ``reason`` and
    ``tail`` as in BuildReport; of one that starts, ``reason`` is why it cannot be reached so far. ``image_missing``
    asks for a new build: the image is not on this machine (any more). ``is_frozen`` is only said of a ready one.
    ``volume_used_bytes`` is what its /data holds, or held when that could last be counted in time
    (``volume_is_stale``). ``phase`` says in words what is done before the app can be started (a copy of its /data, what
    it mounts), which is given up at ``phase_until``; ``prepared_at`` is when that was over, and the app's own time to
    start began.
    """

    kind: str = "instance"
    instance_id: str
    space_id: str
    release_id: str
    runner_id: str
    generation: int = 0
    state: InstanceState
    host: str | None = None
    port: int | None = None
    exit_code: int | None = None
    reason: str | None = None
    tail: tuple[str, ...] = ()
    image_missing: bool = False
    started_at: float | None = None
    ready_at: float | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    received_bytes_per_second: int | None = None
    sent_bytes_per_second: int | None = None
    is_frozen: bool = False
    volume_used_bytes: int | None = None
    volume_is_stale: bool = False
    phase: str | None = None
    phase_until: float | None = None
    prepared_at: float | None = None


class Capabilities(Message):
    """
    What an engine can do; checked at the door, so that a push is refused in plain words before anything is built.

    ``gpus`` is how many it can hand to instances, all together.
    """

    engine: str
    dockerfile: bool
    apt_packages: bool
    python_versions: tuple[str, ...]
    isolation: tuple[str, ...] = ()
    not_isolated: tuple[str, ...] = ()
    gpus: int = 0


class RunnerReport(Message):
    """
    A sign of life of one runner and its machine. Times are seconds since the epoch, UTC.

    ``disk_bytes`` is the size of the disk that holds images and data, ``images_bytes`` what images take of it.
    ``unneeded_bytes`` are those of images and static releases that may go where room is needed, ``abandoned_bytes``
    those of volumes in the data folder whose Spaces are gone.
    """

    kind: str = "runner"
    runner_id: str
    capabilities: Capabilities
    started_at: float
    reported_at: float
    cpus: int
    cpu_percent: float
    memory_bytes: int
    memory_used_bytes: int
    disk_free_bytes: int
    builders: int
    disk_bytes: int = 0
    images_bytes: int | None = None
    unneeded_bytes: int | None = None
    abandoned_bytes: int | None = None


class CollectRequest(Message):
    """
    What a runner must keep; the rest is thrown away, least recently used first, while more than ``budget_bytes`` of the
    disk is taken by images, releases of static Spaces and logs, or less than ``reserve_bytes`` of it is free.

    ``keep_images`` are images, environments and static releases by the names that builds reported; ``space_ids`` all
    Spaces there are: logs of others go at once, their volumes after a week. ``keep_logs_days`` is the age of logs that
    may go.
    """

    keep_images: tuple[str, ...]
    space_ids: tuple[str, ...]
    budget_bytes: int
    reserve_bytes: int
    keep_logs_days: int = 30


def builder_name(runner_id: str, number: int) -> str:
    """``local/2``: the second builder of a runner, whatever process works there at the moment."""
    return f"{runner_id}/{number}"


def build_log_path(data_dir: Path, build_id: str) -> Path:
    """Where the log of a build is kept: lines of ``<RFC 3339 time> <text>``."""
    return data_dir / "logs" / "build" / f"{build_id}.log"


def run_log_path(data_dir: Path, space_id: str, instance_id: str) -> Path:
    """Where the log of an instance is kept, in the same form."""
    return data_dir / "logs" / "run" / space_id / f"{instance_id}.log"


def volume_path(data_dir: Path, space_id: str) -> Path:
    """The folder that a Space sees as /data."""
    return data_dir / "volumes" / space_id / "data"


def snapshot_path(data_dir: Path, space_id: str, name: str) -> Path:
    """A copy of a volume; ``name`` is that of the release it was made before."""
    return data_dir / "volumes" / space_id / "snapshots" / name


def copies_size_path(data_dir: Path, space_id: str) -> Path:
    """The file that says how many bytes all copies of a volume took together when the newest was made."""
    return data_dir / "volumes" / space_id / "copies-bytes"


def static_root(data_dir: Path, image: str) -> Path:
    """Where the files of a static Space's release are: ``image`` is what its build reported."""
    return data_dir / "static" / image
