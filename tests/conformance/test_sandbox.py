"""What only the sandbox engine does: walls made of bubblewrap, mapped ports, shims, environments made with uv."""

import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from spaceport_runner.contract import Limits
from spaceport_runner.engines.bubblewrap import Machine
from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.engines.sandbox import PYTHON_VERSION, SandboxEngine, Walls
from spaceport_runner.process_tree import descendants, is_running, process
from spaceport_runner.shim import State
from spaceport_runner.template import Template

from .conftest import MIB, Rig, opened_rig, wait_for

SERVE = (Path(__file__).resolve().parents[2] / "runner/spaceport_runner/engines/fake_app.py").read_text()

LOOKING_APP = (
    """
import json, os, pathlib
def readable(path):
    try:
        return bool(os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError:
        return False
def writable(folder):
    try:
        (pathlib.Path(folder) / "x").write_text("x")
        return True
    except OSError:
        return False
wanted = json.loads(pathlib.Path("look.json").read_text())
print("LOOK", json.dumps({
    "readable": [path for path in wanted if readable(path)],
    "writable": [path for path in ["/", "/usr", "/etc", os.environ["VIRTUAL_ENV"], "/opt/spaceport"] if writable(path)],
    "processes": [entry for entry in os.listdir("/proc") if entry.isdigit()],
    "status": pathlib.Path("/proc/self/status").read_text(),
    "same_app": os.path.samefile("/app", "."),
    "user": pathlib.Path("/etc/passwd").read_text(),
}), flush=True)
"""
    + SERVE
)
GREEDY_APP = (
    "import threading\n"
    "started, done = 0, threading.Event()\n"
    "try:\n"
    "    for _ in range(100):\n"
    "        threading.Thread(target=done.wait, daemon=True).start()\n"
    "        started += 1\n"
    "except RuntimeError:\n"
    "    pass\n"
    "print('STARTED', started, flush=True)\n"
    "done.set()\n"
) + SERVE
PARENT_APP = (
    "import subprocess, sys\n"
    "sleeper = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
    "print('CHILD', subprocess.Popen(sleeper, start_new_session=True).pid, flush=True)\n"
) + SERVE
CHILD_SERVER_APP = (
    "import subprocess, sys\n"
    "subprocess.run([sys.executable, '-m', 'http.server', '7860', '--bind', '0.0.0.0'], check=True)\n"
)
DUAL_STACK_APP = """
import asyncio, http.server
async def main():
    server = await asyncio.start_server(answer, None, 7860)
    async with server:
        await server.serve_forever()
async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}")
    await writer.drain()
    writer.close()
asyncio.run(main())
"""
SELF_CALLING_APP = (
    "import threading, urllib.request\n"
    "def call():\n"
    "    for _ in range(200):\n"
    "        try:\n"
    "            urllib.request.urlopen('http://localhost:7860/', timeout=5).close()\n"
    "            return print('reached myself', flush=True)\n"
    "        except OSError:\n"
    "            threading.Event().wait(0.05)\n"
    "threading.Thread(target=call, daemon=True).start()\n"
) + SERVE


@pytest.fixture
def plain(tmp_path: Path, template: Template) -> Iterator[Rig]:
    with opened_rig("sandbox-plain", tmp_path, template) as rig:
        yield rig


@pytest.fixture(params=["sandbox-plain", pytest.param("sandbox-bubblewrap", marks=pytest.mark.bubblewrap)])
def sandbox(request: pytest.FixtureRequest, tmp_path: Path, template: Template) -> Iterator[Rig]:
    with opened_rig(request.param, tmp_path, template) as rig:
        yield rig


@pytest.fixture
def walled(tmp_path: Path, template: Template) -> Iterator[Rig]:
    with opened_rig("sandbox-bubblewrap", tmp_path, template) as rig:
        yield rig


def state_of(rig: Rig, instance_id: str) -> State:
    return State(**json.loads((rig.settings.runner_dir / "instances" / instance_id / "state.json").read_text()))


def answers_anything(rig: Rig, instance_id: str) -> bool:
    observed = rig.engine.inspect(instance_id)
    assert observed is not None
    assert observed.host is not None
    try:
        with socket.create_connection((observed.host, observed.port or 0), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(16).startswith(b"HTTP/1")
    except OSError:
        return False


@pytest.mark.bubblewrap
def test_a_walled_app_sees_nothing_of_the_machine_but_the_system(walled: Rig) -> None:
    neighbour = walled.start(walled.source())
    hidden = [
        str(walled.settings.data_dir),
        str(walled.settings.runner_dir / "instances" / neighbour.instance_id),
        str(walled.folder),
        os.path.expanduser("~/.ssh"),
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/etc/shadow",
        f"/proc/{os.getpid()}/environ",
        __file__,
    ]
    spec = walled.start(walled.source({"app.py": LOOKING_APP, "look.json": json.dumps(hidden)}))
    answer = walled.answer(spec)
    looked = json.loads(walled.log_text(spec).partition("LOOK ")[2].splitlines()[0])

    assert looked["readable"] == []
    assert looked["writable"] == []
    assert len(looked["processes"]) < 5
    assert "CapEff:\t0000000000000000" in looked["status"]
    assert "CapBnd:\t0000000000000000" in looked["status"] or os.geteuid() != 0
    assert "NoNewPrivs:\t1" in looked["status"]
    assert looked["same_app"]
    assert f"user:x:{answer['uid']}:" in looked["user"]
    assert answer["uid"] != 0
    assert (answer["cwd"], answer["home"]) == ("/home/user/app", "/home/user")


@pytest.mark.bubblewrap
def test_walled_apps_are_different_users(walled: Rig) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give each app a user of its own")
    one, two = walled.start(walled.source()), walled.start(walled.source())

    assert walled.answer(one)["uid"] != walled.answer(two)["uid"]


@pytest.mark.bubblewrap
def test_a_walled_app_cannot_start_more_processes_than_its_limit(walled: Rig) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give each app a user of its own, whose processes are counted")
    limits = Limits(memory_bytes=512 * MIB, cpus=1.0, pids=40)
    spec = walled.start(walled.source({"app.py": GREEDY_APP}), limits=limits)
    walled.answer(spec)

    (started,) = [int(line.split()[1]) for line in walled.log_lines(spec) if line.startswith("STARTED")]
    assert started < 40


def test_an_app_listens_on_the_loopback_address_only(sandbox: Rig) -> None:
    spec = sandbox.start(sandbox.source(host="0.0.0.0", port=7860))
    sandbox.answer(spec)
    port = sandbox.seen(spec).port
    listening = [
        fields[1].partition(":")[0]
        for fields in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:])
        if fields[3] == "0A" and int(fields[1].partition(":")[2], 16) == port
    ]

    assert listening == ["0100007F"]


@pytest.mark.parametrize("app", [CHILD_SERVER_APP, DUAL_STACK_APP], ids=["child process", "both IP versions"])
def test_other_ways_to_listen_are_mapped_too(sandbox: Rig, app: str) -> None:
    spec = sandbox.start(sandbox.source({"app.py": app}))

    wait_for(lambda: answers_anything(sandbox, spec.instance_id))


def test_an_app_reaches_itself_on_its_spaces_port(sandbox: Rig) -> None:
    spec = sandbox.start(sandbox.source({"app.py": SELF_CALLING_APP}, port=7860))

    wait_for(lambda: "reached myself" in sandbox.log_lines(spec))


def test_nothing_that_an_app_started_outlives_it(sandbox: Rig) -> None:
    spec = sandbox.start(sandbox.source({"app.py": PARENT_APP}))
    sandbox.answer(spec)
    state = state_of(sandbox, spec.instance_id)
    tree = wait_for(lambda: [each for each in descendants(state.shim_pid) if "python" in each.name])
    sandbox.ask(spec, "/exit?code=4")

    assert len(tree) >= 2
    assert wait_for(lambda: sandbox.seen(spec).exit_code) == 4
    assert not any(is_running(each.pid, each.started_ticks) for each in tree)


def test_all_that_an_app_started_freezes_and_thaws_with_it(sandbox: Rig) -> None:
    spec = sandbox.start(sandbox.source({"app.py": PARENT_APP}))
    sandbox.answer(spec)
    state = state_of(sandbox, spec.instance_id)
    wait_for(lambda: [each for each in descendants(state.shim_pid) if "python" in each.name][1:])
    sandbox.engine.freeze(spec.instance_id)
    frozen = [each.state for each in descendants(state.shim_pid)]
    sandbox.reopen()
    sandbox.engine.thaw(spec.instance_id)
    thawed = [each.state for each in descendants(state.shim_pid)]

    assert set(frozen) == {"T"}
    assert len(thawed) == len(frozen) >= 2
    assert "T" not in thawed
    assert sandbox.ask(spec)["cwd"]


def test_a_killed_shim_takes_its_app_with_it_and_the_instance_is_over(sandbox: Rig) -> None:
    spec = sandbox.start(sandbox.source())
    sandbox.answer(spec)
    state = state_of(sandbox, spec.instance_id)
    tree = descendants(state.shim_pid)
    os.kill(state.shim_pid, signal.SIGKILL)
    wait_for(lambda: not any(is_running(each.pid, each.started_ticks) for each in tree))
    seen = sandbox.seen(spec)

    assert not seen.is_alive
    assert seen.exit_code is None


def test_the_shim_is_no_child_of_the_runner_and_leaves_no_zombie(plain: Rig) -> None:
    spec = plain.start(plain.source())
    plain.answer(spec)
    shim = process(state_of(plain, spec.instance_id).shim_pid)
    assert shim is not None
    plain.engine.stop(spec.instance_id)

    assert shim.parent != os.getpid()
    assert not is_running(shim.pid, shim.started_ticks)


def test_another_process_with_the_shims_old_number_is_not_taken_for_it(plain: Rig) -> None:
    spec = plain.start(plain.source(start="exit"))
    wait_for(lambda: not plain.seen(spec).is_alive)
    state = state_of(plain, spec.instance_id)
    reused = replace(state, shim_pid=os.getpid(), exit_code=None)
    folder = plain.settings.runner_dir / "instances" / spec.instance_id
    (folder / "state.json").write_text(json.dumps(reused.__dict__))
    plain.engine.freeze(spec.instance_id)

    assert not plain.seen(spec).is_alive


def test_an_interrupted_start_is_cleaned_up_and_can_be_repeated(plain: Rig) -> None:
    source = plain.source()
    image = plain.build(source).image
    for name in ("i-repeated", "i-forgotten"):
        half = plain.settings.runner_dir / "instances" / name / "home" / "app"
        half.mkdir(parents=True)
        (half / "leftover.txt").write_text("x")
    spec = plain.start(source, image, instance_id="i-repeated")
    answer = plain.answer(spec)
    plain.reopen()

    assert "leftover.txt" not in answer["files"]
    assert os.listdir(plain.settings.runner_dir / "instances") == ["i-repeated"]


def test_secrets_of_an_instance_are_not_on_disk(plain: Rig) -> None:
    spec = plain.start(plain.source(), environment={"TOKEN": "s3cret-value"})
    plain.answer(spec)
    folder = plain.settings.runner_dir / "instances" / spec.instance_id
    written = [path for path in folder.rglob("*") if path.is_file() and b"s3cret-value" in path.read_bytes()]

    assert written == []


def test_an_id_that_leads_elsewhere_starts_nothing(plain: Rig) -> None:
    source = plain.source()
    image = plain.build(source).image

    with pytest.raises(Exception, match="cannot be the id"):
        plain.start(source, image, instance_id="../../x")


def test_a_replaced_environment_goes_when_its_last_instance_does(plain: Rig) -> None:
    source = plain.source()
    spec = plain.start(source)
    made = plain.settings.runner_dir / "envs" / ".made"
    (old,) = made.iterdir()
    plain.build(source, no_cache=True)
    kept = old.exists()
    plain.engine.stop(spec.instance_id)
    plain.build(source, no_cache=True)

    assert kept
    assert not old.exists()
    assert len(list(made.iterdir())) == 1


def test_what_a_killed_build_left_is_never_used(plain: Rig) -> None:
    half = plain.settings.runner_dir / "packages" / "making" / f"env-conformance-{plain.kind}" / "env"
    half.mkdir(parents=True)
    (half / "half.txt").write_text("x")
    image = plain.build(plain.source()).image

    assert not (plain.settings.runner_dir / "envs" / image / "env" / "half.txt").exists()
    assert not half.exists()


def test_a_dockerfile_is_refused_in_plain_words(plain: Rig) -> None:
    plain.template = replace(plain.template, needs_dockerfile=True)

    with pytest.raises(BuildFailed, match="cannot build a Dockerfile"):
        plain.build(plain.source())


def test_a_python_that_is_not_here_is_refused_in_plain_words(plain: Rig) -> None:
    with pytest.raises(BuildFailed, match=r"asks for Python 2\.7"):
        plain.build(plain.source(), python_version="2.7")
    assert plain.build(plain.source(), python_version=PYTHON_VERSION).installed


def test_capabilities_say_what_plain_processes_can_do(plain: Rig) -> None:
    told = " ".join(plain.engine.capabilities().not_isolated)

    assert "plain processes" in told
    assert "network" in told


def test_bubblewrap_that_cannot_work_is_not_used_and_the_reason_is_told(plain: Rig, tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "bwrap"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho No permissions to create a new namespace >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
        walls = Walls.choose(None)
        engine = SandboxEngine(plain.settings)
        told = " ".join(engine.capabilities().not_isolated)

    assert walls.machine is None
    assert "No permissions to create a new namespace" in told


@pytest.mark.registry
def test_packages_arrive_with_byte_code_shared_by_all_environments(sandbox: Rig) -> None:
    source = sandbox.source({"requirements.txt": "six==1.17.0\n"})
    for name in ("first", "second"):
        image = sandbox.build(source, deps_hash=name).image
        (compiled,) = (
            (sandbox.settings.runner_dir / "envs" / image).resolve().glob("env/lib/*/site-packages/__pycache__/six.*")
        )
        lock = compiled.parents[5] / "requirements.lock"

        assert compiled.stat().st_nlink >= 2
        assert lock.read_text() == "six==1.17.0\n"


@pytest.mark.registry
def test_a_package_of_the_commit_is_built_and_what_its_build_sees_is_clean(
    sandbox: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    setup = (
        "import os, setuptools\n"
        "assert 'HF_TOKEN' not in os.environ\n"
        f"assert {sandbox.kind == 'sandbox-plain'} or not os.path.exists({str(sandbox.folder / 'sources')!r})\n"
        "setuptools.setup(name='beside', version='1.0', py_modules=['beside'])\n"
    )
    source = sandbox.source(
        {
            "requirements.txt": "./beside\n",
            "beside/setup.py": setup,
            "beside/beside.py": "word = 'built here'\n",
            "app.py": "import beside\nprint(beside.word, flush=True)\n" + SERVE,
        }
    )
    spec = sandbox.start(source, sandbox.build(source, deps_hash="beside").image)
    sandbox.answer(spec)

    assert "built here" in sandbox.log_lines(spec)
    assert not (source / "beside" / "build").exists()


BUILDER = """
import pickle, sys
from pathlib import Path
settings, bubblewrap, build = pickle.loads(Path(sys.argv[1]).read_bytes())
from spaceport_runner.engines.sandbox import SandboxEngine
SandboxEngine(settings, bubblewrap=bubblewrap).build(build, print)
"""


@pytest.mark.registry
def test_a_killed_builder_leaves_no_build_running(sandbox: Rig, tmp_path: Path) -> None:
    setup = "import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(600)\n"
    source = sandbox.source({"requirements.txt": "./slow\n", "slow/setup.py": setup})
    arguments = tmp_path / "arguments"
    build = sandbox.build_input(source, deps_hash="killed")
    arguments.write_bytes(pickle.dumps((sandbox.settings, sandbox.kind == "sandbox-bubblewrap", build)))
    started = sandbox.settings.runner_dir / "packages" / "making" / "env-killed" / "source" / "slow" / "started"
    with subprocess.Popen([sys.executable, "-c", BUILDER, arguments], stdout=subprocess.DEVNULL) as builder:
        try:
            wait_for(started.exists, seconds=60)
            tree = descendants(builder.pid)
        finally:
            builder.kill()

    wait_for(lambda: not any(is_running(each.pid, each.started_ticks) for each in tree))
    assert sandbox.build(sandbox.source(), deps_hash="killed").installed


@pytest.mark.bubblewrap
def test_the_machine_is_looked_at_once_and_tells_where_python_is() -> None:
    machine = Machine.look()

    assert machine is not None
    assert machine.bwrap == shutil.which("bwrap")
    assert all(Path(folder).is_dir() for folder in machine.python_folders)


@pytest.mark.registry
def test_caches_can_go_while_an_instance_runs_and_builds_go_on_after(sandbox: Rig) -> None:
    """Not on docker: the cache of this machine's Docker Engine belongs to others as well."""
    source = sandbox.source({"requirements.txt": "six==1.17.0\n"})
    spec = sandbox.start(source, sandbox.build(source, deps_hash="one").image)
    sandbox.answer(spec)
    sandbox.engine.drop_caches()

    assert sandbox.ask(spec)["cwd"]
    assert sandbox.build(source, deps_hash="two").installed
