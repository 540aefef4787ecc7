"""The runner's own settings, handed over by the platform as plain values."""

from dataclasses import dataclass, field
from pathlib import Path

#: Made by ``make base-image``; no registry has it.
DEFAULT_BASE_IMAGE = "spaceport/base"


@dataclass(frozen=True)
class PackageSources:
    """
    Where builds get packages from; empty values mean the tools' own defaults.

    ``ca_bundle`` is a PEM file every build trusts besides its own; ``find_links`` a folder of wheels;
    ``index_url`` a package index, ``debian_mirror`` the base address for apt. They are there during a build only and
    never left behind in an image.
    """

    ca_bundle: Path | None = None
    index_url: str | None = None
    find_links: Path | None = None
    debian_mirror: str | None = None


@dataclass(frozen=True)
class RunnerSettings:
    """
    What a runner needs to know. ``data_dir`` is shared with the hub (logs, static files); ``runner_dir`` is its own
    (environments, caches, instances). ``app_network_pool`` is the address range that instance networks are cut from.
    ``gpus`` may be given to instances, as many as the engine has where it is -1.
    Builds are refused below ``disk_reserve_bytes`` of free disk.
    ``source_limit_bytes`` and ``source_limit_files`` bound one unpacked commit, ``preload_limit_bytes`` all that one
    build fetches for ``preload_from_hub``, ``mount_limit_bytes`` each repo that an app mounts.
    """

    runner_id: str
    data_dir: Path
    templates_dir: Path
    redis_url: str
    engine: str = "auto"
    builders: int = 2
    base_image: str = DEFAULT_BASE_IMAGE
    app_network_pool: str = "10.213.0.0/16"
    build_memory_bytes: int = 8 * 1024**3
    build_cpus: float = 2.0
    log_limit_bytes: int = 10 * 1024**2
    source_limit_bytes: int = 2 * 1024**3
    source_limit_files: int = 100_000
    preload_limit_bytes: int = 20 * 1024**3
    mount_limit_bytes: int = 100 * 1024**3
    packages: PackageSources = field(default_factory=PackageSources)
    stop_instances_on_exit: bool = False
    secrets_key: str = ""
    disk_reserve_bytes: int = 512 * 1024**2
    gpus: int = -1

    @property
    def runner_dir(self) -> Path:
        return self.data_dir / "runner" / self.runner_id
