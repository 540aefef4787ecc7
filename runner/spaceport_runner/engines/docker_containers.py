"""Containers in the words of the Docker API, and instances in ours: what to ask for and what an answer means. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docker.types import Mount

from spaceport_runner.contract import InstanceSpec
from spaceport_runner.engines.docker_gpus import LABEL_GPUS
from spaceport_runner.engines.docker_networks import LABEL_RUNNER, LABEL_SPACE
from spaceport_runner.engines.engine import Observed, Stats
from spaceport_runner.engines.volume_mounts import VOLUME_INSIDE, VOLUME_VARIABLE
from spaceport_runner.limits import docker_limits
from spaceport_runner.template import Template

LABEL_RELEASE = "spaceport.release"
LABEL_GENERATION = "spaceport.generation"
LABEL_INSTANCE = "spaceport.instance"
LABEL_APP_PORT = "spaceport.app_port"

#: Everybody's uid and gid inside a container: what Spaces are documented to run as.
APP_UID = 1000
APP_USER = f"{APP_UID}:{APP_UID}"
APP_HOME = "/home/user"
SEAT_PATH = "/opt/spaceport/seat.py"
#: What Docker keeps of an app's output itself, so that a runner that was away finds it. Unlike the log that the runner
#: makes of it, it holds what the app prints without masking: files in Docker's own folder, which only root may read.
DOCKER_LOG_BYTES = 10 * 1024**2
DOCKER_LOG_FILES = 2
NANOSECONDS = 1e9
NO_TIME = "0001-01-01T00:00:00Z"


@dataclass(frozen=True)
class ContainerPlan:
    """
    What a container is created from, besides its spec.

    ``has_init``: whether this engine has an init to put in. ``volume`` is the folder of /data as the machine of the
    engine knows it, None where there is none; ``mounted`` are pairs of such a folder and where the app finds it, for
    reading only. ``gpus`` are those it gets, by the names that Docker has for them.
    """

    network: str
    machine_cpus: int
    runner_id: str
    has_seat: bool
    has_init: bool = True
    volume: str | None = None
    mounted: tuple[tuple[str, str], ...] = ()
    gpus: tuple[str, ...] = ()


def container_name(instance_id: str) -> str:
    return f"spaceport-{instance_id}"


def create_arguments(spec: InstanceSpec, template: Template, plan: ContainerPlan) -> dict[str, Any]:
    """
    Keyword arguments of docker-py's ``containers.create``.

    Without any capability, without a way to gain privileges, within hard limits, on the Space's own network, and with
    nothing of this machine mounted but the Space's /data and the repos it asks for: never the engine's socket. Docker
    does not start it again by itself; the agent decides that.
    """
    return {
        "image": spec.image,
        "command": command_of(spec, template, plan.has_seat),
        "name": container_name(spec.instance_id),
        "environment": environment_of(spec, template),
        "labels": labels_of(spec, plan),
        "user": APP_USER,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "init": plan.has_init,
        "network": plan.network,
        "restart_policy": {"Name": "no"},
        **({"mounts": mounts} if (mounts := _mounts(plan)) else {}),
        "log_config": {
            "Type": "json-file",
            "Config": {"max-size": str(DOCKER_LOG_BYTES), "max-file": str(DOCKER_LOG_FILES)},
        },
        **docker_limits(spec.limits, plan.machine_cpus, plan.gpus),
    }


def _mounts(plan: ContainerPlan) -> list[Mount]:
    """What a running Space sees of this machine's folders."""
    repos = [Mount(inside, folder, type="bind", read_only=True) for folder, inside in plan.mounted]
    return [*([Mount(VOLUME_INSIDE, plan.volume, type="bind")] if plan.volume else []), *repos]


def command_of(spec: InstanceSpec, template: Template, has_seat: bool) -> list[str] | None:
    """The template's command with the app file filled in; a Python app is started by the seat program."""
    command = template.command_for(spec.app_file, spec.app_port)
    if has_seat and len(command) > 1 and command[0] == "python":
        return [command[0], SEAT_PATH, *command[1:]]
    return command or None


def environment_of(spec: InstanceSpec, template: Template) -> dict[str, str]:
    """The template's variables, then the Space's, then what Spaceport decides: the port, and the home of its images."""
    return {**template.environment, **spec.environment, **own_variables(spec, template)}


def own_variables(spec: InstanceSpec, template: Template) -> dict[str, str]:
    """What nobody may set otherwise, neither as a variable nor as a secret."""
    port = str(spec.app_port)
    own = {"GRADIO_SERVER_PORT": port, "PORT": port}
    if not template.needs_dockerfile:
        own["HOME"] = APP_HOME
    if spec.volume_bytes:
        own[VOLUME_VARIABLE] = VOLUME_INSIDE
    return own


def labels_of(spec: InstanceSpec, plan: ContainerPlan) -> dict[str, str]:
    return {
        LABEL_RUNNER: plan.runner_id,
        LABEL_SPACE: spec.space_id,
        LABEL_RELEASE: spec.release_id,
        LABEL_GENERATION: str(spec.generation),
        LABEL_INSTANCE: spec.instance_id,
        LABEL_APP_PORT: str(spec.app_port),
        **({LABEL_GPUS: ",".join(plan.gpus)} if plan.gpus else {}),
    }


def observed_of(container: dict[str, Any]) -> Observed:
    """An instance from the answer of ``docker inspect``."""
    labels = container["Config"]["Labels"]
    state = container["State"]
    is_alive = state["Status"] in ("running", "paused", "restarting", "removing") and bool(state["Running"])
    host = _address(container["NetworkSettings"]["Networks"].values()) if is_alive else None
    has_run = state["StartedAt"] != NO_TIME
    return Observed(
        instance_id=labels[LABEL_INSTANCE],
        space_id=labels[LABEL_SPACE],
        release_id=labels[LABEL_RELEASE],
        generation=int(labels[LABEL_GENERATION]),
        is_alive=is_alive,
        app_port=int(labels[LABEL_APP_PORT]),
        host=host,
        port=int(labels[LABEL_APP_PORT]) if host else None,
        exit_code=int(state["ExitCode"]) if has_run and not is_alive else None,
        out_of_memory=bool(state["OOMKilled"]) and not is_alive,
        memory_limit_bytes=int(container["HostConfig"]["Memory"]) or None,
        started_at=seconds_of(state["StartedAt"]) if has_run else None,
        is_frozen=is_alive and state["Status"] == "paused",
    )


def stats_of(figures: dict[str, Any]) -> Stats | None:
    """
    Figures from the answer of ``docker stats``; None when the container does not run.

    File pages that the kernel may drop at once are not counted, as ``docker stats`` itself does.
    """
    memory = figures.get("memory_stats") or {}
    if "usage" not in memory:
        return None
    details = memory.get("stats") or {}
    # The first name is of cgroup v1, the second of v2.
    inactive = details.get("total_inactive_file", details.get("inactive_file", 0))
    networks = list((figures.get("networks") or {}).values())
    return Stats(
        cpu_seconds=figures["cpu_stats"]["cpu_usage"]["total_usage"] / NANOSECONDS,
        memory_bytes=max(0, int(memory["usage"]) - int(inactive)),
        received_bytes=sum(int(each["rx_bytes"]) for each in networks),
        sent_bytes=sum(int(each["tx_bytes"]) for each in networks),
    )


def seconds_of(timestamp: str) -> float:
    """Docker's time with nanoseconds as seconds since the epoch."""
    whole, _, fraction = timestamp.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")


def _address(networks: Iterable[dict[str, Any]]) -> str | None:
    return next((str(network["IPAddress"]) for network in networks if network.get("IPAddress")), None)
