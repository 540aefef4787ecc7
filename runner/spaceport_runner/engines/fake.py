"""
The engine of tests: builds nothing, starts a tiny real server for each instance, and misbehaves when told to.

``fake.json`` in a commit says how its build goes: ``{"build": "fail" | "slow" | "out-of-space", "seconds": 2,
"message": "text", "log_lines": 10}``; how its instance starts is in ``fake_app.py``. A file ``unavailable`` in the
engine's folder makes the engine not answer. Everything is on disk: another object of the same settings goes on with it.
"""

import json
import os
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from spaceport_runner.contract import Capabilities, InstanceSpec
from spaceport_runner.engines import fake_app
from spaceport_runner.engines.app_environment import instance_environment, outside_paths
from spaceport_runner.engines.engine import (
    STOP_GRACE_SECONDS,
    BuildFailed,
    BuildInput,
    BuiltImage,
    EngineUnavailable,
    ImageNotFound,
    Mounted,
    Observed,
    Stats,
    StoredImage,
)
from spaceport_runner.engines.instance_folder import InstanceFolder
from spaceport_runner.engines.instances_on_disk import PACKAGE, InstancesOnDisk, Launch, base_python
from spaceport_runner.engines.volume_mounts import owned_volume
from spaceport_runner.listeners import Listener
from spaceport_runner.secret_values import secrets_of, with_values
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.template import Template

PLAN_FILE = "fake.json"
#: What every build of this engine says it has installed.
FAKE_LOCK = "gradio==6.31.0\n"


class FakeEngine:
    """See ``engine.Engine``. ``can_build_dockerfiles`` is what its capabilities say."""

    name = "fake"

    def __init__(self, settings: RunnerSettings, can_build_dockerfiles: bool = True) -> None:
        self.folder = settings.runner_dir / "fake"
        self._settings = settings
        self._can_build_dockerfiles = can_build_dockerfiles
        self._images = self.folder / "images"
        self._images.mkdir(parents=True, exist_ok=True)
        self._instances = InstancesOnDisk(self.folder / "instances", settings.log_limit_bytes)
        self._instances.remove_interrupted()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            engine=self.name,
            dockerfile=self._can_build_dockerfiles,
            apt_packages=self._can_build_dockerfiles,
            python_versions=("3.11",),
            not_isolated=("nothing is isolated: this engine is for tests",),
        )

    def build(self, build: BuildInput, log: Callable[[str], None]) -> BuiltImage:
        self._check()
        image = f"fake-{build.request.deps_hash}"
        lock = build.request.lock or FAKE_LOCK
        plan = read_plan(build.source)
        log(f"Building {build.request.space_name} at {build.request.sha[:7]}")
        for number in range(int(plan.get("log_lines", 0))):
            log(f"build line {number}")
        _misbehave(plan, log)
        if build.request.no_cache:
            self.remove_image(image)
        try:
            (self._images / image).touch(exist_ok=False)
        except FileExistsError:
            return BuiltImage(image=image, installed=False, lock=lock)
        log("Installed nothing, as ever")
        return BuiltImage(image=image, installed=True, lock=lock)

    def has_image(self, image: str) -> bool:
        self._check()
        return (self._images / image).exists()

    def remove_image(self, image: str) -> None:
        self._check()
        with suppress(FileNotFoundError):
            (self._images / image).unlink()

    def images(self) -> list[StoredImage]:
        self._check()
        return [StoredImage(path.name, path.stat().st_mtime) for path in sorted(self._images.iterdir())]

    def images_bytes(self) -> int:
        self._check()
        return sum(path.stat().st_size for path in self._images.iterdir())

    def freed_bytes(self, images: Collection[str]) -> int:
        self._check()
        return sum(path.stat().st_size for path in self._images.iterdir() if path.name in images)

    def drop_caches(self) -> None:
        self._check()

    def start(
        self,
        spec: InstanceSpec,
        template: Template,
        source: Path,
        log_path: Path,
        mounted: Sequence[Mounted] = (),
    ) -> None:
        if not self.has_image(spec.image):
            raise ImageNotFound(f"the fake engine has no image {spec.image}")
        secrets = secrets_of(self._settings, spec)
        opened = with_values(spec, secrets)
        volume = owned_volume(self._settings.data_dir, spec.space_id, None) if spec.volume_bytes else None

        def launch(folder: InstanceFolder, port: int) -> Launch:
            paths = outside_paths(folder, Path(base_python()).parent.parent, PACKAGE, volume)
            environment = instance_environment(opened, template, paths, port, os.environ)
            environment |= {"SPACEPORT_FAKE_RELEASE": spec.release_id, "SPACEPORT_FAKE_SHA": spec.sha}
            environment["SPACEPORT_FAKE_MOUNTS"] = json.dumps({each.inside: str(each.folder) for each in mounted})
            argv = [base_python(), fake_app.__file__]
            return Launch(argv, environment, folder.app, hidden=tuple(secrets.values()))

        self._instances.start(spec, source, log_path, launch)

    def follow_logs(self, instance_id: str, log_path: Path) -> None:
        self._check()

    def stop(self, instance_id: str, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
        self._check()
        self._instances.stop(instance_id, grace_seconds)

    def freeze(self, instance_id: str) -> None:
        self._check()
        self._instances.freeze(instance_id)

    def thaw(self, instance_id: str) -> None:
        self._check()
        self._instances.thaw(instance_id)

    def inspect(self, instance_id: str) -> Observed | None:
        self._check()
        return self._instances.inspect(instance_id)

    def list(self) -> list[Observed]:
        self._check()
        return self._instances.observe_all()

    def stats(self, instance_id: str) -> Stats | None:
        self._check()
        return self._instances.stats(instance_id)

    def listeners(self, instance_id: str) -> tuple[Listener, ...]:
        return self._instances.listeners(instance_id)

    def close(self) -> None:
        """Nothing is held open."""

    def _check(self) -> None:
        if (self.folder / "unavailable").exists():
            raise EngineUnavailable("the fake engine was told not to answer")


def read_plan(source: Path) -> dict[str, Any]:
    """What a commit tells the fake engine to do."""
    try:
        plan: dict[str, Any] = json.loads((source / PLAN_FILE).read_text())
    except FileNotFoundError:
        return {}
    return plan


def _misbehave(plan: dict[str, Any], log: Callable[[str], None]) -> None:
    match plan.get("build"):
        case "slow":
            log("taking my time")
            threading.Event().wait(float(plan.get("seconds", 5)))
        case "fail":
            log(f"error: {plan.get('message', 'this build fails')}")
            raise BuildFailed("the fake build failed", exit_code=1)
        case "out-of-space":
            log("error: [Errno 28] No space left on device")
            raise BuildFailed("no space left on device", exit_code=1)
