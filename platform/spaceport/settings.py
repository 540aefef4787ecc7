"""All settings, in one table: environment variable, default, unit, help. Read once at start, frozen, passed in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from spaceport.domain.flavors import BUILT_IN, Flavors
from spaceport.domain.storage import parse_tiers
from spaceport.errors import SettingsError
from spaceport.hardware_file import read_hardware_file

_ROOT = Path(__file__).resolve().parents[2]
PREFIX = "SPACEPORT_"
#: What commands that talk to a hub read from the environment: no settings of the hub itself.
OF_CLIENTS = ("SPACEPORT_TOKEN",)
#: Where our own setting is silent, an operator's settings for pip count. Source: pip's user guide, configuration.
_FROM_PIP = {"index_url": "PIP_INDEX_URL", "find_links": "PIP_FIND_LINKS"}


def _setting(default: Any, help: str, unit: str = "", choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"help": help, "unit": unit, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """Every setting ``name`` is read from the environment variable ``SPACEPORT_<NAME>``."""

    data_dir: Path = _setting(Path("data"), "The one folder that holds all state.")
    templates_dir: Path = _setting(_ROOT / "templates", "Container templates.")
    samples_dir: Path = _setting(
        _ROOT / "spaces", "Sample Spaces pushed at the first start, unless `spaceport up --no-samples`."
    )
    listen_host: str = _setting("127.0.0.1", "Address the hub and the gateway listen on.")
    hub_port: int = _setting(7700, "Port of the hub: pages, API, git.", "port")
    apps_port: int = _setting(7701, "Port of the gateway: the Spaces themselves.", "port")
    hub_url: str = _setting("", "Address people and clients use for the hub; made from host and port when empty.")
    internal_hub_url: str = _setting("", "Address runners fetch commits from; the hub's own when empty.")
    apps_domain: str = _setting("localhost", "Each Space is served at a name of its own below this one.")
    apps_scheme: str = _setting("http", "Scheme of Space addresses.", choices=("http", "https"))
    apps_public_port: int = _setting(0, "Port in Space addresses when a proxy stands in front; 0 for the gateway's.")
    apps_hf_endpoint: str = _setting(
        "", "Given to apps as `HF_ENDPOINT`: this hub or a mirror, by an address they reach; empty for the public hub."
    )
    apps_hub_url: str = _setting(
        "",
        "Address of this hub for apps that sign people in (`hf_oauth`), one that they reach; the hub's own when empty.",
    )
    custom_domains: str = _setting(
        "verify",
        "Whether Spaces may have domains of their own: when a DNS record proves them, or whatever owners say.",
        choices=("off", "verify", "trust"),
    )
    trusted_proxies: str = _setting(
        "", "Addresses or networks, with commas between, whose X-Forwarded headers are believed; Host must be kept."
    )
    redis_url: str = _setting("", "Redis to use (redis:// or unix://); an embedded server when empty.")
    database_url: str = _setting("", "SQLAlchemy URL; SQLite in the data folder when empty.")
    objects: str = _setting(
        "", "Where large files are: a folder or `s3://bucket/prefix`; `objects` in the data folder when empty."
    )
    objects_wait_seconds: int = _setting(
        60, "How long a bucket may take to answer one request, of a few megabytes at most.", "seconds"
    )
    internal_secret: str = _setting("", "Shared by hub, controller and runner; made at the first start when empty.")
    secrets_key: str = _setting("", "Seals the secrets of Spaces (a Fernet key); made at the first start when empty.")
    admin_name: str = _setting("admin", "Name of the first user.")
    admin_password: str = _setting("", "Password of the first user; made and printed at the first start when empty.")
    open_signup: bool = _setting(False, "Whether anybody may make an account.")
    engine: str = _setting("auto", "Where Spaces run.", choices=("auto", "docker", "sandbox", "fake"))
    runner_id: str = _setting("local", "Name of this machine's runner.")
    builders: int = _setting(2, "Builds at the same time on this machine.", "processes")
    gpus: int = _setting(
        -1, "GPUs this machine's runner may give to Spaces; -1 for those that the Docker Engine can be seen to have."
    )
    base_image: str = _setting(
        "spaceport/base", "Image that docker builds start from: made by make base-image, or pulled."
    )
    app_network_pool: str = _setting("10.213.0.0/16", "Address range the docker networks of Spaces are cut from.")
    ca_bundle: str = _setting("", "PEM file builds trust; the machine's own when empty.")
    index_url: str = _setting("", "Package index for builds; `PIP_INDEX_URL`, else PyPI when empty.")
    find_links: str = _setting("", "Folder of wheels for builds; `PIP_FIND_LINKS` when empty.")
    debian_mirror: str = _setting("", "Debian mirror for apt in builds and for the base image.")
    max_spaces_per_user: int = _setting(0, "How many Spaces a user may have who is no admin; 0 for any number.")
    max_organizations_per_user: int = _setting(
        20, "How many organizations a user may govern who is no admin and makes another one; 0 for any number."
    )
    max_memory_per_user_bytes: int = _setting(
        0, "Memory that the running Spaces of a user who is no admin may be promised together, in bytes; 0 for any."
    )
    hardware_file: str = _setting("", "TOML file with the hardware flavors to offer; a built-in table when empty.")
    storage_tiers_gib: str = _setting(
        "small=2,medium=20,large=100", "Sizes of /data that clients may ask for by name.", "GiB"
    )
    build_deadline_seconds: int = _setting(1800, "How long one build may run.", "seconds")
    queue_deadline_seconds: int = _setting(3600, "How long a build may wait.", "seconds")
    build_memory_bytes: int = _setting(8 * 1024**3, "Memory one build may use.", "bytes")
    build_disk_bytes: int = _setting(2 * 1024**3, "Free disk below which no build is started.", "bytes")
    disk_reserve_bytes: int = _setting(
        5 * 1024**3, "Free disk below which old images are removed, and uploads are refused.", "bytes"
    )
    images_budget_bytes: int = _setting(0, "Disk that images may take, in bytes; 0 for 60 percent of the disk.")
    keep_releases: int = _setting(5, "Newest images of each Space that are kept to go back to.", "images")
    start_deadline_seconds: int = _setting(300, "How long an app may take to answer.", "seconds")
    drain_deadline_seconds: int = _setting(300, "How long old connections are kept after a swap.", "seconds")
    room_memory_percent: int = _setting(80, "How much of a machine's memory Spaces may use.", "percent")
    memory_overcommit: int = _setting(
        8, "How often that memory may be promised to Spaces: most use far less than their hardware allows.", "times"
    )
    cpu_overcommit: int = _setting(16, "How often a machine's processors may be promised to Spaces.", "times")
    runner_silence_seconds: int = _setting(
        300, "How long a runner may say nothing before what it runs is not called running any more.", "seconds"
    )
    room_deadline_seconds: int = _setting(86_400, "How long a Space may wait for room to start.", "seconds")
    max_crashes_per_hour: int = _setting(10, "A Space that ends this often within an hour is suspended.", "times")
    freeze: bool = _setting(True, "Whether sleeping Spaces are frozen with their memory at first, to wake fast.")
    freeze_seconds: int = _setting(3600, "How long a sleeping Space stays frozen before it is stopped.", "seconds")
    freeze_memory_percent: int = _setting(
        80, "Use of the machine's memory from which frozen Spaces are stopped, longest asleep first.", "percent"
    )
    hold_seconds: int = _setting(90, "How long a program's request waits for a Space that wakes up.", "seconds")
    push_wait_seconds: int = _setting(60, "How long git push tells what happens before it lets go.", "seconds")
    max_push_bytes: int = _setting(1024**3, "Largest pack one push may send.", "bytes")
    max_file_bytes: int = _setting(10 * 1024**2, "Largest file in plain git.", "bytes")
    # Source: huggingface_hub ``constants.MAX_HTTP_DOWNLOAD_SIZE``: it downloads larger ones with hf_xet only.
    max_large_file_bytes: int = _setting(50 * 1000**3, "Largest file that is kept beside git (LFS, Xet).", "bytes")
    upload_part_bytes: int = _setting(
        64 * 1024**2, "Larger files are uploaded in parts of this size, by clients that can.", "bytes"
    )
    unused_file_seconds: int = _setting(
        86_400, "How long a large file is kept that no commit names, and an upload that stopped.", "seconds"
    )
    viewer_memory_bytes: int = _setting(2 * 1024**3, "Memory that reading one split of a dataset may use.", "bytes")
    viewer_seconds: int = _setting(120, "How long reading one split of a dataset may take.", "seconds")
    viewer_cache_bytes: int = _setting(20 * 1024**3, "Disk for what the dataset viewer has read.", "bytes")
    max_uncommitted_bytes_per_user: int = _setting(
        200 * 1024**3, "What one user may upload before branches name it, in bytes; 0 for any number."
    )
    max_preload_bytes: int = _setting(20 * 1024**3, "What preload_from_hub may fetch for one Space, together.", "bytes")
    max_mount_bytes: int = _setting(100 * 1024**3, "Largest repo, or folder of one, that a Space may mount.", "bytes")
    log_limit_bytes: int = _setting(10 * 1024**2, "Kept of each build and run log.", "bytes")
    webhooks_to_loopback: bool = _setting(False, "Whether webhooks may call this machine's own services.")
    session_days: int = _setting(30, "How long a browser stays signed in.", "days")
    audit_days: int = _setting(400, "How long the audit log is kept.", "days")

    def __post_init__(self) -> None:
        _check(self)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'spaceport.sqlite3'}"

    @cached_property
    def flavors(self) -> Flavors:
        """The hardware on offer, read once."""
        return read_hardware_file(Path(self.hardware_file)) if self.hardware_file else BUILT_IN

    @cached_property
    def storage_tiers(self) -> dict[str, int]:
        """Bytes of /data by the name of the tier."""
        return parse_tiers(self.storage_tiers_gib)

    @property
    def hub(self) -> str:
        """The hub's address for people, without a slash at the end."""
        return self.hub_url.rstrip("/") or f"http://{_reachable(self.listen_host)}:{self.hub_port}"

    @property
    def internal_hub(self) -> str:
        return self.internal_hub_url.rstrip("/") or f"http://{_numeric(self.listen_host)}:{self.hub_port}"

    @property
    def apps_hub(self) -> str:
        return self.apps_hub_url.rstrip("/") or self.hub

    @property
    def apps_port_suffix(self) -> str:
        """``:7701``, or nothing where the port goes without saying."""
        port = self.apps_public_port or self.apps_port
        return "" if port == {"http": 80, "https": 443}[self.apps_scheme] else f":{port}"


def _reachable(listen_host: str) -> str:
    return "localhost" if listen_host in ("127.0.0.1", "0.0.0.0", "::", "::1") else listen_host


def _numeric(listen_host: str) -> str:
    return "127.0.0.1" if listen_host in ("localhost", "0.0.0.0", "::") else listen_host


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """
    Settings from the environment, then from ``overrides`` that are not None.

    Raises: SettingsError naming every variable that makes no sense, unknown SPACEPORT_ variables included.
    """
    environ = os.environ if environ is None else environ
    known = {f"{PREFIX}{item.name.upper()}": item for item in fields(Settings)}
    problems = [
        f"{name} is not a setting"
        for name in environ
        if name.startswith(PREFIX) and name not in known and name not in OF_CLIENTS
    ]
    values: dict[str, Any] = {}
    for variable, item in known.items():
        text = environ.get(variable, "").strip()
        if text:
            try:
                values[item.name] = _parse(text, item.type if isinstance(item.type, type) else str(item.type))
            except ValueError as error:
                problems.append(f"{variable}={text!r}: {error}")
    if problems:
        raise SettingsError("; ".join(problems))
    for name, pip_variable in _FROM_PIP.items():
        values.setdefault(name, environ.get(pip_variable, "").strip())
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings(**values)


def _parse(text: str, kind: object) -> Any:
    if kind is int:
        return int(text)
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise ValueError("say true or false")
        return text.lower() in ("true", "1", "yes")
    return Path(text) if kind is Path else text


def _check(settings: Settings) -> None:
    problems = []
    for item in fields(settings):
        value, choices = getattr(settings, item.name), item.metadata["choices"]
        variable = f"{PREFIX}{item.name.upper()}"
        if choices and value not in choices:
            problems.append(f"{variable} must be one of {', '.join(choices)}, not {value!r}")
        if item.metadata["unit"] == "port" and not 0 < value < 65536:
            problems.append(f"{variable} must be a port between 1 and 65535, not {value}")
        elif item.type is int and item.metadata["unit"] and value < 1:
            problems.append(f"{variable} must be at least 1, not {value}")
    try:
        _ = settings.flavors
    except ValueError as error:
        problems.append(f"{PREFIX}HARDWARE_FILE: {error}")
    try:
        _ = settings.storage_tiers
    except ValueError as error:
        problems.append(f"{PREFIX}STORAGE_TIERS_GIB: {error}")
    if settings.gpus < -1:
        problems.append(f"{PREFIX}GPUS must be a number of GPUs, or -1, not {settings.gpus}")
    if settings.hub_port == settings.apps_port:
        problems.append("SPACEPORT_HUB_PORT and SPACEPORT_APPS_PORT must differ")
    if problems:
        raise SettingsError("; ".join(problems))
