"""
The embedded engine: an environment per set of dependencies and, where bubblewrap works, walls around each instance.

For machines without a Docker Engine. It says plainly what it isolates and what not, see ``capabilities``.
"""

import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import structlog

from spaceport_runner.contract import Capabilities, InstanceSpec, Limits
from spaceport_runner.engines.app_environment import (
    CERTIFICATE_VARIABLES,
    inside_paths,
    instance_environment,
    outside_paths,
)
from spaceport_runner.engines.bubblewrap import FIRST_UID, HOME, Machine, Sandbox, sandboxed, trial, user_inside
from spaceport_runner.engines.carried import carried
from spaceport_runner.engines.cgroups import build_cgroup
from spaceport_runner.engines.engine import (
    STOP_GRACE_SECONDS,
    BuildFailed,
    BuildInput,
    BuiltImage,
    EngineUnavailable,
    Mounted,
    Observed,
    StartFailed,
    Stats,
    StoredImage,
)
from spaceport_runner.engines.environment_build import EnvironmentBuild
from spaceport_runner.engines.environments import Environments
from spaceport_runner.engines.instance_folder import InstanceFolder
from spaceport_runner.engines.instances_on_disk import PACKAGE, InstancesOnDisk, Launch
from spaceport_runner.engines.required_python import require_python
from spaceport_runner.engines.volume_mounts import (
    VOLUME_INSIDE,
    VOLUME_VARIABLE,
    VOLUME_WATCHED,
    owned_volume,
    owner_of_volume,
)
from spaceport_runner.listeners import Listener
from spaceport_runner.secret_values import secrets_of, with_values
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.template import Template

log = structlog.get_logger()

PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

SHARED = (
    "the network is the machine's: apps can reach services on its loopback address and other machines",
    "processor time and disk space are shared without limits",
    VOLUME_WATCHED,
    "memory is watched, not reserved: an app over its limit is ended within a second",
)
#: What holds of builds, for ``Capabilities``: which of the two is found out.
BUILDS_LIMITED = "builds have hard limits of memory and processor time, and give way to apps"
BUILDS_WATCHED = "builds give way to apps, but have no hard limits: their memory is watched"


@dataclass(frozen=True)
class Walls:
    """Whether bubblewrap is used, and why not where it is not."""

    machine: Machine | None
    reason: str | None = None

    @classmethod
    def choose(cls, wanted: bool | None) -> "Walls":
        """
        ``wanted`` None is: where it works.

        Raises: EngineUnavailable when it is wanted and cannot work.
        """
        if wanted is False:
            return cls(None, "bubblewrap is switched off")
        machine = Machine.look()
        reason = "bubblewrap is not installed" if machine is None else trial(machine)
        if reason is None:
            return cls(machine)
        if wanted:
            raise EngineUnavailable(f"bubblewrap cannot be used here: {reason}")
        log.warning("bubblewrap_not_used", reason=reason)
        return cls(None, reason if machine is None else f"bubblewrap does not work here: {reason}")


class SandboxEngine:
    """See ``engine.Engine``. ``bubblewrap`` None uses it where it works."""

    name = "sandbox"

    def __init__(self, settings: RunnerSettings, bubblewrap: bool | None = None) -> None:
        self._settings = settings
        self._bubblewrap = bubblewrap
        if bubblewrap:
            _ = self._walls
        self._instances = InstancesOnDisk(settings.runner_dir / "instances", settings.log_limit_bytes)
        self._instances.remove_interrupted()

    @cached_property
    def _walls(self) -> Walls:
        return Walls.choose(self._bubblewrap)

    @cached_property
    def _environments(self) -> Environments:
        make = EnvironmentBuild(self._settings.packages, self._walls.machine)
        environments = Environments(
            self._settings.runner_dir, self._environments_in_use, make, self._settings.preload_limit_bytes
        )
        environments.sweep()
        return environments

    def capabilities(self) -> Capabilities:
        return Capabilities(
            engine=self.name,
            dockerfile=False,
            apt_packages=False,
            python_versions=(PYTHON_VERSION,),
            gpus=0,
            **self._isolation(),
        )

    def build(self, build: BuildInput, log: Callable[[str], None]) -> BuiltImage:
        template = build.template
        if template.needs_dockerfile or not template.command:
            raise BuildFailed(
                "this Spaceport runs the sandbox engine, which cannot build a Dockerfile; "
                "use sdk: gradio, or run Spaceport on a machine with a Docker Engine"
            )
        require_python(build.request.python_version, (PYTHON_VERSION,), "the sandbox engine", log)
        return self._environments.build(build, log)

    def has_image(self, image: str) -> bool:
        return self._environments.find(image) is not None

    def remove_image(self, image: str) -> None:
        self._environments.remove(image)

    def images(self) -> list[StoredImage]:
        return self._environments.stored()

    def images_bytes(self) -> int:
        return self._environments.total_bytes()

    def freed_bytes(self, images: Collection[str]) -> int:
        return self._environments.freed_bytes(images)

    def drop_caches(self) -> None:
        self._environments.drop_cache()

    def start(
        self,
        spec: InstanceSpec,
        template: Template,
        source: Path,
        log_path: Path,
        mounted: Sequence[Mounted] = (),
    ) -> None:
        if spec.limits.gpus:
            raise StartFailed("hardware with GPUs needs Spaceport to run on a machine with a Docker Engine")
        secrets = secrets_of(self._settings, spec)
        opened, hidden = with_values(spec, secrets), tuple(secrets.values())
        machine = self._walls.machine
        if mounted and machine is None:
            raise StartFailed(
                f"nothing can be mounted at {mounted[0].inside}: apps run without walls here "
                f"({self._walls.reason}); take the Space's volumes away, or ask the admin for bubblewrap or Docker"
            )
        has_users = machine is not None and machine.is_root
        volume, owner = self._volume(spec, has_users)

        def uid_of_port(port: int) -> int:
            return owner or _uid_of_port(port)

        with self._environments.held(spec.image) as environment:

            def launch(folder: InstanceFolder, port: int) -> Launch:
                if machine is None:
                    return replace(_plain(opened, template, folder, environment, port, volume), hidden=hidden)
                uid = uid_of_port(port)
                walled = _walled(opened, template, folder, environment, port, machine, uid, volume, mounted)
                return replace(walled, hidden=hidden)

            self._instances.start(
                spec,
                source,
                log_path,
                launch,
                uid_of_port=uid_of_port if has_users else lambda port: None,
                environment_path=environment,
            )

    def follow_logs(self, instance_id: str, log_path: Path) -> None:
        """Nothing to do: the shim writes the log, whatever happens to the runner."""

    def stop(self, instance_id: str, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
        self._instances.stop(instance_id, grace_seconds)

    def freeze(self, instance_id: str) -> None:
        self._instances.freeze(instance_id)

    def thaw(self, instance_id: str) -> None:
        self._instances.thaw(instance_id)

    def inspect(self, instance_id: str) -> Observed | None:
        return self._instances.inspect(instance_id)

    def list(self) -> list[Observed]:
        return self._instances.observe_all()

    def stats(self, instance_id: str) -> Stats | None:
        return self._instances.stats(instance_id)

    def listeners(self, instance_id: str) -> tuple[Listener, ...]:
        return self._instances.listeners(instance_id)

    def close(self) -> None:
        """Nothing is held open."""

    def _volume(self, spec: InstanceSpec, has_users: bool) -> tuple[Path | None, int | None]:
        """The folder of /data, and the user of all instances of its Space where they have users of their own."""
        if not spec.volume_bytes:
            return None, None
        if not has_users:
            return owned_volume(self._settings.data_dir, spec.space_id, None), None
        owner = owner_of_volume(self._settings.data_dir, spec.space_id)
        return owned_volume(self._settings.data_dir, spec.space_id, owner), owner

    def _environments_in_use(self) -> set[Path]:
        return {Path(each.environment_path) for each in self._instances.records() if each.environment_path}

    @cached_property
    def _are_builds_limited(self) -> bool:
        """Found out by making a group and taking it away again."""
        group = build_cgroup("trial", Limits(memory_bytes=self._settings.build_memory_bytes, cpus=1))
        if group is not None:
            group.remove()
        return group is not None

    def _isolation(self) -> dict[str, tuple[str, ...]]:
        hard, soft = ((BUILDS_LIMITED,), ()) if self._are_builds_limited else ((), (BUILDS_WATCHED,))
        if self._walls.machine is None:
            nothing = f"apps run as plain processes of the user that runs Spaceport ({self._walls.reason}): they can "
            return {
                "isolation": ("apps listen on the loopback address only", *hard),
                "not_isolated": (
                    f"{nothing}read and change all that this user can",
                    f"there is no /data: an app with a volume finds it at {VOLUME_VARIABLE} of its environment",
                    *SHARED,
                    *soft,
                ),
            }
        own_user = ("each app has a user of its own",) if self._walls.machine.is_root else ()
        return {
            "isolation": (
                "apps run under bubblewrap: own processes and /tmp, a read-only system, no view of other files",
                *own_user,
                "apps listen on the loopback address only",
                *hard,
            ),
            "not_isolated": (*SHARED, *soft, "build scripts of packages share one cache of packages"),
        }


def _plain(
    spec: InstanceSpec, template: Template, folder: InstanceFolder, environment: Path, port: int, volume: Path | None
) -> Launch:
    paths = outside_paths(folder, environment, PACKAGE, volume)
    return Launch(
        argv=paths.command(template, spec),
        env=instance_environment(spec, template, paths, port, os.environ),
        cwd=folder.app,
    )


def _walled(
    spec: InstanceSpec,
    template: Template,
    folder: InstanceFolder,
    environment: Path,
    port: int,
    machine: Machine,
    uid: int,
    volume: Path | None,
    mounted: Sequence[Mounted],
) -> Launch:
    paths = inside_paths(has_volume=volume is not None)
    user = user_inside(uid, machine)
    passwd, group = folder.path / "passwd", folder.path / "group"
    passwd.write_text(f"root:x:0:0:root:/root:/bin/sh\nuser:x:{user}:{user}:user:{HOME}:/bin/sh\n")
    group.write_text(f"root:x:0:\nuser:x:{user}:\n")
    sandbox = Sandbox(
        read_only=(
            (environment, str(paths.environment)),
            (PACKAGE / "seat.py", str(paths.seat)),
            (PACKAGE / "inside", str(paths.inside)),
            (passwd, "/etc/passwd"),
            (group, "/etc/group"),
            *((path, str(path)) for path in _certificates()),
            *((each.folder, each.inside) for each in mounted),
        ),
        writable=((folder.home, HOME), (folder.tmp, "/tmp"), *([(volume, VOLUME_INSIDE)] if volume else [])),
        links=((str(paths.app), "/app"),),
        cwd=str(paths.app),
        uid=uid,
    )
    environment_inside = instance_environment(spec, template, paths, port, os.environ)
    command, env = carried(paths.command(template, spec), environment_inside, spec.environment.keys())
    return Launch(
        argv=sandboxed(command, sandbox, machine),
        env=env,
        cwd=folder.path,
        limits_pids=machine.is_root,
    )


def _certificates() -> list[Path]:
    """The certificates that this machine is told to trust, where the sandbox would not show them anyway."""
    named = {Path(os.environ[name]) for name in CERTIFICATE_VARIABLES if os.environ.get(name)}
    shown = (Path("/etc/ssl"), Path("/usr"), Path("/etc/pki"))
    return sorted(path for path in named if path.exists() and not any(path.is_relative_to(each) for each in shown))


def _uid_of_port(port: int) -> int:
    """A user for one instance: no two have the same port, and the builder's number is the one of port 0."""
    return FIRST_UID + port
