"""Hardware that no machine could ever hold is refused in words that say what would make it possible."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.flavors import Flavors, HardwareFlavor
from spaceport.domain.holding import Machine, refusal
from spaceport.domain.room import Size
from spaceport.errors import BadRequest
from spaceport.hardware_room import refusals
from spaceport.rollout.hardware_commands import set_hardware
from spaceport_runner.contract import Capabilities, RunnerReport
from spaceport_runner.engines.docker_gpus import gpus_of_machine, gpus_to_give
from tests.unit.factories import make_runner
from tests.unit.services import Bench, make_bench

GIB = 1024**3
FLAVORS = Flavors(
    HardwareFlavor("huge", "The default", 64, 512 * GIB),
    HardwareFlavor("small", "Small", 2, 4 * GIB),
    HardwareFlavor("large", "Large", 8, 64 * GIB),
    HardwareFlavor("t4", "T4", 4, 8 * GIB, gpus=1, accelerator="NVIDIA T4"),
    HardwareFlavor("t4x4", "Four T4", 4, 8 * GIB, gpus=4, accelerator="NVIDIA T4"),
)


def machine(engine: str = "docker", memory: float = 16, gpus: int = 0, cpus: float = 32) -> Machine:
    memory_bytes = int(memory * GIB)
    return Machine(engine, memory_bytes, Size(memory_bytes * 4, cpus, gpus))


@pytest.mark.parametrize(
    ("flavor", "machines"),
    [
        ("large", []),
        ("t4", []),
        ("small", [machine()]),
        ("small", [machine(memory=3.8)]),
        ("large", [machine(), machine(memory=62.8)]),
        ("t4", [machine("sandbox"), machine(gpus=1)]),
        ("t4x4", [machine(gpus=4)]),
    ],
)
def test_what_one_machine_could_hold_may_be_asked_for(flavor: str, machines: list[Machine]) -> None:
    assert refusal(FLAVORS[flavor], machines) is None


@pytest.mark.parametrize(
    ("flavor", "machines", "words"),
    [
        ("t4", [machine("sandbox")], "needs 1 GPU, and the sandbox engine of this Spaceport cannot give any: choose"),
        ("t4", [machine()], "needs 1 GPU, and no machine here has any to give: choose hardware without, or ask the"),
        ("t4x4", [machine(gpus=2), machine("sandbox")], "needs 4 GPUs, and no machine has more than 2: choose smaller"),
        ("large", [machine(), machine(memory=32)], "needs 64 GiB of memory, and no machine has more than 32 GiB"),
        ("large", [machine(memory=64, cpus=4)], "needs 64 GiB of memory and 8 cpus, and no machine has all that"),
        ("t4", [machine(memory=4, gpus=1), machine()], "8 GiB of memory, 4 cpus and 1 GPU, and no machine has all"),
    ],
)
def test_what_none_could_hold_is_refused(flavor: str, machines: list[Machine], words: str) -> None:
    problem = refusal(FLAVORS[flavor], machines)

    assert problem is not None
    assert problem.startswith(f"hardware {flavor} cannot be had here: it needs ")
    assert words in problem


TABLE = """
[small]
pretty_name = "Small"
cpus = 1
memory_bytes = 1_073_741_824

[t4]
pretty_name = "One T4"
cpus = 1
memory_bytes = 1_073_741_824
gpus = 1
accelerator = "NVIDIA T4"
"""


class Reporting:
    """A fleet of which only the reports matter."""

    def __init__(self, *runners: RunnerReport) -> None:
        self._runners = list(runners)

    def runners(self) -> list[RunnerReport]:
        return self._runners


def bench_with(tmp_path: Path, gpus: int | None) -> Bench:
    """One runner with so many GPUs; None for no runner at all. The Space has the first flavor."""
    (tmp_path / "hardware.toml").write_text(TABLE)
    capabilities = Capabilities(engine="docker", dockerfile=True, apt_packages=True, python_versions=(), gpus=gpus or 0)
    runners = [] if gpus is None else [make_runner(capabilities=capabilities, memory_bytes=16 * GIB)]
    bench = make_bench(tmp_path)
    settings = replace(bench.services.settings, hardware_file=str(tmp_path / "hardware.toml"))
    bench.services = replace(bench.services, settings=settings, fleet=Reporting(*runners))  # type: ignore[arg-type]
    return bench


def test_the_door_is_shut_while_no_machine_could_hold_it(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, gpus=0)

    with pytest.raises(BadRequest, match="hardware t4 cannot be had here: it needs 1 GPU"):
        set_hardware(bench.services, bench.space, bench.owner, "t4")
    assert bench.space.hardware == "cpu-basic"


@pytest.mark.parametrize("gpus", [None, 1])
def test_the_door_is_open_where_one_could_and_where_nobody_knows(tmp_path: Path, gpus: int | None) -> None:
    bench = bench_with(tmp_path, gpus)

    set_hardware(bench.services, bench.space, bench.owner, "t4")

    assert bench.space.hardware == "t4"


def test_what_a_space_gets_that_asks_for_nothing_is_never_refused(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, gpus=0)
    larger_than_any = TABLE.replace("1_073_741_824", "99_073_741_824", 1)
    (tmp_path / "hardware.toml").write_text(larger_than_any)
    assert refusals(bench.services).keys() == {"t4"}


def test_hardware_that_is_had_already_stays(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, gpus=0)
    bench.update(hardware="t4")

    set_hardware(bench.services, bench.space, bench.owner, "t4", sleep_seconds=600)

    assert bench.space.sleep_seconds == 600


@pytest.mark.parametrize(
    ("runtimes", "of_machine", "declared", "expected"),
    [
        ({"runc": {}}, 2, -1, 0),
        ({"runc": {}, "nvidia": {}}, 2, -1, 2),
        ({"runc": {}, "nvidia": {}}, 2, 1, 1),
        ({"runc": {}, "nvidia": {}}, 2, 0, 0),
        ({"runc": {}}, 0, 4, 4),
        (None, 0, -1, 0),
    ],
)
def test_gpus_are_those_the_engine_hands_over(runtimes: Any, of_machine: int, declared: int, expected: int) -> None:
    assert gpus_to_give({"Runtimes": runtimes}, of_machine, declared) == expected


def test_gpus_of_a_machine_are_counted(tmp_path: Path) -> None:
    (tmp_path / "0000:01:00.0").mkdir()
    (tmp_path / "0000:02:00.0").mkdir()

    assert (gpus_of_machine(tmp_path), gpus_of_machine(tmp_path / "none")) == (2, 0)
