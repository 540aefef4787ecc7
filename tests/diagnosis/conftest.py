"""Failing repos as a user would push them, really built and started by a runner of each engine."""

import hashlib
import io
import json
import re
import shutil
import sys
import tarfile
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.card import Card, read_card
from spaceport_runner.contract import BuildReport, InstanceReport, InstanceSpec, Limits
from spaceport_runner.engines.choose import open_engine
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.template import load_templates
from tests.conformance.conftest import packages_of_this_machine
from tests.integration.runner.conftest import REPO, TOKEN, Hub, RedisServer, Rig, wait_for

from .model_hub import ModelHub

CASES = Path(__file__).parent
MIB = 1024**2
#: Small enough to be used up at once, large enough for what the other repos install.
BUILD_MEMORY_BYTES = 768 * MIB
#: A template without requirements of its own, for repos that plain Python shows to be wrong.
PLAIN_TEMPLATE = """
sdk = "plain"
title = "Plain"
default_app_file = "app.py"
dependency_files = ["requirements.txt", "pre-requirements.txt", "packages.txt"]
command = ["python", "{app_file}"]

[environment]
PYTHONUNBUFFERED = "1"
"""
#: Files beside a repo that nobody pushes.
_NOT_PUSHED = ("expected.toml",)


@dataclass(frozen=True)
class Case:
    """
    A failing repo and what is to be said of it.

    ``fails_at`` is ``build`` or ``start``; ``cause`` and ``suggestion`` are patterns. Limits hold for this repo only.
    """

    name: str
    folder: Path
    fails_at: str
    cause: str
    suggestion: str
    engines: tuple[str, ...] = ("sandbox", "docker")
    template: str = "plain"
    memory_mib: int = 512
    volume_mib: int = 0
    pids: int = 256
    build_seconds: int = 300
    start_seconds: int = 30
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def card(self) -> Card:
        reading = read_card((self.folder / "README.md").read_text())
        assert reading.card is not None, reading.problems
        return reading.card

    @property
    def preload(self) -> tuple[str, ...]:
        return tuple(map(str, self.card.raw.get("preload_from_hub", ())))

    def files(self) -> dict[str, bytes]:
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in found
            if path.name not in _NOT_PUSHED and not path.name.startswith("seen-") and "__pycache__" not in path.parts
        }

    def seen_path(self, engine: str) -> Path:
        """Where the report of a real failure is kept, for the tests that need no engine."""
        return self.folder / f"seen-{engine}.json"


def all_cases() -> list[Case]:
    return [
        Case(path.parent.name, path.parent, **_values(tomllib.loads(path.read_text())))
        for path in sorted(CASES.glob("*/expected.toml"))
    ]


def _values(values: dict[str, Any]) -> dict[str, Any]:
    return values | ({"engines": tuple(values["engines"])} if "engines" in values else {})


@dataclass(frozen=True)
class Failure:
    """What the runner reported of a failed build or start: all that the diagnosis knows."""

    tail: tuple[str, ...]
    exit_code: int | None
    reason: str | None

    def to_json(self) -> str:
        lines = [re.sub(r"https?://[\w.-]+(?::\d+)?(?=/|\b)", _shown_address, line) for line in self.tail[-40:]]
        lines = [line.replace("docker.io/", "").replace(sys.base_prefix, "/usr") for line in lines]
        values = {"reason": self.reason, "exit_code": self.exit_code, "tail": lines}
        return json.dumps(values, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Failure":
        values = json.loads(text)
        return cls(tuple(values["tail"]), values["exit_code"], values["reason"])


def _shown_address(found: re.Match[str]) -> str:
    """Logs that are kept name no server but this machine."""
    return found[0] if "127.0.0.1" in found[0] else "https://server.example"


@dataclass
class Breaker:
    """A real runner with the engine ``kind``, told to build and start repos that cannot work."""

    kind: str
    rig: Rig
    models: ModelHub
    images: set[str] = field(default_factory=set)

    def failure_of(self, case: Case) -> Failure:
        build = self._build(case)
        if case.fails_at == "build" and build.state == "failed":
            return Failure(build.tail, build.exit_code, build.reason)
        log = "\n".join(build.tail)
        assert case.fails_at == "start", f"{case.name} was built\n{log}"
        assert build.state == "succeeded", f"{case.name} was not built: {build.reason}\n{log}"
        ended = self._start(case, build)
        return Failure(ended.tail, ended.exit_code, ended.reason)

    def _build(self, case: Case) -> BuildReport:
        files = case.files()
        request = self.rig.request(
            sha=self._commit(files),
            space_id=f"space-{case.name}",
            space_name=f"ada/{case.name}",
            sdk=case.card.sdk,
            template=self._template(case),
            sdk_version=case.card.sdk_version,
            python_version=case.card.python_version,
            app_file=case.card.app_file or "app.py",
            app_port=case.card.app_port or 7860,
            deps_hash=self._deps_hash(case, files),
            deadline_seconds=case.build_seconds,
            preload=case.preload,
            hub_url=self.models.url,
        )
        self.rig.enqueue(request)
        result = self.rig.result(request, seconds=case.build_seconds + 60)
        if result.image:
            self.images.add(result.image)
        self._sha, self._source_url = request.sha, request.source_url
        return result

    def _start(self, case: Case, build: BuildReport) -> InstanceReport:
        spec = InstanceSpec(
            instance_id=f"i-{uuid.uuid4().hex[:12]}",
            space_id=f"space-{case.name}",
            space_name=f"ada/{case.name}",
            release_id="release-1",
            generation=1,
            sdk=case.card.sdk,
            template=self._template(case),
            image=build.image or "",
            sha=self._sha,
            source_url=self._source_url,
            source_token=TOKEN,
            app_file=case.card.app_file or "app.py",
            app_port=case.card.app_port or 7860,
            environment={name: value.replace("{models}", self.models.url) for name, value in case.environment.items()},
            limits=Limits(memory_bytes=case.memory_mib * MIB, cpus=1.0, pids=case.pids),
            start_timeout_seconds=case.start_seconds,
            volume_bytes=case.volume_mib * MIB,
        )
        self.rig.want(spec)

        def ended() -> InstanceReport | None:
            report = self.rig.observed(spec.instance_id)
            return report if report is not None and report.state in ("failed", "exited") else None

        try:
            return wait_for(ended, seconds=case.start_seconds + 60)
        finally:
            self.rig.want(unwanted=(spec.instance_id,))

    def _commit(self, files: dict[str, bytes]) -> str:
        sha = uuid.uuid4().hex + "0" * 8
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        self.rig.hub.commits[sha] = stream.getvalue()
        return sha

    def _template(self, case: Case) -> str:
        return "docker" if case.card.sdk == "docker" else case.template

    def _deps_hash(self, case: Case, files: dict[str, bytes]) -> str:
        """Repos that install nothing share an environment; the others have one each."""
        digest = hashlib.sha256(f"{self.rig.settings.runner_id} {case.template} {case.card.sdk_version}".encode())
        installs = any(name.endswith("requirements.txt") or name == "packages.txt" for name in files)
        for name, content in files.items() if installs else ():
            digest.update(name.encode() + b"\0" + content if name != "app.py" else b"")
        digest.update("".join(case.preload).encode())
        return digest.hexdigest()[:32]

    def clean(self) -> None:
        self.rig.clean()
        if self.kind == "docker":
            engine = open_engine(self.rig.settings)
            for image in self.images:
                engine.remove_image(image)
            engine.close()


@pytest.fixture(scope="session")
def models() -> Iterator[ModelHub]:
    with ModelHub() as models:
        yield models


@pytest.fixture(scope="session")
def breaker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, models: ModelHub
) -> Iterator[Breaker]:
    folder = tmp_path_factory.mktemp(f"diagnosis-{request.param}")
    (folder / "data").mkdir()
    shutil.copytree(REPO / "templates", folder / "templates")
    shutil.copytree(REPO / "templates" / "gradio", folder / "templates" / "plain")
    (folder / "templates" / "plain" / "template.toml").write_text(PLAIN_TEMPLATE)
    assert "plain" in load_templates(folder / "templates")
    (folder / "redis").mkdir()
    server = RedisServer(folder / "redis")
    server.start()
    hub = Hub()
    settings = RunnerSettings(
        runner_id=f"diagnosis-{uuid.uuid4().hex[:8]}",
        data_dir=folder / "data",
        templates_dir=folder / "templates",
        redis_url=server.url,
        engine=request.param,
        builders=1,
        build_memory_bytes=BUILD_MEMORY_BYTES,
        packages=packages_of_this_machine(),
        stop_instances_on_exit=True,
    )
    breaker = Breaker(request.param, Rig(settings, server, server.client(), hub), models)
    with hub.serving():
        breaker.rig.start_runner()
        yield breaker
        breaker.clean()
    breaker.rig.redis.close()
    server.stop()
