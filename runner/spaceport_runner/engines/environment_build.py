"""Make one Python environment: uv and the build scripts of packages, in a sandbox where there is one."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from uv import find_uv_bin

from spaceport_runner.contract import Limits
from spaceport_runner.engines import compile_wheels
from spaceport_runner.engines.bubblewrap import BUILDER_UID, Machine, Sandbox, sandboxed
from spaceport_runner.engines.cgroups import Cgroup, build_cgroup
from spaceport_runner.engines.engine import BuildFailed, BuildInput
from spaceport_runner.engines.install_plan import (
    PRE_REQUIREMENTS_FILE,
    REQUIREMENTS_FILE,
    Places,
    build_environment,
    install_steps,
    refers_to_files,
)
from spaceport_runner.engines.instance_folder import give_to
from spaceport_runner.engines.instances_on_disk import base_python
from spaceport_runner.engines.processes import run_streaming
from spaceport_runner.lock import install_files
from spaceport_runner.settings import PackageSources
from spaceport_runner.template_requirements import template_requirements

PACKAGES_FILE = "packages.txt"
TEMPLATE_REQUIREMENTS = "template-requirements.txt"
#: Beside the folder of packages: builds are laid out here.
PREPARING = "preparing"

Log = Callable[[str], None]


@dataclass(frozen=True)
class EnvironmentBuild:
    """
    Calling it makes an environment and gives its resolved requirements.

    ``machine`` is None where builds run without walls. A build inside walls sees the folder ``packages`` and the
    places in it, under their own names, and has a user of its own.
    """

    sources: PackageSources
    machine: Machine | None

    def __call__(self, build: BuildInput, places: Places, packages: Path, log: Log) -> list[str]:
        """Raises: BuildFailed; everything that was started has ended then, whatever the exception."""
        group = build_cgroup(f"{build.request.build_id}-{build.request.attempt}", build.limits)
        try:
            return self._make(build, places, packages, log, group)
        finally:
            if group is not None:
                group.remove()

    def _make(self, build: BuildInput, places: Places, packages: Path, log: Log, group: Cgroup | None) -> list[str]:
        requirements = self._prepare(build, places, packages, log)
        uv = find_uv_bin()
        run = _Runner(self, places, packages, build.limits, log, group)
        log("Preparing a Python environment")
        run(
            [uv, "venv", "--quiet", "--relocatable", "--no-project", "--python", base_python(), str(places.environment)]
        )
        steps = install_steps(uv, places, requirements, build.request.lock, build.request.no_cache)
        for step in steps:
            log(f"Installing: {', '.join(_shown(step, places))}")
            run(step)
        if not steps:
            return []
        log("Compiling what is new")
        site_packages = next((places.environment / "lib").glob("python*/site-packages"))
        script = Path(compile_wheels.__file__)
        run([str(places.python), "-I", str(script), str(places.cache), str(packages / "compiled"), str(site_packages)])
        lock: list[str] = []
        run([uv, "pip", "freeze", "--quiet", "--python", str(places.python)], lock.append)
        return lock

    def _prepare(self, build: BuildInput, places: Places, packages: Path, log: Log) -> Path | None:
        """
        Lay out folders and the files that installing reads; gives the file of the template's requirements.

        Done where no build can write, and moved into place as a whole: builds share the folder of packages, and a link
        planted there would lead what is written here, often by root, to any file of the machine.
        """
        making = places.environment.parent
        inside = preparing(places, packages)
        prepared = inside.environment.parent
        shutil.rmtree(prepared, ignore_errors=True)
        for folder in (places.cache, inside.scratch):
            folder.mkdir(parents=True, exist_ok=True)
        copy_for_installing(build.source, inside.source)
        if (build.source / PACKAGES_FILE).is_file():
            log(f"{PACKAGES_FILE} is not installed: the sandbox engine has the Debian packages of its machine only")
        lines = template_requirements(build.template, build.request, _own_requirements(inside.source))
        inside.beside(TEMPLATE_REQUIREMENTS).write_text("".join(f"{line}\n" for line in lines))
        for name, text in install_files(build.request.lock).items():
            inside.beside(name).write_text(text)
        if self.machine is not None and self.machine.is_root:
            _own(packages, inside)
        making.parent.mkdir(exist_ok=True)
        prepared.rename(making)
        return places.beside(TEMPLATE_REQUIREMENTS) if lines else None

    def wrapped(self, argv: list[str], places: Places, packages: Path) -> list[str]:
        """A command with walls around it, where there are any."""
        if self.machine is None:
            return argv
        read_only = {Path(find_uv_bin()), Path(compile_wheels.__file__)}
        read_only |= {path for path in (self.sources.ca_bundle, self.sources.find_links) if path and path.exists()}
        shown = tuple((path, str(path)) for path in sorted(read_only) if not path.is_relative_to("/usr"))
        sandbox = Sandbox(
            read_only=tuple(pair for pair in shown if not pair[0].is_relative_to("/etc/ssl")),
            writable=((packages, str(packages)),),
            cwd=str(places.source),
            uid=BUILDER_UID,
        )
        return sandboxed(argv, sandbox, self.machine)


@dataclass(frozen=True)
class _Runner:
    """Runs the steps of one build; a step that fails ends it."""

    maker: EnvironmentBuild
    places: Places
    packages: Path
    limits: Limits
    log: Log
    group: Cgroup | None

    def __call__(self, argv: list[str], log: Log | None = None) -> None:
        code = run_streaming(
            self.maker.wrapped(argv, self.places, self.packages),
            log or self._log_for_people,
            cwd=self.places.source,
            env=build_environment(self.places, self.maker.sources, os.environ),
            memory_bytes=self.limits.memory_bytes,
            group=self.group,
        )
        if code != 0:
            raise BuildFailed(f"{Path(argv[0]).name} ended with exit code {code}", exit_code=code)

    def _log_for_people(self, line: str) -> None:
        """Where this machine keeps things is nobody's business."""
        if not line.startswith("Using Python "):
            line = line.replace(f"{self.places.source}/", "").replace(str(self.places.source), ".")
            self.log(line.replace(f"{self.packages}/", ""))


def preparing(places: Places, packages: Path) -> Places:
    """Where the places of a build are before it begins: beside ``packages``, which its steps may write to. Pure."""
    making = places.environment.parent
    before = packages.with_name(PREPARING) / making.name

    def moved(path: Path) -> Path:
        return before / path.relative_to(making)

    return replace(
        places, environment=moved(places.environment), source=moved(places.source), scratch=moved(places.scratch)
    )


def copy_for_installing(source: Path, target: Path) -> None:
    """A copy of what installing reads, which build scripts may write to: all of it only when it is asked for."""
    files = [name for name in (REQUIREMENTS_FILE, PRE_REQUIREMENTS_FILE) if (source / name).is_file()]
    if any(refers_to_files((source / name).read_text(errors="replace")) for name in files):
        shutil.copytree(source, target, symlinks=True)
        return
    target.mkdir(parents=True)
    for name in files:
        shutil.copyfile(source / name, target / name)


def _own_requirements(source: Path) -> str:
    file = source / REQUIREMENTS_FILE
    return file.read_text(errors="replace") if file.is_file() else ""


def _own(packages: Path, places: Places) -> None:
    """Everything that a build writes to belongs to the user of builds, also what was made without walls before."""
    if packages.stat().st_uid != BUILDER_UID:
        give_to(packages, BUILDER_UID)
    give_to(places.environment.parent, BUILDER_UID)


def _shown(step: list[str], places: Places) -> list[str]:
    """A step as people read it: which files are installed, not where this machine keeps things."""
    files = [Path(part) for flag, part in pairwise(step) if flag == "-r"]
    return [file.name for file in files if file.parent in (Path(), places.environment.parent)]
