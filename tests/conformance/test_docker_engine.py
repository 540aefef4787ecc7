"""What only the docker engine has: containers' rights, networks, Dockerfiles, and builds that leave no trace."""

import os
import subprocess
import tarfile
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from spaceport_runner.contract import Limits
from spaceport_runner.engines.docker import DockerEngine
from spaceport_runner.engines.docker_base import (
    LABEL_PROBE,
    LABEL_PROBE_RUNNER,
    base_python_versions,
    remove_left_probes,
)
from spaceport_runner.engines.docker_code import code_archive
from spaceport_runner.engines.docker_connection import DockerConnection
from spaceport_runner.engines.docker_containers import ContainerPlan, create_arguments
from spaceport_runner.engines.docker_networks import DockerNetworks
from spaceport_runner.engines.docker_wheels import wheels_tag
from spaceport_runner.engines.engine import BuildFailed, EngineUnavailable
from spaceport_runner.installation import owner_of
from spaceport_runner.settings import PackageSources
from spaceport_runner.template import Template, load_template

from .conftest import REPO, Rig, wait_for

pytestmark = [pytest.mark.docker, pytest.mark.parametrize("rig", ["docker"], indirect=True)]
MIB = 1024**2
MARK = "mark-of-the-operator"

RIGHTS_APP = """
import os, socket
for line in open("/proc/self/status"):
    if line.split(":")[0] in ("CapEff", "CapBnd", "NoNewPrivs", "Uid"):
        print(" ".join(line.split()))
print("socket", os.path.exists("/var/run/docker.sock"))
mounts = {line.split()[1] for line in open("/proc/mounts") if line.startswith("/dev/")}
print("mounts", sorted(mounts - {"/usr/sbin/docker-init", "/sbin/docker-init"}))
"""
KNOCK = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], 7860), timeout=2)
    print("reached")
except OSError as error:
    print("refused", error)
"""


@pytest.fixture
def client() -> Iterator[Any]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def docker_template() -> Template:
    return load_template(REPO / "templates" / "docker")


def dockerfile_rig(rig: Rig, template: Template, name: str) -> Rig:
    """The same rig for users' Dockerfiles; ``name`` keeps the images of tests apart."""
    return replace(rig, template=template, settings=replace(rig.settings, runner_id=f"{rig.settings.runner_id}-{name}"))


def run_in(client: Any, image: str, command: list[str]) -> str:
    output: bytes = client.containers.run(image, command, remove=True, network_mode="none", user="0:0")
    return output.decode()


def test_an_instance_has_no_rights_and_sees_no_engine(rig: Rig) -> None:
    spec = rig.start(rig.source({"app.py": RIGHTS_APP}))
    wait_for(lambda: any(line.startswith("mounts") for line in rig.log_lines(spec)))
    lines = rig.log_lines(spec)

    assert "Uid: 1000 1000 1000 1000" in lines
    assert "CapEff: 0000000000000000" in lines
    assert "CapBnd: 0000000000000000" in lines
    assert "NoNewPrivs: 1" in lines
    assert "socket False" in lines
    assert "mounts ['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']" in lines


def test_an_instance_has_hard_limits(rig: Rig, client: Any) -> None:
    spec = rig.start(rig.source(), limits=Limits(memory_bytes=200 * MIB, cpus=0.5, pids=99))
    config = client.containers.get(f"spaceport-{spec.instance_id}").attrs["HostConfig"]

    assert (config["Memory"], config["MemorySwap"]) == (200 * MIB, 200 * MIB)
    assert (config["NanoCpus"], config["PidsLimit"]) == (500_000_000, 99)
    assert config["RestartPolicy"]["Name"] == "no"
    assert config["Binds"] in (None, [])


def test_spaces_have_networks_of_their_own_and_cannot_reach_each_other(rig: Rig, client: Any) -> None:
    image = rig.build(rig.source()).image
    one = rig.start(rig.source(), image, space_id="space-one")
    same = rig.start(rig.source(), image, space_id="space-one", generation=2)
    other = rig.start(rig.source(), image, space_id="space-two")
    for spec in (one, same, other):
        rig.answer(spec)
    container = client.containers.get(f"spaceport-{one.instance_id}")

    def knock(spec: Any) -> str:
        return str(container.exec_run(["python3", "-c", KNOCK, rig.seen(spec).host]).output.decode())

    assert "reached" in knock(same)
    assert "refused" in knock(other)


def test_the_last_instance_takes_the_network_along(rig: Rig, client: Any) -> None:
    image = rig.build(rig.source()).image
    one = rig.start(rig.source(), image)
    two = rig.start(rig.source(), image)
    labels = {"label": f"spaceport.runner={owner_of(rig.settings)}"}
    rig.engine.stop(one.instance_id, 0)
    assert len(client.networks.list(filters=labels)) == 1
    rig.engine.stop(two.instance_id, 0)

    assert client.networks.list(filters=labels) == []


def test_many_spaces_one_after_the_other_do_not_use_up_the_pool(rig: Rig) -> None:
    rig.engine.close()
    networks = networks_of(rig, "10.214.77.0/27")
    for number in range(40):
        networks.ensure(f"space-{number}")
        networks.remove_unused(f"space-{number}")

    networks.ensure("space-0")
    networks.remove_unused("space-0")


def test_a_pool_that_is_used_up_says_what_to_do(rig: Rig) -> None:
    networks = networks_of(rig, "10.214.78.0/27")
    try:
        networks.ensure("space-0")
        assert networks.ensure("space-0") == networks.ensure("space-0")
        networks.ensure("space-1")
        with pytest.raises(Exception, match=r"no free network is left in 10\.214\.78\.0/27"):
            networks.ensure("space-2")
    finally:
        networks.remove_unused("space-0")
        networks.remove_unused("space-1")


def networks_of(rig: Rig, pool: str) -> DockerNetworks:
    assert isinstance(rig.engine, DockerEngine)
    return DockerNetworks(rig.engine._connection, owner_of(rig.settings), pool)


def test_a_container_that_was_never_started_is_made_anew(rig: Rig, client: Any) -> None:
    """A runner killed between creating a container and starting it leaves one without (all of) its code."""
    source = rig.source({"message.txt": "repaired"})
    image = rig.build(source).image
    spec = rig.spec(image)
    network = networks_of(rig, rig.settings.app_network_pool).ensure(spec.space_id)
    plan = ContainerPlan(network, 2, owner_of(rig.settings), has_seat=True)
    client.containers.create(**create_arguments(spec, rig.template, plan))
    assert rig.engine.list() == []
    rig.started.append(spec.instance_id)
    rig.engine.start(spec, rig.template, source, rig.log_path(spec))

    assert rig.answer(spec)["message"] == "repaired"


def test_a_code_archive_belongs_to_the_app_and_holds_no_special_files(rig: Rig) -> None:

    source = rig.source({"run.sh": "", "sub/a.txt": ""})
    (source / "run.sh").chmod(0o700)
    os.mkfifo(source / "pipe")
    with code_archive(source, None) as file, tarfile.open(fileobj=file) as archive:
        members = {member.name: member for member in archive.getmembers()}

    assert "home/user/app/pipe" not in members
    assert {member.uid for member in members.values()} == {1000}
    assert members["home/user/app/run.sh"].mode == 0o755
    assert members["home/user/app/sub/a.txt"].mode == 0o644


@pytest.mark.registry
def test_a_users_dockerfile_is_built_and_run(rig: Rig, client: Any, docker_template: Template) -> None:
    mine = dockerfile_rig(rig, docker_template, "run")
    dockerfile = (
        "# syntax=docker/dockerfile:1\n"
        "FROM spaceport/base AS build\n"
        "RUN useradd -m -u 1000 user\n"
        "USER user\n"
        "RUN python3 -m venv /home/user/venv && \\\n"
        "    /home/user/venv/bin/pip install --no-cache-dir six==1.17.0\n"
        "COPY --chown=user . /home/user/app\n"
        "WORKDIR /home/user/app\n"
        'CMD ["/home/user/venv/bin/python", "app.py"]\n'
    )
    lines: list[str] = []
    source = mine.source({"Dockerfile": dockerfile, "message.txt": "from a Dockerfile", ".dockerignore": "secret*\n"})
    (source / "secret.txt").write_text("x")
    built = mine.build(source, lines.append, sha="1" * 40, sdk="docker", template="docker", no_cache=True)
    answer = mine.answer(mine.start(source, built.image, environment={"GREETING": "hi"}))

    assert built.installed
    assert any("Successfully installed six-1.17.0" in line for line in lines)
    assert not any("spaceport_ca" in line for line in lines)
    assert answer["message"] == "from a Dockerfile"
    assert "secret.txt" not in answer["files"]
    assert answer["environment"]["HOME"] == "/home/user"
    assert answer["environment"]["GREETING"] == "hi"
    assert not mine.build(source, sha="1" * 40, sdk="docker", template="docker").installed


@pytest.mark.registry
def test_builds_leave_no_trace_of_the_operators_network(
    rig: Rig, client: Any, docker_template: Template, tmp_path: Path
) -> None:
    ca_bundle = tmp_path / "ca.pem"
    machine = rig.settings.packages.ca_bundle
    ca_bundle.write_text(f"# {MARK}\n" + (machine.read_text() if machine else ""))
    find_links = tmp_path / "wheels"
    find_links.mkdir()
    (find_links / f"{MARK.replace('-', '_')}-1.0-py3-none-any.whl").write_bytes(b"not a wheel")
    packages = PackageSources(ca_bundle, f"http://{MARK}@127.0.0.1:9/simple", find_links, f"http://127.0.0.1:9/{MARK}")
    look = "ls /run/spaceport/wheels && cat /etc/pip.conf /etc/uv/uv.toml && grep -c mark-of $SSL_CERT_FILE"
    rig.engine.close()
    rig.engine = DockerEngine(replace(rig.settings, packages=packages))
    mine = dockerfile_rig(rig, docker_template, "trace")
    lines: list[str] = []
    source = mine.source({"Dockerfile": f"FROM spaceport/base\nUSER 1000\nRUN {look}\n"})
    image = mine.build(source, lines.append, sha="2" * 40, sdk="docker", template="docker", no_cache=True).image
    rig.built.append(str(wheels_tag(find_links)))
    history = client.api.history(image)
    config = client.images.get(image).attrs
    files = run_in(
        client, image, ["sh", "-c", f"grep -rIl {MARK[:-1]} /etc /run /opt /root /tmp /home || true; find /run"]
    )

    assert f"index-url = http://{MARK}@127.0.0.1:9/simple" in lines
    assert any(line.endswith(".whl") for line in lines)
    assert MARK not in str(history)
    assert MARK not in str(config)
    assert MARK not in files
    assert ".whl" not in files


@pytest.mark.registry
def test_debian_packages_of_packages_txt_are_installed(rig: Rig, client: Any) -> None:
    source = rig.source({"packages.txt": "# a comment\nhello # another\r\n"})
    image = rig.build(source, deps_hash="conformance-docker-packages").image

    assert "Hello, world!" in run_in(client, image, ["hello"])


def test_packages_txt_cannot_give_options_to_apt(rig: Rig) -> None:
    source = rig.source({"packages.txt": "-oDPkg::Pre-Invoke::=false\n"})
    lines: list[str] = []
    with pytest.raises(BuildFailed):
        rig.build(source, lines.append, deps_hash="conformance-docker-option")

    assert any("Unable to locate package -oDPkg" in line for line in lines)


@pytest.mark.parametrize(
    ("dockerfile", "reason"),
    [
        (None, "no file named Dockerfile"),
        ("RUN x\n", "no FROM line"),
        ("FROM registry.invalid/no/image:1\n", "needs the image registry.invalid/no/image:1"),
        ("FROM spaceport/deps:1\n", "belongs to Spaceport"),
        ("FROM spaceport/base\nRUN exit 7\n", "exit code 7"),
        ("FROM spaceport/base\nRUN exit 137\n", "out of memory"),
    ],
)
def test_a_dockerfile_that_cannot_be_built_fails_with_a_plain_reason(
    rig: Rig, docker_template: Template, dockerfile: str | None, reason: str
) -> None:
    mine = dockerfile_rig(rig, docker_template, "bad")
    source = mine.source({"Dockerfile": dockerfile} if dockerfile else {})

    with pytest.raises(BuildFailed, match=reason):
        mine.build(source, sdk="docker", template="docker")


def test_a_dockerfile_that_is_a_link_out_of_the_commit_is_refused(rig: Rig, docker_template: Template) -> None:
    mine = dockerfile_rig(rig, docker_template, "link")
    source = mine.source()
    (source / "Dockerfile").symlink_to("/etc/passwd")

    with pytest.raises(BuildFailed, match="leads out of the repository"):
        mine.build(source, sdk="docker", template="docker")


def test_a_missing_base_image_is_named_and_what_to_do_is_said(rig: Rig) -> None:
    rig.engine.close()
    rig.engine = DockerEngine(replace(rig.settings, base_image="spaceport/base:no-such-tag"))

    with pytest.raises(BuildFailed, match="make base-image"):
        rig.build(rig.source(), deps_hash="conformance-docker-no-base")
    assert rig.engine.capabilities().python_versions == ()


def test_asking_the_base_image_for_its_python_leaves_no_container(rig: Rig, client: Any) -> None:
    connection, owner, image = DockerConnection(), owner_of(rig.settings), rig.settings.base_image
    mine, others = (
        client.containers.create(image, labels={LABEL_PROBE: "python", LABEL_PROBE_RUNNER: name})
        for name in (owner, f"{owner}-other")
    )

    def left(name: str) -> set[str]:
        found = client.api.containers(all=True, filters={"label": f"{LABEL_PROBE_RUNNER}={name}"})
        return {each["Id"] for each in found}

    try:
        assert base_python_versions(connection, image, owner) != ()
        assert left(owner) == {mine.id}
        remove_left_probes(connection, owner, older_than_seconds=-60)
        assert left(owner) == set()
        assert left(f"{owner}-other") == {others.id}
    finally:
        others.remove(force=True)
        connection.close()


def test_a_python_that_the_base_image_lacks_fails_with_a_plain_reason(rig: Rig) -> None:
    with pytest.raises(BuildFailed, match=r"asks for Python 2\.7; the base image here has Python 3"):
        rig.build(rig.source(), deps_hash="conformance-docker-python", python_version="2.7")


def test_a_cancelled_build_ends_at_once_and_leaves_no_image(rig: Rig, client: Any, docker_template: Template) -> None:
    class Cancelled(Exception):
        pass

    def cancel(line: str) -> None:
        if "sleeping" in line:
            raise Cancelled

    mine = dockerfile_rig(rig, docker_template, "cancel")
    source = mine.source({"Dockerfile": "FROM spaceport/base\nRUN echo sleeping; exec sleep 4321\n"})
    with pytest.raises(Cancelled):
        mine.build(source, cancel, sha="3" * 40, sdk="docker", template="docker", no_cache=True)

    wait_for(lambda: b"4321" not in subprocess.run(["ps", "axww"], capture_output=True, check=True, timeout=10).stdout)
    assert not mine.engine.has_image("spaceport/space-space-1:333333333333")


def test_an_engine_that_does_not_answer_is_unavailable(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    engine = DockerEngine(rig.settings)

    with pytest.raises(EngineUnavailable, match="does not answer"):
        engine.list()
    engine.close()


@pytest.mark.registry
@pytest.mark.timeout(600)
def test_a_gradio_app_answers(rig: Rig) -> None:

    code = "import gradio as gr\ngr.Interface(lambda name: f'Hello {name}', 'text', 'text').launch()\n"
    gradio = replace(rig, template=load_template(REPO / "templates" / "gradio"))
    source = gradio.source({"app.py": code})
    image = gradio.build(source, deps_hash="conformance-docker-gradio").image
    spec = gradio.start(source, image, limits=Limits(memory_bytes=1024 * MIB, cpus=2.0, pids=256))

    def answered() -> bool:
        seen = gradio.seen(spec)
        assert seen.is_alive, gradio.log_text(spec)
        try:
            with urllib.request.urlopen(f"http://{seen.host}:{seen.port}/config", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    assert wait_for(answered, seconds=60)
