"""What is done for builds of the sandbox engine by the runner itself, often root, stays out of reach of the builds."""

from pathlib import Path
from typing import Any

from spaceport_runner.engines.environment_build import preparing
from spaceport_runner.engines.environments import Environments
from spaceport_runner.engines.install_plan import Places


def test_a_build_is_laid_out_where_no_other_build_can_write() -> None:
    packages = Path("/runner/packages")
    making = packages / "making" / "env-1"
    places = Places(making / "env", making / "source", packages / "cache", making / "tmp")

    before = preparing(places, packages)

    laid_out = (before.environment, before.source, before.scratch, before.beside("constraints.txt"))
    assert not any(path.is_relative_to(packages) for path in laid_out)
    assert [path.relative_to("/runner/preparing/env-1") for path in laid_out[:3]] == [
        path.relative_to(making) for path in (places.environment, places.source, places.scratch)
    ]
    assert before.cache == places.cache


def test_the_cache_is_emptied_within_the_walls_of_a_build(tmp_path: Path) -> None:
    wrapped: list[list[str]] = []

    class Walls:
        def wrapped(self, argv: list[str], places: Places, packages: Path) -> list[str]:
            wrapped.append(argv)
            return ["true"]

    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").touch()
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "cache").symlink_to(victim)
    walls: Any = Walls()

    Environments(tmp_path, set, walls, 0).drop_cache()

    assert [argv[1:3] for argv in wrapped] == [["cache", "clean"]]
    assert (victim / "file").exists()
