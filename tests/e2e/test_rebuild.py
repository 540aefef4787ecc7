"""Building again: without cache, and with the versions that worked."""

import socket
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, wait_for
from tests.e2e.quick_app import QUICK_APP
from tests.e2e.test_road import builds_of

pytestmark = pytest.mark.timeout(600)


class Index:
    """A package index with one package, whose next version breaks the app."""

    def __init__(self, folder: Path, host: str) -> None:
        self._files = folder / "simple" / "brittle"
        self._files.mkdir(parents=True)
        handler = partial(_Quiet, directory=str(folder))
        self._server = ThreadingHTTPServer(("0.0.0.0", 0), handler)
        self.url = f"http://{host}:{self._server.server_port}/simple"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, version: str, code: str) -> None:
        info = f"brittle-{version}.dist-info"
        with zipfile.ZipFile(self._files / f"brittle-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("brittle.py", code)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: brittle\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", f"brittle.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
        links = [f'<a href="{path.name}">{path.name}</a>' for path in sorted(self._files.glob("*.whl"))]
        (self._files / "index.html").write_text("<!doctype html>" + "".join(links))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def index(platform: Platform, tmp_path: Path) -> Iterator[Index]:
    """Reachable from where the engine builds."""
    host = "127.0.0.1"
    if platform.engine == "docker":
        addresses = psutil.net_if_addrs()["docker0"]
        host = next(each.address for each in addresses if each.family is socket.AF_INET)
    index = Index(tmp_path / "index", host)
    yield index
    index.close()


def log_of_newest(platform: Platform, space: str) -> str:
    (build, *_) = builds_of(platform, space)
    return (platform.data_dir / "logs" / "build" / f"{build['id']}.log").read_text()


def wait_for_builds(platform: Platform, space: str, count: int) -> None:
    """So many builds, all of them over, and what came of them has settled."""

    def is_over() -> bool:
        builds = builds_of(platform, space)
        return len(builds) == count and all(build["status"] in ("succeeded", "failed") for build in builds)

    wait_for(is_over, 180, f"{count} builds are over")
    platform.wait_for_stage(space, "RUNNING")


def test_a_rebuild_that_breaks_an_app_is_mended_by_one_with_the_versions_that_worked(
    workshop: Workshop, index: Index
) -> None:
    platform = workshop.platform
    space, repo = workshop.space("brittle")
    index.publish("1.0", "def greet(name):\n    return f'Hello, {name}!'\n")
    repo.copy_sample("hello-gradio").write(
        requirements__txt=f"--extra-index-url {index.url}\nbrittle\n",
        app__py=f"import brittle\n{QUICK_APP}",
    )
    repo.commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    assert "brittle==1.0" in log_of_newest(platform, space)

    index.publish("2.0", "raise ImportError('brittle 2 needs what nobody has')\n")
    platform.api("POST", f"/api/spaces/{space}/restart?factory=true")
    wait_for_builds(platform, space, 2)
    log = log_of_newest(platform, space)
    assert "brittle==2.0" in log
    assert "CACHED" not in log
    assert "nothing to install" not in log
    wait_for(lambda: "nobody has" in platform.runtime(space).get("errorMessage", ""), 120, "its failure is told")
    assert platform.visit(space, "/config").status_code == 200

    answer = platform.api("POST", f"/api/spaces/{space}/restart?locked=true")
    assert answer.status_code == 200, answer.text
    wait_for_builds(platform, space, 3)
    assert "brittle==1.0" in log_of_newest(platform, space)
    wait_for(lambda: not platform.runtime(space).get("errorMessage"), 120, "the new release serves")

    # The next push goes on with what works.
    repo.write(app__py=(repo.folder / "app.py").read_text() + "# changed\n").commit_and_push()
    wait_for_builds(platform, space, 4)
    assert "nothing to install" in log_of_newest(platform, space)
    wait_for(lambda: platform.runtime(space).get("sha") == builds_of(platform, space)[0]["sha"], 120, "it serves")
    assert platform.visit(space, "/config").status_code == 200
