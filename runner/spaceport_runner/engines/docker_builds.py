"""Builds of the docker engine: one image per dependency set for templates, one per commit for users' Dockerfiles."""

import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from docker.errors import ImageNotFound

from spaceport_runner.build_context import BuildContext, read_user_dockerfile, repository_context, template_context
from spaceport_runner.build_lock import build_lock
from spaceport_runner.contract import BuildRequest, Limits
from spaceport_runner.dockerfile import (
    BuildSecret,
    StepMounts,
    UnusableDockerfile,
    build_arguments,
    required_images,
    step_mounts,
    template_dockerfile,
    user_dockerfile,
    wanted_frontend,
)
from spaceport_runner.engines.cgroups import limit_buildkit
from spaceport_runner.engines.docker_base import base_python_versions
from spaceport_runner.engines.docker_cli import (
    CachedSteps,
    build_cli,
    docker_environment,
    exit_code_in,
    readable_line,
)
from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors
from spaceport_runner.engines.docker_locks import DockerLocks
from spaceport_runner.engines.docker_wheels import ensure_wheels_image, wheels_tag
from spaceport_runner.engines.engine import BuildFailed, BuildInput, BuiltImage
from spaceport_runner.engines.processes import run_streaming
from spaceport_runner.engines.required_python import require_python
from spaceport_runner.installation import owner_of
from spaceport_runner.secret_values import open_secrets
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.source import sources_dir

Log = Callable[[str], None]

DEPENDENCIES_REPOSITORY = "spaceport/deps"
BASE_IMAGE_MADE_HERE = "spaceport/base"
SHA_LENGTH = 12
#: Characters of the digest that tells images of other build arguments apart.
ARGUMENTS_LENGTH = 8
#: Lines at the end of a build in which the exit code of the failed step is looked for.
TAIL_LINES = 40
#: What the kernel's out-of-memory killer leaves as exit code of a step.
KILLED_EXIT_CODE = 137
#: Share of the machine's memory that all builds together may take.
LARGEST_MEMORY_SHARE = 0.75
PULL_TIMEOUT_SECONDS = 900
#: A frontend is small; where no registry answers, builds should not wait long to learn it.
FRONTEND_PULL_TIMEOUT_SECONDS = 30


class DockerBuilds:
    """Builds images; knows them by name."""

    def __init__(self, connection: DockerConnection, settings: RunnerSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._frontends: dict[str, bool] = {}
        self._locks = DockerLocks(connection, settings.runner_dir / "image-locks")

    def build(self, build: BuildInput, log: Log) -> BuiltImage:
        """
        Make the image of a build unless it is there already; equal builds at the same time do the work once.

        Raises: BuildFailed.
        """
        try:
            if build.template.needs_dockerfile:
                return self._build_repository(build, log)
            return self._build_dependencies(build, log)
        except UnusableDockerfile as error:
            raise BuildFailed(str(error)) from error

    def has(self, image: str) -> bool:
        return self.image_id(image) is not None

    def image_id(self, image: str) -> str | None:
        """The id of an image on this machine, None when it is not there."""
        with docker_errors():
            try:
                return str(self._connection.client.api.inspect_image(image)["Id"])
            except ImageNotFound:
                return None

    def are_limited(self) -> bool:
        """See to it that builds together stay within their limits, where this machine's engine can be made to."""
        if not self._connection.is_local:
            return False
        settings = self._settings
        machine_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        wanted_bytes = settings.builders * settings.build_memory_bytes
        memory_bytes = min(wanted_bytes, round(LARGEST_MEMORY_SHARE * machine_bytes))
        return limit_buildkit(Limits(memory_bytes=memory_bytes, cpus=settings.builders * settings.build_cpus))

    def require_base_image(self, log: Log) -> None:
        """Pull the base image where it is one to pull. Raises: BuildFailed."""
        base = self._settings.base_image
        if self.has(base):
            return
        is_made_here = base.partition(":")[0] == BASE_IMAGE_MADE_HERE
        if is_made_here or not self._pull(base, log, PULL_TIMEOUT_SECONDS):
            raise BuildFailed(
                f"the base image {base} is not on this machine: run `make base-image`, or name one to pull in "
                "SPACEPORT_BASE_IMAGE"
            )

    def _build_dependencies(self, build: BuildInput, log: Log) -> BuiltImage:
        image = f"{DEPENDENCIES_REPOSITORY}:{build.request.deps_hash}"
        with build_lock(self._settings.runner_dir / "locks", image, log):
            is_new = build.request.no_cache or not self.has(image)
            if is_new:
                self._install(build, image, log)
            else:
                log("Dependencies have not changed: nothing to install")
            return BuiltImage(image=image, installed=is_new, lock=self._locks.of(image))

    def _install(self, build: BuildInput, image: str, log: Log) -> None:
        dockerfile = build.template.dockerfile_path
        if not dockerfile.is_file():
            raise BuildFailed(
                f"the template {build.template.name!r} has no Dockerfile: the docker engine cannot build it"
            )
        self.require_base_image(log)
        available = base_python_versions(self._connection, self._settings.base_image, owner_of(self._settings))
        require_python(build.request.python_version, available, "the base image", log)
        mounts = self._step_mounts()
        secrets = mounts.secrets
        if mirror := self._settings.packages.debian_mirror:
            target = "/run/secrets/spaceport_debian_mirror"
            secrets += (BuildSecret("spaceport_debian_mirror", target, content=mirror),)
        text = template_dockerfile(dockerfile.read_text(), mounts)
        parent = sources_dir(self._settings)
        with template_context(
            build.source,
            build.request,
            build.template,
            text,
            secrets,
            parent,
            log,
            self._settings.preload_limit_bytes,
        ) as context:
            self._run_build(build, image, context, {"BASE_IMAGE": self._settings.base_image}, {}, log)

    def _build_repository(self, build: BuildInput, log: Log) -> BuiltImage:
        written = read_user_dockerfile(build.source)
        arguments = build_arguments(written, build.request.variables)
        image = repository_image(build.request, arguments)
        with build_lock(self._settings.runner_dir / "locks", image, log):
            if not build.request.no_cache and self.has(image):
                log("The image of this commit is there already: nothing to build")
                return BuiltImage(image=image, installed=False)
            for required in required_images(written, self._settings.base_image, arguments):
                self._require_image(required, log)
            mounts = self._step_mounts()
            text = user_dockerfile(
                written,
                mounts,
                base_image=self._settings.base_image,
                cache_scope=f"space-{build.request.space_id}",
                keep_syntax=self._has_frontend(wanted_frontend(written), log),
            )
            secrets = open_secrets(self._settings, build.request.sealed_secrets)
            with repository_context(build.source, text, mounts.secrets, sources_dir(self._settings)) as context:
                self._run_build(build, image, context, arguments, secrets, log)
        return BuiltImage(image=image, installed=True)

    def _require_image(self, image: str, log: Log) -> None:
        if image == self._settings.base_image:
            self.require_base_image(log)
        elif "$" not in image and not self.has(image) and not self._pull(image, log, PULL_TIMEOUT_SECONDS):
            raise BuildFailed(
                f"the Dockerfile needs the image {image}, which is not on this machine and cannot be pulled: "
                f"use another image (spaceport/base is here), or ask the operator to provide it"
            )

    def _has_frontend(self, frontend: str | None, log: Log) -> bool:
        """Whether a frontend is here or can be pulled; asked once, because a registry that is away answers slowly."""
        if frontend is None:
            return False
        if frontend not in self._frontends:
            here = self.has(frontend) or self._pull(frontend, log, FRONTEND_PULL_TIMEOUT_SECONDS)
            self._frontends[frontend] = here
            if not here:
                log(f"[Spaceport] {frontend} cannot be pulled: building without the '# syntax' line")
        return self._frontends[frontend]

    def _pull(self, image: str, log: Log, timeout_seconds: float) -> bool:
        log(f"[Spaceport] pulling {image}")
        try:
            command = [build_cli(), "pull", "--quiet", image]
            code = run_streaming(command, log, cwd=Path("/"), env=docker_environment(), timeout_seconds=timeout_seconds)
        except BuildFailed as error:
            log(f"[Spaceport] {error}")
            return False
        return code == 0

    def _step_mounts(self) -> StepMounts:
        folder = self._settings.packages.find_links
        wheels = wheels_tag(folder) if folder is not None and folder.is_dir() else None
        if folder is not None and wheels is not None:
            with build_lock(self._settings.runner_dir / "locks", wheels, lambda line: None):
                ensure_wheels_image(self._connection, folder, wheels)
        return step_mounts(self._settings.packages, wheels)

    def _run_build(
        self,
        build: BuildInput,
        image: str,
        context: BuildContext,
        arguments: Mapping[str, str],
        secrets: Mapping[str, str],
        log: Log,
    ) -> None:
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        cached = CachedSteps()

        def note(line: str) -> None:
            tail.append(line)
            if cached.told_by(line):
                log("CACHED")
            elif (text := readable_line(line)) is not None:
                log(text)

        self.are_limited()
        command = build_command(build_cli(), build.request, image, context, arguments, secrets)
        environment = docker_environment() | {_variable_of(name): value for name, value in secrets.items()}
        code = run_streaming(command, note, cwd=context.folder, env=environment)
        if code != 0:
            raise BuildFailed(*_why(list(tail), code))


def repository_image(request: BuildRequest, arguments: Mapping[str, str]) -> str:
    """
    The image of a user's Dockerfile: named for Space, commit and build arguments.

    Source: https://docs.docker.com/reference/cli/docker/image/tag/ (what a name may contain)
    """
    space = re.sub(r"[^a-z0-9]+", "-", request.space_id.lower()).strip("-")
    parts = [request.sha[:SHA_LENGTH]]
    if anew := request.deps_hash.partition("-")[2]:
        # What is made anew (see ``deps_hash`` of the planner) must not take the place of an image that may be needed.
        parts.append(anew)
    if arguments:
        digest = hashlib.sha256(json.dumps(sorted(arguments.items())).encode()).hexdigest()
        parts.append(digest[:ARGUMENTS_LENGTH])
    return f"spaceport/space-{space}:{'-'.join(parts)}"


def build_command(
    cli: str,
    request: BuildRequest,
    image: str,
    context: BuildContext,
    arguments: Mapping[str, str],
    secrets: Iterable[str],
) -> list[str]:
    """
    The command line of one build. Without ``--pull``: what is on this machine is used as it is.

    ``secrets`` are names; their values are in the environment of the program, which hands them to the builder.
    """
    command = [cli, "build", "--progress", "plain", "--tag", image, "--file", str(context.dockerfile)]
    command += ["--label", f"spaceport.build={request.build_id}"]
    for name, value in arguments.items():
        command += ["--build-arg", f"{name}={value}"]
    for name in secrets:
        command += ["--secret", f"id={name},env={_variable_of(name)}"]
    # Later ones count: what the operator's network needs is not for a Space to replace.
    for secret, path in context.secrets.items():
        command += ["--secret", f"id={secret},src={path}"]
    if request.no_cache:
        command.append("--no-cache")
    return [*command, str(context.folder)]


def _variable_of(secret: str) -> str:
    """Where the program finds the value; the prefix keeps names such as PATH from changing what it does."""
    return f"SPACEPORT_BUILD_SECRET_{secret}"


def _why(tail: list[str], code: int) -> tuple[str, int]:
    """Message and exit code for a build that failed."""
    step_code = exit_code_in(tail)
    if step_code == KILLED_EXIT_CODE:
        return "out of memory: a step of the build was killed", KILLED_EXIT_CODE
    if step_code is None:
        return "the image could not be built, the log says why", code
    return f"a step of the build ended with exit code {step_code}", step_code
