"""One Spaceport per engine for the whole run; tests make Spaces of their own names in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.platform import Platform, Repo, running_platform

ENGINES = [
    pytest.param("sandbox", marks=[pytest.mark.registry]),
    pytest.param("docker", marks=[pytest.mark.registry, pytest.mark.docker]),
]


@pytest.fixture(scope="session", params=ENGINES)
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp(f"e2e-{request.param}")
    with running_platform(folder / "data", request.param) as platform:
        yield platform


class Workshop:
    """Makes Spaces and working copies for one test."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform = platform
        self.folder = folder
        self._made: list[str] = []

    def space(self, name: str, sdk: str = "gradio", private: bool = False) -> tuple[str, Repo]:
        """A new Space and an empty working copy that pushes to it."""
        space = self.platform.create_space(name, sdk, private)
        self._made.append(name)
        return space, Repo(self.folder / name, self.platform.remote(space))

    def adopt(self, name: str) -> None:
        """A Space that a program is about to make: it goes with the others."""
        self._made.append(name)

    def cloned(self, name: str) -> tuple[str, Repo]:
        """A Space that somebody made in the pages."""
        space = f"{self.platform.name}/{name}"
        self._made.append(name)
        repo = Repo(self.folder / name, self.platform.remote(space))
        repo.git("pull", "-q", "origin", "main")
        return space, repo

    def running(self, name: str, sample: str | None = None) -> tuple[str, Repo]:
        """A Space that runs a sample; without a name of one, what starts at once."""
        space, repo = self.space(name)
        (repo.copy_sample(sample) if sample else repo.quick_app()).commit_and_push()
        self.platform.wait_for_stage(space, "RUNNING")
        return space, repo

    def clear(self) -> None:
        """Idle apps cost processor time, which the tests that follow would miss."""
        for name in self._made:
            self.platform.api("DELETE", "/api/repos/delete", json={"name": name, "type": "space"})


@pytest.fixture
def workshop(platform: Platform, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(platform, tmp_path)
    yield workshop
    workshop.clear()
