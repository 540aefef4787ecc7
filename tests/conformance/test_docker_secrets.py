"""Secrets in containers: nothing of Docker ever holds them, and every kind of image gets them."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from spaceport_runner.engines.docker_secrets import PROLOGUE, shell_payload
from spaceport_runner.engines.engine import StartFailed
from spaceport_runner.template import load_template

from .conftest import REPO, Rig, wait_for
from .test_secrets import AWKWARD

pytestmark = [pytest.mark.docker, pytest.mark.parametrize("rig", ["docker"], indirect=True)]

SERVING = """FROM spaceport/base
RUN useradd --create-home --uid 1000 user
WORKDIR /home/user/app
COPY . .
ENTRYPOINT ["python3", "-u"]
CMD ["app.py", "from the image"]
"""
WITHOUT_SHELL = """FROM spaceport/base AS build
FROM scratch
COPY --from=build /etc/passwd /etc/passwd
CMD ["/app"]
"""


@pytest.fixture
def client() -> Iterator[Any]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def own_rig(rig: Rig) -> Rig:
    """The rig for users' Dockerfiles."""
    return replace(rig, template=load_template(REPO / "templates" / "docker"))


def everything_docker_knows(client: Any, container: Any, folder: Path) -> bytes:
    """The container's and its image's configuration and history, its processes, and all files of all its layers."""
    image = container.image
    archive = folder / f"{uuid.uuid4().hex}.tar"
    with archive.open("wb") as file:
        for chunk in container.export():
            file.write(chunk)
        for chunk in image.save():
            file.write(chunk)
    told = json.dumps([container.attrs, image.attrs, image.history(), container.top(ps_args="axww -o pid,args")])
    ours = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True, timeout=30)
    return told.encode() + ours.stdout.encode() + archive.read_bytes()


def test_docker_never_holds_a_secret_of_an_app(rig: Rig, client: Any, tmp_path: Path) -> None:
    secret = f"marker-{uuid.uuid4().hex}"
    spec = rig.start(rig.source(), environment={"MODEL": "a-public-word"}, sealed_secrets=rig.sealed({"KEY": secret}))
    assert rig.answer(spec)["environment"]["KEY"] == secret
    container = client.containers.get(f"spaceport-{spec.instance_id}")
    everything = everything_docker_knows(client, container, tmp_path)

    assert b"a-public-word" in everything
    assert secret.encode() not in everything


def test_a_users_own_image_gets_secrets_and_keeps_its_program(own_rig: Rig, client: Any, tmp_path: Path) -> None:
    secret = f"marker-{uuid.uuid4().hex}"
    secrets = {**AWKWARD, "KEY": secret}
    spec = own_rig.start(own_rig.source({"Dockerfile": SERVING}), sealed_secrets=own_rig.sealed(secrets))
    answer = own_rig.answer(spec)
    container = client.containers.get(f"spaceport-{spec.instance_id}")

    assert {name: answer["environment"][name] for name in secrets} == secrets
    assert answer["arguments"] == ["app.py", "from the image"]
    assert secret.encode() not in everything_docker_knows(client, container, tmp_path)


def test_an_image_without_a_shell_is_refused_in_plain_words(own_rig: Rig) -> None:
    image = own_rig.build(own_rig.source({"Dockerfile": WITHOUT_SHELL})).image

    with pytest.raises(StartFailed, match="its image has no /bin/sh"):
        own_rig.start(own_rig.source(), image, sealed_secrets=own_rig.sealed({"KEY": "secret"}))
    assert own_rig.engine.list() == []


@pytest.mark.parametrize("with_dockerfile", [False, True])
def test_an_app_whose_runner_was_killed_before_it_sent_the_secrets_ends(
    rig: Rig, own_rig: Rig, with_dockerfile: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spaceport_runner.engines.docker_secrets import InputOfContainer

    chosen = own_rig if with_dockerfile else rig
    # A killed process sends part of it, and the kernel closes the connection.
    monkeypatch.setattr(InputOfContainer, "send", lambda self, payload: self._stream._sock.sendall(payload[:-2]))
    source = chosen.source({"Dockerfile": SERVING})
    spec = chosen.start(source, sealed_secrets=chosen.sealed({"KEY": "half of it"}))
    wait_for(lambda: not chosen.seen(spec).is_alive)

    assert chosen.seen(spec).exit_code == 1
    assert wait_for(lambda: "did not arrive" in chosen.log_text(spec))


def test_the_prologue_works_in_every_shell_of_the_base_image(rig: Rig, tmp_path: Path) -> None:
    del rig
    for shell in ("dash", "bash --posix", "busybox sh"):
        command = [*shell.split(), "-c", PROLOGUE, "spaceport", "env", "-0"]
        try:
            done = subprocess.run(command, input=shell_payload(AWKWARD), capture_output=True, timeout=60, env={})
        except FileNotFoundError:
            continue
        found = dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0") if "=" in entry)
        assert AWKWARD.items() <= found.items(), f"{shell}: {done.stderr.decode()}"
