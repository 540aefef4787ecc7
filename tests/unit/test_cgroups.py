"""Control groups of builds, on folders that look like the kernel's."""

import os
from pathlib import Path

import pytest

from spaceport_runner.contract import Limits
from spaceport_runner.engines.cgroups import BUILDS, Cgroup, build_cgroup, limit_buildkit

LIMITS = Limits(memory_bytes=1000, cpus=1.5)


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A machine with a hierarchy for each controller; the runner is in a group of its own."""
    root = tmp_path / "cgroup"
    for controller in ("memory", "cpu"):
        (root / controller / "service").mkdir(parents=True)
    (tmp_path / "own").write_text("4:memory:/service\n3:cpu,cpuacct:/service\n1:name=systemd:/\n")
    return root


@pytest.fixture
def second_version(tmp_path: Path) -> Path:
    root = tmp_path / "cgroup"
    root.mkdir()
    (root / "cgroup.controllers").write_text("cpu memory")
    return root


def made(root: Path, name: str = "build-1") -> Cgroup | None:
    return build_cgroup(name, LIMITS, root, root.parent / "own")


def test_a_build_has_its_limits_below_those_of_the_runner(first_version: Path) -> None:
    group = made(first_version)
    name = f"{os.getpid()}-build-1"
    memory = first_version / "memory" / "service" / BUILDS / name
    cpu = first_version / "cpu" / "service" / BUILDS / name

    assert group is not None
    assert group.entrances == (memory / "cgroup.procs", cpu / "cgroup.procs")
    assert (memory / "memory.limit_in_bytes").read_text() == "1000"
    assert (cpu / "cpu.cfs_quota_us").read_text() == "150000"
    assert int((cpu / "cpu.shares").read_text()) < 1024


def test_a_build_has_its_limits_in_one_hierarchy_too(second_version: Path) -> None:
    group = made(second_version)
    folder = second_version / BUILDS / f"{os.getpid()}-build-1"

    assert group is not None
    assert group.folders == (folder,)
    assert (folder / "memory.max").read_text() == "1000"
    assert (folder / "cpu.max").read_text() == "150000 100000"
    assert (second_version / BUILDS / "cgroup.subtree_control").read_text() == "+memory +cpu"


@pytest.mark.parametrize(
    ("file", "text"), [("memory.events", "low 0\noom 3\noom_kill 2\n"), ("memory.oom_control", "oom_kill 2\n")]
)
def test_what_the_kernel_killed_for_memory_is_known(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)

    assert Cgroup((tmp_path,)).killed_for_memory() == 2
    assert Cgroup((tmp_path / "gone",)).killed_for_memory() == 0


def test_groups_of_dead_builders_are_removed_and_others_left(first_version: Path) -> None:
    parent = first_version / "memory" / "service" / BUILDS
    for name in ("999999999-dead", f"{os.getpid()}-alive"):
        (parent / name).mkdir(parents=True)
    made(first_version)

    assert not (parent / "999999999-dead").exists()
    assert (parent / f"{os.getpid()}-alive").exists()


def test_a_machine_without_groups_builds_without(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("0::/\n")

    assert build_cgroup("build", LIMITS, tmp_path / "none", tmp_path / "own") is None
    assert not limit_buildkit(LIMITS, tmp_path / "none")


def test_builds_of_the_docker_engine_are_bounded_together(first_version: Path) -> None:
    for controller in ("memory", "cpu"):
        (first_version / controller / "docker").mkdir()

    assert limit_buildkit(LIMITS, first_version)
    assert (first_version / "memory" / "docker" / "buildkit" / "memory.limit_in_bytes").read_text() == "1000"
    assert (first_version / "cpu" / "docker" / "buildkit" / "cpu.shares").read_text() == "128"
