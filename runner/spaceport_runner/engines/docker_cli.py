"""
The ``docker`` program, for the two things the SDK cannot do: builds with BuildKit, and pulls that show progress.

Image builds need BuildKit's secret and cache mounts. The Docker SDK for Python speaks only to the classic builder
(https://github.com/docker/docker-py/issues/2230), so builds go through the program with ``DOCKER_BUILDKIT=1``.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from spaceport_runner.engines.engine import EngineUnavailable

#: Debian's package puts a program with BuildKit inside here; one found earlier on PATH may lack the buildx plugin.
DEBIAN_CLI = Path("/usr/bin/docker")
PROBE_TIMEOUT_SECONDS = 20
#: Characters of a step's command that a build log repeats.
STEP_CHARACTERS = 120

#: Lines about vertices, and at the end of a failed build what was said before: the step's command, its last output.
_ONLY_BUILDKIT = re.compile(r"^(#\d+( |$)|-{6}$| > \[|executor failed running |failed to solve.*did not complete)")


def docker_environment() -> dict[str, str]:
    """What the program needs to know, and nothing of the runner's own secrets."""
    kept = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return environment | {"DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain", "DOCKER_CLI_HINTS": "false"}


@lru_cache(maxsize=1)
def build_cli() -> str:
    """
    The path of a ``docker`` program that can build with BuildKit on this machine.

    Raises: EngineUnavailable when there is none.
    """
    tried = []
    for candidate in _candidates():
        if _can_build(candidate):
            return str(candidate)
        tried.append(str(candidate))
    found = f"{', '.join(tried)} cannot" if tried else "there is none"
    raise EngineUnavailable(
        "building images needs a docker program with BuildKit (Debian's docker.io package, or docker-ce-cli with "
        f"docker-buildx-plugin): {found}"
    )


def readable_line(line: str) -> str | None:
    """
    A line of BuildKit's plain progress as people want to read it; None for what only BuildKit cares about.

    Source: https://github.com/moby/buildkit/blob/master/util/progress/progressui/printer.go
    """
    if output := re.match(r"^#\d+ \d+\.\d+ (.*)$", line):
        return output[1]
    if step := re.match(r"^#\d+ \[(?!internal\])([^\]]*)\] (.*)$", line):
        return _shortened(f"[{step[1]}] {without_operator_mounts(step[2])}")
    if not line or _ONLY_BUILDKIT.match(line):
        return None
    return without_operator_mounts(line)


class CachedSteps:
    """Tells which steps of a build were taken from the cache; the image it starts from is no step."""

    def __init__(self) -> None:
        self._steps: set[str] = set()

    def told_by(self, line: str) -> bool:
        """Whether this line of progress says that a step is not run."""
        if step := re.match(r"^(#\d+) \[(?!internal\])[^\]]*\] (?!FROM )", line):
            self._steps.add(step[1])
        number, _, state = line.partition(" ")
        return state == "CACHED" and number in self._steps


def without_operator_mounts(text: str) -> str:
    """The text of a step without the mounts that Spaceport added."""
    return re.sub(r"--mount=\S*spaceport\S*\s+", "", text)


def _shortened(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= STEP_CHARACTERS else f"{text[:STEP_CHARACTERS]}..."


def exit_code_in(lines: list[str]) -> int | None:
    """The exit code of the step that failed, from the last lines of a build."""
    for line in reversed(lines):
        if found := re.search(r"exit code: (\d+)", line):
            return int(found[1])
    return None


def _candidates() -> Iterator[Path]:
    seen: set[Path] = set()
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for path in [*(folder / "docker" for folder in folders), DEBIAN_CLI]:
        if path not in seen and os.access(path, os.X_OK):
            seen.add(path)
            yield path


def _can_build(cli: Path) -> bool:
    """
    Whether the program has BuildKit inside or a working buildx beside it.

    ``build --help`` tells without a daemon: with BuildKit on and buildx missing it fails, and only a program that can
    build with BuildKit lists ``--secret``.
    """
    try:
        done = subprocess.run(
            [str(cli), "build", "--help"],
            env=docker_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "--secret" in done.stdout
