"""From ``git push`` to the first answer of the new version, against starting the same app bare."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.e2e.platform import SAMPLES, Platform, Repo, free_port, running_platform, select_nothing, wait_for

ROUNDS = 5
_TIMEOUT_SECONDS = 300


def run(engine: str = "sandbox", rounds: int = ROUNDS) -> dict[str, float]:
    """
    Seconds and ratios.

    ``bare`` is ``python app.py`` of the same app in the environment that Spaceport made for it (the sandbox engine's),
    from the start of the process to its first answer.
    """
    with tempfile.TemporaryDirectory(prefix="spaceport-bench-") as temporary:
        folder = Path(temporary)
        with running_platform(folder / "data", engine) as platform:
            space, repo, first_seconds = _first_push(platform, folder)
            changes = [_code_push(platform, space, repo, number) for number in range(rounds)]
        bare = statistics.median(_bare_start(folder, number) for number in range(rounds))
    code = statistics.median(changes)
    return {
        "bare start, s": bare,
        "first push to live, s": first_seconds,
        "code-only push to new answer, s": code,
        "first push / bare": first_seconds / bare,
        "code-only push / bare": code / bare,
    }


def _first_push(platform: Platform, folder: Path) -> tuple[str, Repo, float]:
    space = platform.create_space("bench")
    repo = Repo(folder / "bench", platform.remote(space)).copy_sample("hello-gradio")
    _label(repo, "version-first")
    return space, repo, _push_and_wait(platform, space, repo, "version-first")


def _code_push(platform: Platform, space: str, repo: Repo, number: int) -> float:
    _label(repo, f"version-{number}")
    return _push_and_wait(platform, space, repo, f"version-{number}")


def _push_and_wait(platform: Platform, space: str, repo: Repo, marker: str) -> float:
    """Seconds from the start of ``git push`` until a visitor gets the version that holds ``marker``."""
    repo.commit(marker)
    url = f"{platform.info(space)['host']}/config"
    started = time.perf_counter()
    repo.push("-o", "nowait", "main")
    wait_for(_answers_with(url, marker), _TIMEOUT_SECONDS, f"{marker} answers")
    return time.perf_counter() - started


def _label(repo: Repo, marker: str) -> None:
    """The label of the text box is in the app's configuration, so a visitor can tell versions apart."""
    source = (SAMPLES / "hello-gradio" / "app.py").read_text()
    (repo.folder / "app.py").write_text(source.replace('label="Name"', f'label="{marker}"'))


def _answers_with(url: str, marker: str) -> Callable[[], bool]:
    def look() -> bool:
        try:
            return marker in httpx.get(url, timeout=10).text
        except httpx.HTTPError:
            return False

    return look


def _bare_start(folder: Path, number: int) -> float:
    """Needs nothing of Spaceport but an installed gradio; its own environment is made once, with byte code."""
    python = _bare_environment(folder)
    work = folder / f"bare-{number}"
    shutil.copytree(SAMPLES / "hello-gradio", work)
    port = free_port()
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    started = time.perf_counter()
    app = subprocess.Popen([python, "app.py"], cwd=work, env=environment, stdout=subprocess.DEVNULL)
    try:
        look = _answers_with(f"http://127.0.0.1:{port}/config", "components")
        while not look():
            if time.perf_counter() - started > _TIMEOUT_SECONDS:
                raise AssertionError("the bare app does not answer")
            select_nothing(0.01)
        return time.perf_counter() - started
    finally:
        app.terminate()
        app.wait(timeout=10)


def _bare_environment(folder: Path) -> str:
    environment = folder / "bare-environment"
    python = environment / "bin" / "python"
    if not python.exists():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "-q", str(environment)], check=True, timeout=60)
        requirements = ["gradio[oauth,mcp]==6.31.0", "spaces"]
        install = [*uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(python), *requirements]
        subprocess.run(install, check=True, timeout=_TIMEOUT_SECONDS)
    return str(python)
