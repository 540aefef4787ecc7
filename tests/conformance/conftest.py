"""One rig per engine: everything that the conformance suite needs to build, start and look at instances."""

import json
import os
import shutil
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from spaceport_runner.contract import BuildRequest, InstanceSpec, Limits
from spaceport_runner.engines import fake_app
from spaceport_runner.engines.engine import BuildInput, BuiltImage, Engine, EngineError, Mounted, Observed
from spaceport_runner.log_file import log_parts
from spaceport_runner.sealing import Sealer, sealing_key
from spaceport_runner.settings import PackageSources, RunnerSettings
from spaceport_runner.template import Template, load_template

REPO = Path(__file__).resolve().parents[2]
MIB = 1024**2
T = TypeVar("T")
#: Tags under which the base image of the docker engine may be found on a machine that runs the tests.
BASE_IMAGES = ("spaceport/base", "spaceport/base:test")

TEMPLATE = """
sdk = "gradio"
title = "Test"
default_app_file = "app.py"
dependency_files = ["requirements.txt", "pre-requirements.txt", "packages.txt"]
command = ["python", "{app_file}"]

[environment]
PYTHONUNBUFFERED = "1"
FROM_TEMPLATE = "template"
OVERRIDDEN = "template"
"""


def packages_of_this_machine() -> PackageSources:
    """Where this machine gets its packages from, as its environment says."""
    ca_bundle = os.environ.get("SSL_CERT_FILE")
    find_links = os.environ.get("PIP_FIND_LINKS")
    return PackageSources(
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
        index_url=os.environ.get("UV_DEFAULT_INDEX"),
        find_links=Path(find_links) if find_links and Path(find_links).is_dir() else None,
    )


def make_engine(kind: str, settings: RunnerSettings) -> Engine:
    """The engine of that kind; skips the test where it cannot work."""
    if kind == "fake":
        from spaceport_runner.engines.fake import FakeEngine

        return FakeEngine(settings)
    if kind == "docker":
        return make_docker_engine(settings)
    from spaceport_runner.engines.sandbox import SandboxEngine

    if kind == "sandbox-bubblewrap" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    return SandboxEngine(settings, bubblewrap=kind == "sandbox-bubblewrap")


def make_docker_engine(settings: RunnerSettings) -> Engine:
    docker = pytest.importorskip("spaceport_runner.engines.docker")
    for image in BASE_IMAGES:
        try:
            engine: Engine = docker.DockerEngine(replace(settings, base_image=image))
            if engine.has_image(image):
                return engine
            engine.close()
        except EngineError as error:
            pytest.skip(f"no Docker Engine: {error}")
    pytest.skip("no base image: make base-image")


@dataclass
class Rig:
    """An engine with a folder of its own, and shortcuts to build and start the fake app on it."""

    kind: str
    settings: RunnerSettings
    engine: Engine
    template: Template
    folder: Path
    started: list[str] = field(default_factory=list)
    built: list[str] = field(default_factory=list)

    def source(self, files: dict[str, str] | None = None, **plan: Any) -> Path:
        """A commit: the fake app as ``app.py``, its ``fake.json`` made of ``plan``, and ``files``."""
        folder = self.folder / "sources" / uuid.uuid4().hex
        folder.mkdir(parents=True)
        shutil.copy(fake_app.__file__, folder / "app.py")
        (folder / "fake.json").write_text(json.dumps(plan))
        for name, text in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    def build_input(self, source: Path, **changes: Any) -> BuildInput:
        values: dict[str, Any] = {
            "build_id": uuid.uuid4().hex,
            "attempt": 1,
            "space_id": "space-1",
            "space_name": "admin/test",
            "sha": uuid.uuid4().hex + "00000000",
            "sdk": "gradio",
            "template": self.template.name,
            "sdk_version": None,
            "python_version": None,
            "app_file": "app.py",
            "app_port": 7860,
            "deps_hash": f"conformance-{self.kind}",
            "source_url": "http://127.0.0.1/none",
            "source_token": "none",
            "deadline_seconds": 300,
            **changes,
        }
        limits = Limits(memory_bytes=self.settings.build_memory_bytes, cpus=2.0, pids=1024)
        return BuildInput(BuildRequest(**values), self.template, source, limits)

    def build(self, source: Path, log: Callable[[str], None] = lambda line: None, **changes: Any) -> BuiltImage:
        built = self.engine.build(self.build_input(source, **changes), log)
        self.built.append(built.image)
        return built

    def spec(self, image: str, **changes: Any) -> InstanceSpec:
        values: dict[str, Any] = {
            "instance_id": f"i-{uuid.uuid4().hex[:12]}",
            "space_id": "space-1",
            "space_name": "admin/test",
            "release_id": "release-1",
            "generation": 1,
            "sdk": "gradio",
            "template": self.template.name,
            "image": image,
            "sha": "a" * 40,
            "source_url": "http://127.0.0.1/none",
            "source_token": "none",
            "app_file": "app.py",
            "app_port": 7860,
            "environment": {},
            "limits": Limits(memory_bytes=512 * MIB, cpus=1.0, pids=256),
            "start_timeout_seconds": 30,
            **changes,
        }
        return InstanceSpec(**values)

    def sealed(self, secrets: dict[str, str]) -> dict[str, str]:
        """Secrets as a platform with the same data folder seals them."""
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        sealer = Sealer(sealing_key(self.settings.data_dir))
        return {name: sealer.seal(value) for name, value in secrets.items()}

    def log_path(self, spec: InstanceSpec) -> Path:
        return self.settings.data_dir / "logs" / "run" / spec.space_id / f"{spec.instance_id}.log"

    def start(
        self, source: Path, image: str | None = None, mounted: Sequence[Mounted] = (), **changes: Any
    ) -> InstanceSpec:
        spec = self.spec(image or self.build(source).image, **changes)
        self.started.append(spec.instance_id)
        self.engine.start(spec, self.template, source, self.log_path(spec), mounted)
        self.engine.follow_logs(spec.instance_id, self.log_path(spec))
        return spec

    def reopen(self) -> None:
        """A new Engine object, as after a restart of the runner."""
        self.engine.close()
        self.engine = make_engine(self.kind, self.settings)

    def seen(self, spec: InstanceSpec) -> Observed:
        observed = self.engine.inspect(spec.instance_id)
        assert observed is not None
        return observed

    def address(self, spec: InstanceSpec) -> str:
        observed = self.seen(spec)
        return f"http://{observed.host}:{observed.port}"

    def ask(self, spec: InstanceSpec, path: str = "/", timeout_seconds: float = 5) -> dict[str, Any]:
        return ask(self.address(spec) + path, timeout_seconds)

    def answer(self, spec: InstanceSpec) -> dict[str, Any]:
        """What the app says of itself, as soon as it answers."""

        def answered() -> dict[str, Any] | None:
            observed = self.engine.inspect(spec.instance_id)
            assert observed is not None
            assert observed.is_alive, f"the app ended:\n{self.log_text(spec)}"
            try:
                return self.ask(spec)
            except OSError:
                return None

        return wait_for(answered, seconds=30)

    def computes(self, spec: InstanceSpec) -> bool:
        """Whether a Gradio app is up."""
        assert self.seen(spec).is_alive, f"the app ended:\n{self.log_text(spec)}"
        try:
            self.predict(spec, "anybody")
        except OSError:
            return False
        return True

    def predict(self, spec: InstanceSpec, text: str) -> Any:
        """The first output of a Gradio app's function ``predict``."""
        url = f"{self.address(spec)}/gradio_api/call/predict"
        body = json.dumps({"data": [text]}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            event = json.load(response)["event_id"]
        with urllib.request.urlopen(f"{url}/{event}", timeout=10) as response:
            lines = response.read().decode().splitlines()
        return json.loads(lines[lines.index("event: complete") + 1].removeprefix("data: "))[0]

    def log_lines(self, spec: InstanceSpec) -> list[str]:
        """The log's lines without their times."""
        lines: list[str] = []
        for part in log_parts(self.log_path(spec)):
            lines += part.read_text(errors="replace").splitlines()
        return [line.partition(" ")[2] for line in lines]

    def log_text(self, spec: InstanceSpec) -> str:
        return "\n".join(self.log_lines(spec))

    def clean(self) -> None:
        for instance_id in self.started:
            self.engine.stop(instance_id, 0)
        for image in set(self.built):
            self.engine.remove_image(image)
        self.engine.close()


def ask(url: str, timeout_seconds: float = 5) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=timeout_seconds) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def wait_for(question: Callable[[], T | None], seconds: float = 15) -> T:
    """The first answer that is true, asked often for at most that long."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := question():
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s"
        threading.Event().wait(0.02)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A template without any requirement of its own; builds as the Gradio template does."""
    folder = tmp_path_factory.mktemp("templates") / "conformance"
    shutil.copytree(REPO / "templates" / "gradio", folder)
    (folder / "template.toml").write_text(TEMPLATE)
    return load_template(folder)


REAL_ENGINES = (
    "sandbox-plain",
    pytest.param("sandbox-bubblewrap", marks=pytest.mark.bubblewrap),
    pytest.param("docker", marks=pytest.mark.docker),
)


@pytest.fixture(params=["fake", *REAL_ENGINES])
def rig(request: pytest.FixtureRequest, tmp_path: Path, template: Template) -> Iterator[Rig]:
    """Each engine."""
    with opened_rig(request.param, tmp_path, template) as rig:
        yield rig


@pytest.fixture(params=REAL_ENGINES)
def real_rig(request: pytest.FixtureRequest, tmp_path: Path, template: Template) -> Iterator[Rig]:
    """Each engine that runs the commit's own app."""
    with opened_rig(request.param, tmp_path, template) as rig:
        yield rig


@contextmanager
def opened_rig(kind: str, folder: Path, template: Template) -> Iterator[Rig]:
    settings = RunnerSettings(
        runner_id=f"test-{uuid.uuid4().hex[:8]}",
        data_dir=folder / "data",
        templates_dir=template.path.parent,
        redis_url="redis://127.0.0.1:1/0",
        log_limit_bytes=2 * MIB,
        packages=packages_of_this_machine(),
    )
    rig = Rig(kind, settings, make_engine(kind, settings), template, folder)
    try:
        yield rig
    finally:
        rig.clean()
