"""Figures of a container that goes away while it is asked about."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spaceport_runner.engines.docker import DockerEngine
from spaceport_runner.settings import RunnerSettings


class Answers(BaseHTTPRequestHandler):
    """A Docker Engine that knows its version and says nothing about figures."""

    def do_GET(self) -> None:
        body = json.dumps({"ApiVersion": "1.41"}).encode() if self.path.endswith("/version") else b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def docker_host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"tcp://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_container_removed_in_the_middle_of_the_question_has_no_figures(
    docker_host: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_host)
    engine = DockerEngine(RunnerSettings("test", data_dir=tmp_path, templates_dir=tmp_path, redis_url=""))
    try:
        assert engine.stats("gone") is None
    finally:
        engine.close()
