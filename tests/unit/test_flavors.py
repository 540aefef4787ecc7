"""Hardware flavors: the built-in table, one of the operator's, and Spaces whose flavor is gone."""

from pathlib import Path

import pytest

from spaceport.domain.flavors import BUILT_IN, GIB
from spaceport.errors import SettingsError
from spaceport.hardware_file import read_hardware_file
from spaceport.rollout.environment import environment_of
from spaceport.rollout.specs import instance_spec
from spaceport.settings import Settings, load_settings
from spaceport_runner.limits import docker_limits
from tests.unit.factories import make_instance, make_release, make_space

TABLE = """
[small]
pretty_name = "Small"
cpus = 0.5
memory_bytes = 1_073_741_824
sleep_seconds = 3600

[t4]
pretty_name = "One T4"
cpus = 4
memory_bytes = 17_179_869_184
gpus = 1
accelerator = "NVIDIA T4"
"""


def write(tmp_path: Path, text: str = TABLE) -> Path:
    path = tmp_path / "hardware.toml"
    path.write_text(text)
    return path


def test_without_a_file_the_built_in_table_counts() -> None:
    assert list(Settings().flavors) == ["cpu-basic", "cpu-upgrade", "cpu-performance"]


def test_a_file_takes_the_place_of_the_built_in_table(tmp_path: Path) -> None:
    flavors = load_settings({"SPACEPORT_HARDWARE_FILE": str(write(tmp_path))}).flavors

    assert list(flavors) == ["small", "t4"]
    assert flavors.default.name == "small"
    assert flavors["t4"].gpus == 1
    assert flavors["t4"].pids == 512


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "names no flavor"),
        ("cpus = 2", "must stand in a table"),
        ("[x", "is not TOML"),
        ("[x]", "needs pretty_name"),
        ('[BIG]\npretty_name = "B"\ncpus = 1\nmemory_bytes = 1073741824', "small letters"),
        ('[x]\npretty_name = "X"\ncpus = 0\nmemory_bytes = 1073741824', r"\[x\] cpus must be a number"),
        ('[x]\npretty_name = "X"\ncpus = 1\nmemory_bytes = 4', r"\[x\] memory_bytes must be a whole number"),
        ('[x]\npretty_name = "X"\ncpus = 1\nmemory_bytes = 1073741824\nram = 3', r"\[x\] ram is none of"),
        ('[x]\npretty_name = "X"\ncpus = 1\nmemory_bytes = 1073741824\ngpus = 1', "needs accelerator"),
    ],
)
def test_a_file_that_makes_no_sense_stops_the_start(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint) as error:
        load_settings({"SPACEPORT_HARDWARE_FILE": str(write(tmp_path, text))})

    assert "SPACEPORT_HARDWARE_FILE" in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        read_hardware_file(tmp_path / "none.toml")


def test_a_space_sleeps_as_it_says_else_as_its_hardware_says() -> None:
    assert BUILT_IN.sleep_seconds("cpu-basic", None) == 48 * 3600
    assert BUILT_IN.sleep_seconds("cpu-upgrade", None) is None
    assert BUILT_IN.sleep_seconds("cpu-basic", -1) is None
    assert BUILT_IN.sleep_seconds("cpu-upgrade", 300) == 300


def test_a_flavor_that_is_gone_falls_back_to_the_first_and_says_so() -> None:
    space, release = make_space(hardware="a100"), make_release(hardware="a100")
    spec = instance_spec(space, release, make_instance(), Settings(), "secret")

    assert spec.limits.memory_bytes == 4 * GIB
    assert "a100 is not offered here any more" in (BUILT_IN.missing_words("a100") or "")
    assert BUILT_IN.missing_words("cpu-basic") is None


def test_the_app_finds_its_hardware_in_the_environment(tmp_path: Path) -> None:
    settings = Settings(hardware_file=str(write(tmp_path)))
    found = environment_of(make_space(), make_release(hardware="t4"), settings)

    assert (found["ACCELERATOR"], found["CPU_CORES"], found["MEMORY"]) == ("t4", "4", "16Gi")
    assert environment_of(make_space(), make_release(hardware="small"), settings)["ACCELERATOR"] == "none"


def test_gpus_reach_the_engine(tmp_path: Path) -> None:
    settings = Settings(hardware_file=str(write(tmp_path)))
    spec = instance_spec(make_space(), make_release(hardware="t4"), make_instance(), settings, "secret")

    assert spec.limits.gpus == 1
    given = docker_limits(spec.limits, machine_cpus=2, gpus=("3",))
    assert given["device_requests"] == [{"device_ids": ["3"], "capabilities": [["gpu"]]}]
    assert docker_limits(spec.limits, machine_cpus=2)["device_requests"] is None
    assert docker_limits(spec.limits, machine_cpus=2)["nano_cpus"] == 2_000_000_000
