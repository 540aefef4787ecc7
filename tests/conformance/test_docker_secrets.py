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


BUILDING = """FROM spaceport/base AS first
ARG MODEL=none
RUN --mount=type=secret,id=KEY,mode=0444,required=true echo "the key is $(cat /run/secrets/KEY) for $MODEL"
RUN --mount=type=secret,id=LINES,mode=0444 cat /run/secrets/LINES; test "$(wc -c < /run/secrets/LINES)" = 24
RUN if [ -e /run/secrets/KEY ]; then exit 9; fi
FROM first
ARG MODEL
RUN echo "$MODEL" > /model.txt; env | grep -c NOBODY || true
CMD ["cat", "/model.txt"]
"""


def everything_docker_knows(client: Any, container: Any, folder: Path, top: bool = True) -> bytes:
    """The container's and its image's configuration and history, its processes, and all files of all its layers."""
    image = container.image
    archive = folder / f"{uuid.uuid4().hex}.tar"
    with archive.open("wb") as file:
        for chunk in container.export():
            file.write(chunk)
        for chunk in image.save():
            file.write(chunk)
    processes = container.top(ps_args="axww -o pid,args") if top else None
    told = json.dumps([container.attrs, image.attrs, image.history(), processes])
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


def test_a_dockerfile_gets_variables_as_arguments_and_secrets_as_mounts_only(
    own_rig: Rig, client: Any, tmp_path: Path
) -> None:
    secret = f"marker-{uuid.uuid4().hex}"
    lines: list[str] = []
    source = own_rig.source({"Dockerfile": BUILDING})
    sealed = own_rig.sealed({"KEY": secret, "LINES": "a line of it\nand another", "spaceport_ca": "nothing of ours"})
    asked = {"variables": {"MODEL": "public-model", "NOBODY_ASKS": "x"}, "sealed_secrets": sealed, "no_cache": True}
    built = own_rig.build(source, lines.append, **asked)
    spec = own_rig.start(source, built.image)
    wait_for(lambda: "public-model" in own_rig.log_lines(spec))
    container = client.containers.get(f"spaceport-{spec.instance_id}")

    assert f"the key is {secret} for public-model" in lines
    assert not [line for line in lines if "NOBODY_ASKS" in line or line == "CACHED"]
    assert secret.encode() not in everything_docker_knows(client, container, tmp_path, top=False)
    again = own_rig.build(source, variables={"MODEL": "another"}, sealed_secrets=sealed)
    assert len(again.image.split(":")[1]) == len(built.image.split(":")[1])
    assert again.image[-8:] != built.image[-8:]


def test_steps_from_the_cache_are_told(own_rig: Rig) -> None:
    source = own_rig.source({"Dockerfile": f"FROM spaceport/base\nRUN echo {uuid.uuid4().hex}\n"})
    cached = []
    for _ in range(2):
        lines: list[str] = []
        own_rig.build(source, lines.append)
        cached.append(lines.count("CACHED"))

    assert cached == [0, 1]


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
