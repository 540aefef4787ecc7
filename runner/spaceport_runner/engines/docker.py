"""
Instances as containers of a Docker Engine.

Everything but image builds goes through the Docker SDK; see docker_cli.py for why builds do not.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from docker.errors import APIError, NotFound
from docker.errors import ImageNotFound as DockerImageNotFound
from requests.exceptions import JSONDecodeError

from spaceport_runner.contract import Capabilities, InstanceSpec
from spaceport_runner.engines.docker_base import base_python_versions
from spaceport_runner.engines.docker_builds import DockerBuilds, Log
from spaceport_runner.engines.docker_code import code_archive
from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors, explanation
from spaceport_runner.engines.docker_containers import (
    APP_UID,
    LABEL_INSTANCE,
    ContainerPlan,
    container_name,
    create_arguments,
    observed_of,
    own_variables,
    seconds_of,
    stats_of,
)
from spaceport_runner.engines.docker_gpus import DockerGpus
from spaceport_runner.engines.docker_host_paths import DockerHostPaths
from spaceport_runner.engines.docker_images import DockerImages
from spaceport_runner.engines.docker_listeners import docker_listeners
from spaceport_runner.engines.docker_logs import DockerLogs
from spaceport_runner.engines.docker_networks import LABEL_RUNNER, LABEL_SPACE, DockerNetworks
from spaceport_runner.engines.docker_secrets import (
    KeptSecrets,
    attached_input,
    command_of_image,
    require_shell,
    with_secrets,
)
from spaceport_runner.engines.engine import (
    STOP_GRACE_SECONDS,
    BuildInput,
    BuiltImage,
    EngineError,
    ImageNotFound,
    Mounted,
    Observed,
    StartFailed,
    Stats,
    StoredImage,
)
from spaceport_runner.engines.volume_mounts import VOLUME_WATCHED, owned_volume
from spaceport_runner.image_uses import ImageUses
from spaceport_runner.installation import owner_of
from spaceport_runner.listeners import Listener
from spaceport_runner.secret_values import secrets_of
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.template import Template

SEAT = Path(__file__).resolve().parent.parent / "seat.py"
#: Seconds that an answer about a dead instance waits for the rest of its output to be in the log.
DRAIN_SECONDS = 2.0
#: A container that was created so long ago and never started is left over from a runner that died in between.
HALF_STARTED_SECONDS = 300.0
CONFLICT = 409
NOT_MODIFIED = 304

ISOLATION = (
    "each instance is a container of its own: uid 1000, no capabilities, no way to gain privileges",
    "hard limits on memory, processor and number of processes",
    "each Space has a network of its own; Spaces cannot reach each other's instances",
    "nothing of this machine is mounted but a Space's own /data and the repos it asks for, the Docker Engine's socket "
    "least of all",
)
NOT_ISOLATED = (
    "instances may reach the internet, and services of this machine that listen on all addresses",
    VOLUME_WATCHED,
    "other disk space that an instance uses is not limited",
)
#: What holds of builds: which of the two is found out.
BUILDS_LIMITED = "builds together have hard limits of memory and processor time, and give way to apps"
BUILDS_NOT_LIMITED = "builds run as BuildKit steps without limits of their own: the runner cannot set them here"

log = structlog.get_logger()


class DockerEngine:
    """The docker engine. Connects at the first call."""

    name = "docker"

    def __init__(self, settings: RunnerSettings) -> None:
        self._settings = settings
        self._connection = DockerConnection()
        self._builds = DockerBuilds(self._connection, settings)
        self._owner = owner_of(settings)
        self._networks = DockerNetworks(self._connection, self._owner, settings.app_network_pool)
        self._gpus = DockerGpus(self._connection, settings.gpus)
        self._images = DockerImages(self._connection, ImageUses(settings))
        self._host_paths = DockerHostPaths(self._connection)
        self._kept_secrets = KeptSecrets(settings)
        self._logs = DockerLogs(self._connection, settings.log_limit_bytes, self._kept_secrets.mask)
        self._space_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._has_init = True
        self._python_versions: dict[str, tuple[str, ...]] = {}
        #: Container id -> what was seen of it in that state: an instance is asked about once per change, not per look.
        self._seen: dict[str, tuple[str, Observed]] = {}

    def capabilities(self) -> Capabilities:
        base = self._builds.image_id(self._settings.base_image)
        if base is not None and base not in self._python_versions:
            self._python_versions[base] = base_python_versions(self._connection, base, self._owner)
        are_limited = self._builds.are_limited()
        return Capabilities(
            engine=self.name,
            dockerfile=True,
            apt_packages=True,
            python_versions=self._python_versions.get(base or "", ()),
            gpus=self._gpus.count(),
            isolation=(*ISOLATION, *((BUILDS_LIMITED,) if are_limited else ())),
            not_isolated=(*NOT_ISOLATED, *(() if are_limited else (BUILDS_NOT_LIMITED,))),
        )

    def build(self, build: BuildInput, log: Log) -> BuiltImage:
        return self._builds.build(build, log)

    def has_image(self, image: str) -> bool:
        return self._builds.has(image)

    def remove_image(self, image: str) -> None:
        with docker_errors():
            try:
                self._connection.client.api.remove_image(image, force=True)
            except DockerImageNotFound:
                return
            except APIError as error:
                if _status(error) != CONFLICT:
                    raise
                raise EngineError(f"the image {image} is in use: {explanation(error)}") from error

    def images(self) -> list[StoredImage]:
        return self._images.stored()

    def images_bytes(self) -> int:
        return self._images.total_bytes()

    def freed_bytes(self, images: Collection[str]) -> int:
        return self._images.freed_bytes(images)

    def drop_caches(self) -> None:
        self._images.drop_caches()

    def start(
        self,
        spec: InstanceSpec,
        template: Template,
        source: Path,
        log_path: Path,
        mounted: Sequence[Mounted] = (),
    ) -> None:
        with self._space_locks[spec.space_id], docker_errors():
            if not self._is_started(spec.instance_id):
                if not self._builds.has(spec.image):
                    raise ImageNotFound(f"the image {spec.image} is not on this machine")
                self._create_and_start(spec, template, source, mounted)
        self.follow_logs(spec.instance_id, log_path)

    def follow_logs(self, instance_id: str, log_path: Path) -> None:
        self._logs.follow(instance_id, container_name(instance_id), log_path)

    def stop(self, instance_id: str, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
        container = self._container(instance_id, with_created=True)
        if container is None:
            self._forget(instance_id)
            return
        space_id = container["Config"]["Labels"][LABEL_SPACE]
        self._end(container["Id"], grace_seconds)
        self._logs.wait_until_drained(instance_id, DRAIN_SECONDS)
        with self._space_locks[space_id], docker_errors():
            self._remove(container["Id"])
            self._networks.remove_unused(space_id)
        self._forget(instance_id)
        self._seen.pop(container["Id"], None)

    def freeze(self, instance_id: str) -> None:
        self._unless_so_already("pause", instance_id)

    def thaw(self, instance_id: str) -> None:
        self._unless_so_already("unpause", instance_id)

    def inspect(self, instance_id: str) -> Observed | None:
        container = self._container(instance_id)
        return None if container is None else self._observe(container)

    def list(self) -> list[Observed]:
        with docker_errors():
            api = self._connection.client.api
            summaries = api.containers(all=True, filters={"label": f"{LABEL_RUNNER}={self._owner}"})
        found = [observed for summary in summaries if (observed := self._observe_summary(summary)) is not None]
        current = {summary["Id"] for summary in summaries}
        self._seen = {key: value for key, value in list(self._seen.items()) if key in current}
        return found

    def stats(self, instance_id: str) -> Stats | None:
        with docker_errors():
            try:
                api = self._connection.client.api
                return stats_of(api.stats(container_name(instance_id), stream=False, one_shot=True))
            except (NotFound, JSONDecodeError):
                # A container that is removed in the middle of the question gets an empty answer.
                return None

    def listeners(self, instance_id: str) -> tuple[Listener, ...]:
        return docker_listeners(self._connection, container_name(instance_id))

    def close(self) -> None:
        self._logs.close()
        self._connection.close()

    def _is_started(self, instance_id: str) -> bool:
        """
        Whether there is nothing left to do for this instance.

        A container that was only created is left over from a runner that died between creating and starting it: nobody
        knows how much of the code is in it, so it is removed. The Space's lock keeps us from a start in progress.
        """
        container = self._container(instance_id, with_created=True)
        if container is None:
            return False
        if container["State"]["Status"] != "created":
            return True
        self._remove(container["Id"])
        return False

    def _forget(self, instance_id: str) -> None:
        self._logs.forget(instance_id)
        self._kept_secrets.forget(instance_id)

    def _create_and_start(
        self, spec: InstanceSpec, template: Template, source: Path, mounted: Sequence[Mounted]
    ) -> None:
        secrets = self._secrets_of(spec, template)
        seat = SEAT if not template.needs_dockerfile and SEAT.is_file() else None
        volume = self._volume(spec)
        repos = tuple((self._host_paths.of(each.folder), each.inside) for each in mounted)
        while True:
            plan = ContainerPlan(
                network=self._networks.ensure(spec.space_id),
                machine_cpus=self._connection.machine_cpus,
                runner_id=self._owner,
                has_seat=seat is not None,
                has_init=self._has_init,
                volume=volume,
                mounted=repos,
            )
            try:
                with self._gpus.chosen_for(spec) as gpus:
                    arguments, payload = with_secrets(
                        create_arguments(spec, template, replace(plan, gpus=gpus)),
                        secrets,
                        lambda: self._image_command(spec.image),
                    )
                    self._start_container(arguments, None if template.needs_dockerfile else source, seat, payload)
                return
            except DockerImageNotFound as error:
                raise ImageNotFound(f"the image {spec.image} is not on this machine") from error
            except StartFailed:
                self._networks.remove_unused(spec.space_id)
                raise
            except APIError as error:
                if _status(error) == CONFLICT and "already in use" in explanation(error):
                    # Somebody else was faster: the instance exists.
                    return
                if not (self._has_init and "docker-init" in explanation(error)):
                    self._networks.remove_unused(spec.space_id)
                    raise StartFailed(f"the container cannot be started: {explanation(error)}") from error
                log.warning("docker_init_missing", reason=explanation(error))
                self._has_init = False

    def _volume(self, spec: InstanceSpec) -> str | None:
        """The folder of /data by the name it has on the engine's machine. Raises: StartFailed."""
        if not spec.volume_bytes:
            return None
        folder = owned_volume(self._settings.data_dir, spec.space_id, APP_UID)
        return self._host_paths.of(folder)

    def _secrets_of(self, spec: InstanceSpec, template: Template) -> dict[str, str]:
        """
        The secrets of an instance in the open; what a later runner needs to hide them is on record from now on.

        Raises: StartFailed.
        """
        secrets = secrets_of(self._settings, spec)
        if secrets:
            self._kept_secrets.keep(spec.instance_id, spec.sealed_secrets)
        own = own_variables(spec, template)
        return {name: value for name, value in secrets.items() if name not in own}

    def _image_command(self, image: str) -> tuple[str, ...]:
        return command_of_image(self._connection.client.api.inspect_image(image)["Config"])

    def _start_container(
        self, arguments: dict[str, Any], source: Path | None, seat: Path | None, payload: bytes | None
    ) -> None:
        """Create, put the code in, start, hand over secrets; what was created is removed when the rest fails."""
        container = self._connection.client.containers.create(**arguments)
        try:
            if source is not None:
                with code_archive(source, seat) as archive:
                    container.put_archive("/", archive)
            if payload is None:
                container.start()
                return
            if "entrypoint" in arguments:
                require_shell(self._connection, container.id)
            with attached_input(self._connection, container.id) as standard_input:
                container.start()
                standard_input.send(payload)
        except BaseException:
            self._remove(container.id)
            raise

    def _container(self, instance_id: str, with_created: bool = False) -> dict[str, Any] | None:
        with docker_errors():
            try:
                found: dict[str, Any] = self._connection.client.api.inspect_container(container_name(instance_id))
            except NotFound:
                return None
        labels = found["Config"]["Labels"] or {}
        if labels.get(LABEL_RUNNER) != self._owner:
            return None
        return found if with_created or not _is_being_started(found) else None

    def _observe_summary(self, summary: dict[str, Any]) -> Observed | None:
        known = self._seen.get(summary["Id"])
        if known is not None and known[0] == summary["State"]:
            return known[1]
        return self.inspect(summary["Labels"][LABEL_INSTANCE])

    def _observe(self, container: dict[str, Any]) -> Observed:
        observed = observed_of(container)
        if not observed.is_alive:
            # Who learns that an instance is over reads its last words next.
            self._logs.wait_until_drained(observed.instance_id, DRAIN_SECONDS)
        self._seen[container["Id"]] = (container["State"]["Status"], observed)
        return observed

    def _end(self, container_id: str, grace_seconds: float) -> None:
        with docker_errors():
            try:
                self._connection.client.api.stop(container_id, timeout=max(0, round(grace_seconds)))
            except NotFound:
                return
            except APIError as error:
                if _status(error) != NOT_MODIFIED:
                    log.warning("stop_refused", container=container_id, reason=explanation(error))

    def _remove(self, container_id: str) -> None:
        try:
            self._connection.client.api.remove_container(container_id, force=True, v=True)
        except NotFound:
            return
        except APIError as error:
            # 409: another thread removes it right now.
            if _status(error) != CONFLICT:
                raise

    def _unless_so_already(self, verb: str, instance_id: str) -> None:
        """Pause or unpause; an instance that is gone, or so already, is fine."""
        with docker_errors():
            try:
                getattr(self._connection.client.api, verb)(container_name(instance_id))
            except NotFound:
                return
            except APIError as error:
                text = explanation(error)
                if not any(words in text for words in ("already paused", "is not paused", "is not running")):
                    raise EngineError(f"the instance cannot be {verb}d: {text}") from error


def _is_being_started(container: dict[str, Any]) -> bool:
    """Whether a container is created and its start is still to come, here or in another thread."""
    age_seconds = time.time() - seconds_of(container["Created"])
    return container["State"]["Status"] == "created" and age_seconds < HALF_STARTED_SECONDS


def _status(error: APIError) -> int | None:
    return error.response.status_code if error.response is not None else None
