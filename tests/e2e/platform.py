"""A whole Spaceport for end-to-end tests: real processes, a folder of its own, ports of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from tests.e2e.quick_app import write_quick_app

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "spaces"
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], T | None], timeout_seconds: float, what: str) -> T:
    """The first true answer of ``condition``; an error naming ``what`` when there is none in time."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout_seconds} s")
        select_nothing(0.05)


def select_nothing(seconds: float) -> None:
    """Let other processes run between two looks at a condition."""
    import select

    select.select([], [], [], seconds)


@dataclass
class Platform:
    """``spaceport up`` on one engine."""

    data_dir: Path
    engine: str
    extra_environment: dict[str, str] = field(default_factory=dict)
    hub_port: int = field(default_factory=free_port)
    apps_port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    name = "admin"
    password = "correct horse battery"

    @property
    def hub(self) -> str:
        return f"http://127.0.0.1:{self.hub_port}"

    @property
    def environment(self) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SPACEPORT_", "HF_"))}
        return clean | {
            "SPACEPORT_DATA_DIR": str(self.data_dir),
            "SPACEPORT_HUB_PORT": str(self.hub_port),
            "SPACEPORT_APPS_PORT": str(self.apps_port),
            "SPACEPORT_ADMIN_PASSWORD": self.password,
            "SPACEPORT_ENGINE": self.engine,
            "SPACEPORT_RUNNER_ID": f"test{self.hub_port}",
            **self.extra_environment,
        }

    def start(self, *arguments: str) -> None:
        output = open(self.data_dir.parent / f"{self.data_dir.name}.out", "w")  # noqa: SIM115 handed to the process
        with output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "spaceport", "up", *(arguments or ("--no-samples",))],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        wait_for(self._is_up, 90, "Spaceport starts")

    @property
    def output(self) -> str:
        return (self.data_dir.parent / f"{self.data_dir.name}.out").read_text()

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"spaceport up ended with {self.process.returncode}: {self.output}"
        try:
            hub = httpx.get(f"{self.hub}/healthz", timeout=2).status_code == 200
            gateway = httpx.get(f"http://127.0.0.1:{self.apps_port}/_spaceport/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False
        return hub and gateway and "engine    " in self.output

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=90)

    @property
    def token(self) -> str:
        text = (self.data_dir / "admin-credentials.txt").read_text()
        return re.search(r"^token=(\S+)$", text, re.MULTILINE).group(1)  # type: ignore[union-attr]

    def pid_of(self, name: str) -> int:
        """The process of that name started last."""
        import json

        return int(json.loads((self.data_dir / "processes.json").read_text())[name][0])

    def kill(self, name: str) -> int:
        """Kill -9 one of the processes; returns the pid it had."""
        pid = self.pid_of(name)
        psutil.Process(pid).kill()
        return pid

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return httpx.request(method, f"{self.hub}{path}", headers=headers, timeout=30, **options)

    def create_space(self, name: str, sdk: str = "gradio", private: bool = False) -> str:
        """Returns ``owner/name``."""
        answer = self.api(
            "POST", "/api/repos/create", json={"name": name, "type": "space", "sdk": sdk, "private": private}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["name"])

    def info(self, space: str) -> dict[str, Any]:
        answer = self.api("GET", f"/api/spaces/{space}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def runtime(self, space: str) -> dict[str, Any]:
        """Empty while the hub does not answer."""
        try:
            return dict(self.api("GET", f"/api/spaces/{space}/runtime").json())
        except httpx.TransportError:
            return {}

    def wait_for_stage(self, space: str, *stages: str, timeout_seconds: float = 180) -> dict[str, Any]:
        """The runtime once the stage is one of these."""

        failed_looks = 0

        def look() -> dict[str, Any] | None:
            nonlocal failed_looks
            runtime = self.runtime(space)
            failed_looks = failed_looks + 1 if str(runtime.get("stage", "")).endswith("_ERROR") else 0
            return runtime if runtime.get("stage") in stages or failed_looks > 40 else None

        try:
            runtime = wait_for(look, timeout_seconds, f"{space} becomes {stages}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.runtime(space)}") from None
        assert runtime["stage"] in stages, runtime
        return runtime

    def visit(self, space: str, path: str = "/", **options: Any) -> httpx.Response:
        """A request as a program sends it, at the address that needs no name resolution."""
        host = self.info(space)["host"]
        return httpx.get(f"{host}{path}", timeout=30, **options)

    def remote(self, space: str, user: str = "admin", token: str | None = None) -> str:
        return f"http://{user}:{token or self.token}@127.0.0.1:{self.hub_port}/spaces/{space}"


class Repo:
    """A working copy, driven with the real git."""

    def __init__(self, folder: Path, remote: str) -> None:
        self.folder = folder
        self._remote = remote
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", remote)

    def copy_sample(self, name: str) -> "Repo":
        shutil.copytree(SAMPLES / name, self.folder, dirs_exist_ok=True)
        return self

    def quick_app(self) -> "Repo":
        write_quick_app(self.folder, SAMPLES)
        return self

    def write(self, **files: str) -> "Repo":
        """Files by name; ``__`` in a name stands for a dot."""
        for name, text in files.items():
            path = self.folder / name.replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return self

    def commit(self, message: str = "change") -> str:
        self.git("add", "--all")
        self.git("-c", "user.name=Test", "-c", "user.email=t@localhost", "commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").stdout.strip()

    def push(self, *arguments: str, force: bool = True, check: bool = True) -> subprocess.CompletedProcess[str]:
        flags = ["--force"] if force else []
        return self.git("push", *flags, "origin", *(arguments or ("main",)), check=check)

    def commit_and_push(self, *arguments: str) -> str:
        sha = self.commit()
        self.push(*arguments)
        return sha

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert not check or done.returncode == 0, f"git {arguments[0]}: {done.stdout}{done.stderr}"
        return done


@contextmanager
def running_platform(data_dir: Path, engine: str, **environment: str) -> Iterator[Platform]:
    platform = Platform(data_dir, engine, environment)
    platform.start()
    try:
        yield platform
    finally:
        platform.stop()
