"""
Releases of huggingface_hub, old and new, each in an environment of its own: all see the same hub.

The lines are those that send large files by different roads (hub-api.md sections 7.3 and 18): before Xet; LFS with Xet
offered; Xet with the oldest hf_xet that the release takes, and with the newest.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.clients.process import PROGRAMS, RELEASES, ClientMachine

from .conftest import Hub, running_hub

pytestmark = pytest.mark.registry
MIB = 1024**2
_INSTALL_LIMIT_SECONDS = 200


@dataclass(frozen=True)
class Run:
    """
    Of a release in ``tests/clients/releases``; ``environment`` is what is set beside the endpoint and the token.

    ``has_large_folders``: try its command for them, gone since 2.0; its idle workers take ten seconds of sleep.
    """

    release: str
    has_large_folders: bool = False
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        return "huggingface-cli" if self.release.startswith("0.") else "hf"


RUNS = {
    "0.23": Run("0.23"),
    "0.36": Run("0.36"),
    # Only files above 50 MB are fetched in parallel ranges.
    "0.36 with hf_transfer": Run(
        "0.36", arguments=("large",), environment={"HF_HUB_ENABLE_HF_TRANSFER": "1", "HF_HUB_DISABLE_XET": "1"}
    ),
    "1.0": Run("1.0"),
    "1.20": Run("1.20", has_large_folders=True),
    "1.33": Run("1.33"),
    "2.4": Run("2.4"),
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """With parts so small that clients send large files in several."""
    folder = tmp_path / "data"
    folder.mkdir()
    with running_hub(folder, upload_part_bytes=6 * MIB) as hub:
        yield hub


class Environments:
    """Of the releases, each with nothing of ours and made once; what a program never imports is not compiled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def python(self, release: str) -> Path:
        if release not in self._made:
            self._made[release] = self._make(release)
        return self._made[release]

    def _make(self, release: str) -> Path:
        uv, folder = str(Path(sys.executable).with_name("uv")), self._folder / release
        python, lock = folder / "bin" / "python", RELEASES / f"{release}.lock"
        for command in (
            [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
            [uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock)],
        ):
            subprocess.run(command, timeout=_INSTALL_LIMIT_SECONDS, check=True)
        return python


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    return Environments(tmp_path_factory.mktemp("releases"))


@pytest.mark.parametrize("name", RUNS)
def test_each_release_sees_the_same_hub(hub: Hub, tmp_path: Path, environments: Environments, name: str) -> None:
    run = RUNS[name]
    python = environments.python(run.release)
    machine = ClientMachine(tmp_path / "home", hub.url, hub.person("ada").token, python, run.environment)

    seen = machine.program("hub_road", "road", *run.arguments)
    walk_by_command(machine, run)

    assert seen == json.loads((PROGRAMS / "hub_road.json").read_text())


def walk_by_command(machine: ClientMachine, run: Run) -> None:
    """The same by the release's own command: who am I, up, and down again."""
    weights = b"\7" * 7 * MIB
    for folder in ("some", "more"):
        (machine.home / folder).mkdir()
        (machine.home / folder / f"{folder}.bin").write_bytes(weights + folder.encode())
        (machine.home / folder / f"{folder}.txt").write_text("text\n")
    is_old = run.command == "huggingface-cli"

    assert "ada" in machine.tool(run.command, *(["whoami"] if is_old else ["auth", "whoami"]))
    machine.tool(run.command, "upload", "ada/tool", "some", ".", "--private")
    if run.has_large_folders:
        machine.tool(run.command, "upload-large-folder", "ada/tool", "more", "--repo-type", "model", "--no-report")
    else:
        machine.tool(run.command, "upload", "ada/tool", "more", ".")
    machine.tool(run.command, "download", "ada/tool", "--include", "*.bin", "--local-dir", "fetched")

    copies = {path.name: path.read_bytes() for path in (machine.home / "fetched").iterdir() if path.is_file()}
    assert copies == {f"{folder}.bin": weights + folder.encode() for folder in ("some", "more")}
