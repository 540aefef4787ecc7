"""The pure parts of the docker engine: subnets, frames of a log stream, lines of a build, states of containers."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport_runner.contract import InstanceSpec, Limits
from spaceport_runner.engines.docker_cli import exit_code_in, readable_line
from spaceport_runner.engines.docker_containers import (
    ContainerPlan,
    create_arguments,
    observed_of,
    seconds_of,
    stats_of,
)
from spaceport_runner.engines.docker_logs import Resume, lines_of, milliseconds
from spaceport_runner.engines.docker_networks import free_subnets
from spaceport_runner.template import Template

POOL = "10.99.0.0/24"
NOON = b"2026-01-31T12:00:00.123456789Z "


@given(st.text(), st.sets(st.integers(0, 15)))
def test_every_free_subnet_of_the_pool_is_offered_once(space_id: str, taken: set[int]) -> None:
    occupied = [IPv4Network((f"10.99.0.{number * 16}", 28)) for number in taken]
    offered = list(free_subnets(POOL, [*occupied, IPv4Network("192.168.0.0/16")], space_id))

    assert len(offered) == len(set(offered)) == 16 - len(taken)
    assert not any(each.overlaps(other) for each in offered for other in occupied)


def test_a_network_larger_than_the_pool_takes_all_of_it() -> None:
    assert list(free_subnets(POOL, [IPv4Network("10.0.0.0/8")], "space")) == []


def test_frames_become_lines_with_milliseconds() -> None:
    frames = [NOON + b"one\n", NOON + b"two \r three\r\n", NOON + b"no end"]

    assert list(lines_of(iter(frames))) == [
        ("2026-01-31T12:00:00.123Z", "one"),
        ("2026-01-31T12:00:00.123Z", " three"),
        ("2026-01-31T12:00:00.123Z", "no end"),
    ]


def test_pieces_of_a_long_line_are_put_together_up_to_a_limit() -> None:
    pieces = [NOON + b"x" * 16384] * 100 + [NOON + b"end\n", NOON + b"next\n"]
    lines = [text for _, text in lines_of(iter(pieces))]

    assert len(lines) == 2
    assert 65536 < len(lines[0]) < 6 * 16384
    assert lines[1] == "next"


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"), ("2026-01-31T12:00:00.1Z", "2026-01-31T12:00:00.100Z")],
)
def test_times_without_a_full_fraction_get_one(timestamp: str, expected: str) -> None:
    assert milliseconds(timestamp) == expected


def test_lines_known_from_before_a_restart_are_left_out() -> None:
    resume = Resume.after(("2026-01-31T12:00:00.123Z", 2))
    stamps = ["2026-01-31T12:00:00.122Z", *["2026-01-31T12:00:00.123Z"] * 3, "2026-01-31T12:00:00.124Z"]

    assert [resume.is_new(stamp) for stamp in stamps] == [False, False, False, True, True]
    assert Resume.after(None).since_seconds is None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("#7 0.162 Collecting six", "Collecting six"),
        ("#7 12.5 ", ""),
        (
            "#7 [stage-0 2/2] RUN --mount=type=secret,id=spaceport_ca,target=/x pip install six",
            "[stage-0 2/2] RUN pip install six",
        ),
        ("#7 sha256:abc", None),
        ("#7 CACHED", None),
        ("#7 DONE 0.1s", None),
        ("#1 [internal] load build definition from Dockerfile", None),
        ("", None),
        ("------", None),
        ("executor failed running [/bin/sh -c exit 7]: exit code: 7", None),
        ("failed to solve: registry.test/x: not found", "failed to solve: registry.test/x: not found"),
    ],
)
def test_a_line_of_buildkit_is_told_as_people_want_it(line: str, text: str | None) -> None:
    assert readable_line(line) == text


def test_the_exit_code_of_the_failed_step_is_found() -> None:
    assert exit_code_in(["#7 0.1 exit code: 3 said the app", "executor failed running [x]: exit code: 7", ""]) == 7
    assert exit_code_in(["failed to solve: not found"]) is None


def test_a_container_has_no_rights_no_mounts_and_every_limit() -> None:
    spec = InstanceSpec(
        instance_id="i", space_id="s", space_name="a/b", release_id="r", generation=2, sdk="gradio", template="gradio",
        image="image", sha="0" * 40, source_url="", source_token="", app_file="app.py", app_port=7860,
        environment={"PORT": "1", "A": "space"}, limits=Limits(memory_bytes=10**9, cpus=64.0, pids=9),
        start_timeout_seconds=1,
    )  # fmt: skip
    template = Template("gradio", "gradio", "Gradio", path=Path(), digest="", command=("python", "{app_file}"))
    arguments = create_arguments(spec, template, ContainerPlan("network", 2, "runner", has_seat=True))

    assert arguments["cap_drop"] == ["ALL"]
    assert arguments["security_opt"] == ["no-new-privileges:true"]
    assert arguments["user"] == "1000:1000"
    assert (arguments["mem_limit"], arguments["memswap_limit"]) == (10**9, 10**9)
    assert (arguments["nano_cpus"], arguments["pids_limit"]) == (2 * 10**9, 9)
    assert arguments["environment"] == {
        "PORT": "7860",
        "GRADIO_SERVER_PORT": "7860",
        "A": "space",
        "HOME": "/home/user",
    }
    assert arguments["command"] == ["python", "/opt/spaceport/seat.py", "app.py"]
    assert not {"volumes", "mounts", "privileged", "ports", "network_mode", "devices"} & set(arguments)


def test_a_container_of_a_space_with_a_volume_has_that_one_mount() -> None:
    spec = InstanceSpec(
        instance_id="i", space_id="s", space_name="a/b", release_id="r", generation=2, sdk="gradio", template="gradio",
        image="image", sha="0" * 40, source_url="", source_token="", app_file="app.py", app_port=7860,
        limits=Limits(memory_bytes=10**9, cpus=1.0), start_timeout_seconds=1, volume_bytes=1,
    )  # fmt: skip
    template = Template("gradio", "gradio", "Gradio", path=Path(), digest="", command=("python", "{app_file}"))
    plan = ContainerPlan("network", 2, "runner", has_seat=True, volume="/var/lib/spaceport/volumes/s/data")
    arguments = create_arguments(spec, template, plan)

    (mount,) = arguments["mounts"]
    assert (mount["Target"], mount["Source"]) == ("/data", "/var/lib/spaceport/volumes/s/data")
    assert arguments["environment"]["SPACE_DATA_DIR"] == "/data"


def test_a_dead_container_has_no_address_and_says_how_it_ended() -> None:
    labels = {f"spaceport.{name}": "1" for name in ("instance", "space", "release", "generation", "app_port")}
    state = {
        "Status": "exited",
        "Running": False,
        "ExitCode": 137,
        "OOMKilled": True,
        "StartedAt": "2026-01-31T12:00:00.5Z",
    }
    container = {
        "Config": {"Labels": labels},
        "State": state,
        "HostConfig": {"Memory": 5},
        "NetworkSettings": {"Networks": {"n": {"IPAddress": ""}}},
    }
    observed = observed_of(container)

    assert (observed.is_alive, observed.host, observed.port) == (False, None, None)
    assert (observed.exit_code, observed.out_of_memory, observed.memory_limit_bytes) == (137, True, 5)
    assert observed.started_at == seconds_of("2026-01-31T12:00:00.500000000Z")


@pytest.mark.parametrize("name", ["total_inactive_file", "inactive_file"])
def test_figures_leave_out_memory_that_the_kernel_may_drop(name: str) -> None:
    figures = {
        "cpu_stats": {"cpu_usage": {"total_usage": 2_500_000_000}},
        "memory_stats": {"usage": 10, "stats": {name: 4}},
        "networks": {"eth0": {"rx_bytes": 5, "tx_bytes": 1}, "eth1": {"rx_bytes": 2, "tx_bytes": 0}},
    }
    stats = stats_of(figures)

    assert stats is not None
    assert (stats.cpu_seconds, stats.memory_bytes) == (2.5, 6)
    assert (stats.received_bytes, stats.sent_bytes) == (7, 1)
    assert stats_of({"memory_stats": {}}) is None
