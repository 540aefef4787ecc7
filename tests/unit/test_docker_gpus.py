"""Which GPUs a container gets, from the labels of those that are there."""

import threading
from typing import Any

import pytest

from spaceport.settings import Settings
from spaceport_runner.contract import InstanceSpec, Limits
from spaceport_runner.engines.docker_connection import DockerConnection
from spaceport_runner.engines.docker_containers import ContainerPlan, create_arguments, labels_of
from spaceport_runner.engines.docker_gpus import LABEL_GPUS, DockerGpus, Holder, choose_gpus
from spaceport_runner.engines.engine import StartFailed
from spaceport_runner.template import load_templates


class Containers(DockerConnection):
    """The labels and states of the containers of an engine; the connection to none."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []

    @property
    def client(self) -> Any:
        return self

    @property
    def api(self) -> Any:
        return self

    def info(self) -> dict[str, Any]:
        return {}

    def containers(self, all: bool, filters: dict[str, str]) -> list[dict[str, Any]]:
        assert all
        assert filters == {"label": LABEL_GPUS}
        return list(self.found)

    def create(self, spec: InstanceSpec, gpus: tuple[str, ...], state: str = "created") -> None:
        plan = ContainerPlan("network", 2, "runner", has_seat=False, gpus=gpus)
        self.found.append({"Labels": labels_of(spec, plan), "State": state})


def spec(space_id: str, gpus: int = 1) -> InstanceSpec:
    return InstanceSpec(
        instance_id=f"i-{space_id}",
        space_id=space_id,
        space_name=f"ada/{space_id}",
        release_id="r",
        generation=1,
        sdk="gradio",
        template="gradio",
        image="image",
        sha="a" * 40,
        source_url="http://hub/source",
        source_token="token",
        app_file="app.py",
        app_port=7860,
        limits=Limits(memory_bytes=2**30, cpus=1, gpus=gpus),
        start_timeout_seconds=10,
    )


def choose(engine: Containers, asking: InstanceSpec) -> tuple[str, ...]:
    """With a runner that has only just started."""
    with DockerGpus(engine, declared=2).chosen_for(asking) as gpus:
        return gpus


def test_two_spaces_get_a_gpu_each_whoever_gave_the_first() -> None:
    engine = Containers()
    engine.create(spec("a"), choose(engine, spec("a")), "running")

    assert choose(engine, spec("b")) == ("1",)


@pytest.mark.parametrize(
    ("state", "expected"), [("created", "1"), ("running", "1"), ("paused", "1"), ("exited", "0"), ("dead", "0")]
)
def test_a_gpu_is_free_again_once_its_container_is_over(state: str, expected: str) -> None:
    engine = Containers()
    engine.create(spec("a"), ("0",), state)

    assert choose(engine, spec("b")) == (expected,)


def test_nobody_chooses_while_another_start_is_under_way() -> None:
    engine, chosen = Containers(), []
    gpus = DockerGpus(engine, declared=2)

    def start(space_id: str) -> None:
        with gpus.chosen_for(spec(space_id)) as given:
            chosen.append(given)
            engine.create(spec(space_id), given)

    with gpus.chosen_for(spec("a")) as first:
        other = threading.Thread(target=start, args=("b",))
        other.start()
        other.join(0.05)
        assert other.is_alive()
        engine.create(spec("a"), first)
    other.join(10)

    assert (first, chosen) == (("0",), [("1",)])


def test_a_new_version_shares_with_the_old_one_where_none_is_free() -> None:
    holders = [Holder("a", ("0",)), Holder("b", ("1",))]

    assert choose_gpus(1, 2, "b", holders) == ("1",)
    assert choose_gpus(1, 3, "b", holders) == ("2",)
    assert choose_gpus(2, 3, "b", holders) == ("1", "2")


def test_more_than_the_machine_has_is_told() -> None:
    with pytest.raises(StartFailed, match="it needs 2 GPUs, and its machine has 1 to give"):
        choose_gpus(2, 1, "a", [])


def test_who_asks_for_none_waits_for_nobody_and_gets_none() -> None:
    engine = Containers()
    asking = spec("a", gpus=0)
    gpus = DockerGpus(engine, declared=2)
    with gpus.chosen_for(spec("b")), gpus.chosen_for(asking) as given:
        assert given == ()
    template = load_templates(Settings().templates_dir)["gradio"]
    arguments = create_arguments(asking, template, ContainerPlan("network", 2, "runner", has_seat=False))

    assert arguments["device_requests"] is None
    assert LABEL_GPUS not in arguments["labels"]
