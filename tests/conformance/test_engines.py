"""What every engine must do: see ``spaceport_runner.engines.engine.Engine``."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spaceport_runner.contract import Limits, volume_path
from spaceport_runner.engines.engine import BuildFailed, ImageNotFound
from spaceport_runner.image_uses import ImageUses
from spaceport_runner.log_file import log_parts
from spaceport_runner.template import load_template

from .conftest import MIB, REPO, Rig, ask, wait_for

BROKEN = {"requirements.txt": "./no-such-package\n"}


def test_capabilities_name_the_engine_and_say_what_is_isolated(rig: Rig) -> None:
    capabilities = rig.engine.capabilities()

    assert capabilities.engine == rig.engine.name
    assert capabilities.python_versions
    assert capabilities.isolation or capabilities.not_isolated


def test_build_gives_an_image_and_streams_its_log(rig: Rig) -> None:
    lines: list[str] = []
    built = rig.build(rig.source(), lines.append)

    assert rig.engine.has_image(built.image)
    assert lines
    assert not any("\n" in line for line in lines)


LISTENS_ELSEWHERE = """
import socket, threading
server = socket.create_server(("127.0.0.1", 8123))
threading.Event().wait(600)
"""


def test_an_instance_that_listens_elsewhere_tells_where(real_rig: Rig) -> None:
    spec = real_rig.start(real_rig.source({"app.py": LISTENS_ELSEWHERE}))
    (listener,) = wait_for(lambda: real_rig.engine.listeners(spec.instance_id))

    assert (listener.host, listener.port) == ("127.0.0.1", 8123)
    assert real_rig.engine.listeners("no-such-instance") == ()


def test_the_same_dependencies_install_nothing_the_second_time(rig: Rig) -> None:
    first = rig.build(rig.source({"message.txt": "one"}))
    second = rig.build(rig.source({"message.txt": "two"}))

    assert first.installed
    assert not second.installed
    assert first.image == second.image


def test_two_builds_of_the_same_dependencies_at_once_install_once(rig: Rig) -> None:
    with ThreadPoolExecutor(2) as pool:
        built = list(pool.map(rig.build, [rig.source(), rig.source()]))

    assert sorted(each.installed for each in built) == [False, True]


def test_a_build_without_cache_installs_again_while_an_instance_runs(rig: Rig) -> None:
    source = rig.source({"message.txt": "still here"})
    spec = rig.start(source)
    rig.answer(spec)
    built = rig.build(source, no_cache=True)

    assert built.installed
    assert rig.ask(spec)["message"] == "still here"
    assert rig.answer(rig.start(source, built.image))["message"] == "still here"


def test_a_requirement_that_is_not_there_fails_the_build_and_the_log_says_why(rig: Rig) -> None:
    lines: list[str] = []
    with pytest.raises(BuildFailed):
        rig.build(rig.source(BROKEN, build="fail", message="no-such-package"), lines.append, deps_hash="broken")

    assert "no-such-package" in "\n".join(lines)


def test_a_failed_build_leaves_no_image(rig: Rig) -> None:
    source = rig.source(BROKEN, build="fail", message="no-such-package")
    for _ in range(2):
        with pytest.raises(BuildFailed):
            rig.build(source, deps_hash="broken")


def test_a_removed_image_is_gone_and_removing_it_again_is_fine(rig: Rig) -> None:
    image = rig.build(rig.source()).image
    rig.engine.remove_image(image)
    rig.engine.remove_image(image)

    assert not rig.engine.has_image(image)


def test_images_are_listed_with_their_use_and_counted(rig: Rig) -> None:
    source = rig.source()
    image = rig.build(source, no_cache=True).image
    ImageUses(rig.settings).mark(image, was_made=True)
    (unused,) = rig.engine.images()
    spec = rig.start(source, image)
    (used,) = rig.engine.images()
    counted, freed = rig.engine.images_bytes(), rig.engine.freed_bytes([image])
    rig.engine.stop(spec.instance_id)
    rig.engine.remove_image(image)

    assert (unused.name, unused.in_use) == (image, False)
    assert abs(unused.made_at - time.time()) < 3600
    assert used.in_use is (rig.kind != "fake")
    assert rig.engine.images() == []
    assert rig.engine.images_bytes() <= counted
    # With the image go caches, where they are counted at all.
    assert freed - rig.engine.freed_bytes([]) <= counted - rig.engine.images_bytes() <= freed


def test_starting_without_the_image_says_so(rig: Rig) -> None:
    source = rig.source()
    image = rig.build(source).image
    rig.engine.remove_image(image)

    with pytest.raises(ImageNotFound):
        rig.start(source, image)
    assert rig.engine.list() == []


def test_the_app_answers_with_the_commits_code_and_environment(rig: Rig) -> None:
    source = rig.source({"message.txt": "hello", "sub/file.txt": "x"})
    spec = rig.start(source, environment={"GREETING": "good day\nand more", "OVERRIDDEN": "space"})
    answer = rig.answer(spec)

    assert answer["message"] == "hello"
    assert "sub/file.txt" in answer["files"]
    assert answer["environment"]["GREETING"] == "good day\nand more"
    assert answer["environment"]["FROM_TEMPLATE"] == "template"
    assert answer["environment"]["OVERRIDDEN"] == "space"
    assert answer["arguments"][0].endswith("app.py")


def test_nothing_of_the_runners_own_environment_reaches_the_app(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACEPORT_SECRET_OF_THE_RUNNER", "secret")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    environment = rig.answer(rig.start(rig.source()))["environment"]

    assert "SPACEPORT_SECRET_OF_THE_RUNNER" not in environment
    assert "HF_TOKEN" not in environment
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["HOME"] != os.environ.get("HOME")
    assert environment["PATH"] != os.environ.get("PATH")


def test_the_app_may_write_to_its_home_and_its_folder_but_not_to_the_commit(real_rig: Rig) -> None:
    source = real_rig.source({"app.py": WRITING_APP})
    spec = real_rig.start(source)
    real_rig.answer(spec)

    assert "wrote everywhere" in real_rig.log_text(spec)
    assert not (source / "written.txt").exists()


def test_the_app_is_found_on_its_port_whatever_address_it_binds(rig: Rig) -> None:
    for host in ("0.0.0.0", "::", ""):
        spec = rig.start(rig.source(host=host, port=7860))

        assert rig.answer(spec)["cwd"]


def test_two_instances_live_on_the_same_port(rig: Rig) -> None:
    one = rig.start(rig.source({"message.txt": "one"}, port=7860), release_id="release-1")
    two = rig.start(rig.source({"message.txt": "two"}, port=7860), release_id="release-2", generation=2)

    assert rig.answer(one)["message"] == "one"
    assert rig.answer(two)["message"] == "two"
    assert {seen.instance_id: (seen.release_id, seen.generation) for seen in rig.engine.list()} == {
        one.instance_id: ("release-1", 1),
        two.instance_id: ("release-2", 2),
    }


def test_another_port_of_the_app_may_be_the_spaces_port(rig: Rig) -> None:
    spec = rig.start(rig.source(port=8501), app_port=8501)

    assert rig.answer(spec)["cwd"]
    assert rig.seen(spec).app_port == 8501


def test_output_reaches_the_log_with_times(rig: Rig) -> None:
    spec = rig.start(rig.source(log_lines=3, line="härd"))
    rig.answer(spec)
    wait_for(lambda: "härd 2" in rig.log_lines(spec))

    assert [line for line in rig.log_lines(spec) if line.startswith("härd")] == ["härd 0", "härd 1", "härd 2"]
    assert rig.log_path(spec).read_text()[:2] == "20"


def test_starting_an_instance_twice_is_one_instance(rig: Rig) -> None:
    source = rig.source()
    spec = rig.start(source)
    rig.answer(spec)
    first = rig.seen(spec)
    with ThreadPoolExecutor(2) as pool:
        again = [pool.submit(rig.engine.start, spec, rig.template, source, rig.log_path(spec)) for _ in range(2)]
        for each in again:
            each.result()

    assert [seen.instance_id for seen in rig.engine.list()] == [spec.instance_id]
    assert rig.seen(spec).port == first.port
    assert rig.seen(spec).started_at == first.started_at


def test_stop_removes_the_instance_and_stopping_again_is_fine(rig: Rig) -> None:
    spec = rig.start(rig.source())
    rig.answer(spec)
    rig.engine.stop(spec.instance_id)
    rig.engine.stop(spec.instance_id)

    assert rig.engine.inspect(spec.instance_id) is None
    assert rig.engine.list() == []
    assert "serving" in rig.log_text(spec)


def test_an_app_that_ignores_the_request_to_stop_is_killed(real_rig: Rig) -> None:
    spec = real_rig.start(real_rig.source({"app.py": STUBBORN_APP}))
    real_rig.answer(spec)
    real_rig.engine.stop(spec.instance_id, 0.2)

    assert real_rig.engine.inspect(spec.instance_id) is None


def test_the_exit_code_is_seen_and_the_instance_stays_listed_until_it_is_stopped(rig: Rig) -> None:
    spec = rig.start(rig.source(start="exit", exit_code=3, log_lines=1, line="last words"))
    wait_for(lambda: not rig.seen(spec).is_alive)
    seen = rig.seen(spec)

    assert (seen.exit_code, seen.out_of_memory) == (3, False)
    assert (seen.host, seen.port) == (None, None)
    assert [each.instance_id for each in rig.engine.list()] == [spec.instance_id]
    assert wait_for(lambda: "last words 0" in rig.log_lines(spec))
    assert rig.engine.stats(spec.instance_id) is None


def test_an_app_that_uses_too_much_memory_is_ended_and_the_reason_is_known(rig: Rig) -> None:
    limits = Limits(memory_bytes=128 * MIB, cpus=1.0, pids=256)
    spec = rig.start(rig.source(start="eat-memory"), limits=limits)
    wait_for(lambda: not rig.seen(spec).is_alive, seconds=30)
    seen = rig.seen(spec)

    assert seen.out_of_memory
    assert seen.exit_code == 137
    assert seen.memory_limit_bytes == 128 * MIB


def test_figures_grow_with_the_app(rig: Rig) -> None:
    spec = rig.start(rig.source())
    rig.answer(spec)
    stats = rig.engine.stats(spec.instance_id)

    assert stats is not None
    assert stats.cpu_seconds > 0
    assert stats.memory_bytes > MIB
    # Only a container has a network of its own.
    assert (stats.received_bytes or 0) > 0 if rig.kind == "docker" else stats.received_bytes is None
    assert rig.engine.stats("i-unknown") is None


def test_a_new_engine_object_finds_the_instances(rig: Rig) -> None:
    spec = rig.start(rig.source({"message.txt": "adopted"}))
    rig.answer(spec)
    before = rig.seen(spec)
    rig.reopen()
    (after,) = rig.engine.list()

    assert after == before
    assert rig.ask(spec)["message"] == "adopted"


def test_logs_neither_lose_nor_repeat_lines_across_a_new_engine_object(rig: Rig) -> None:
    spec = rig.start(rig.source(log_lines=200, line="early"))
    rig.answer(spec)
    rig.reopen()
    rig.ask(spec, "/print?line=unfollowed&count=200")
    rig.engine.follow_logs(spec.instance_id, rig.log_path(spec))
    rig.ask(spec, "/print?line=late&count=200")
    wait_for(lambda: "late 199" in rig.log_lines(spec))

    expected = [f"{word} {number}" for word in ("early", "unfollowed", "late") for number in range(200)]
    assert [line for line in rig.log_lines(spec) if line in set(expected)] == expected


def test_an_instance_that_ended_while_nobody_looked_is_found_with_its_exit_code(rig: Rig) -> None:
    spec = rig.start(rig.source())
    rig.answer(spec)
    address = rig.address(spec)
    rig.engine.close()
    ask(f"{address}/exit?code=9")
    rig.reopen()

    assert wait_for(lambda: rig.seen(spec).exit_code) == 9
    assert not rig.seen(spec).is_alive


def test_a_frozen_instance_does_not_answer_and_a_thawed_one_goes_on(rig: Rig) -> None:
    spec = rig.start(rig.source())
    rig.answer(spec)
    rig.engine.freeze(spec.instance_id)
    with pytest.raises(OSError):
        rig.ask(spec, timeout_seconds=0.5)
    seen = rig.seen(spec)
    assert (seen.is_alive, seen.is_frozen) == (True, True)
    rig.reopen()
    (adopted,) = rig.engine.list()
    rig.engine.thaw(spec.instance_id)

    assert adopted.is_frozen
    assert rig.ask(spec)["cwd"]
    assert not rig.seen(spec).is_frozen


def test_a_frozen_instance_can_be_stopped(rig: Rig) -> None:
    spec = rig.start(rig.source())
    rig.answer(spec)
    rig.engine.freeze(spec.instance_id)
    rig.engine.stop(spec.instance_id, 0.5)

    assert rig.engine.inspect(spec.instance_id) is None


def test_a_volume_is_shared_by_the_instances_of_a_space_and_outlives_them(rig: Rig) -> None:
    source = rig.source()
    image = rig.build(source).image
    one = rig.start(source, image, volume_bytes=64 * MIB)
    rig.answer(one)
    rig.ask(one, "/write?file=kept&bytes=5")
    two = rig.start(source, image, volume_bytes=64 * MIB, generation=2)
    rig.answer(two)
    rig.ask(two, "/write?file=kept&bytes=6")
    rig.engine.stop(one.instance_id)
    rig.engine.stop(two.instance_id)
    three = rig.start(source, image, volume_bytes=64 * MIB, generation=3)
    answer = rig.answer(three)

    assert answer["data"] == {"kept": 6}
    kept = volume_path(rig.settings.data_dir, "space-1") / "kept"
    assert kept.stat().st_uid == kept.parent.stat().st_uid
    where = str(kept.parent) if rig.kind in ("fake", "sandbox-plain") else "/data"
    assert answer["environment"]["SPACE_DATA_DIR"] == where


def test_an_instance_without_a_volume_and_one_of_another_space_see_nothing_of_it(real_rig: Rig) -> None:
    source = real_rig.source()
    image = real_rig.build(source).image
    one = real_rig.start(source, image, volume_bytes=64 * MIB)
    real_rig.answer(one)
    real_rig.ask(one, "/write?file=own&bytes=5")
    none = real_rig.start(source, image)
    other = real_rig.start(source, image, space_id="space-2", volume_bytes=64 * MIB)

    assert real_rig.answer(none)["data"] is None
    assert real_rig.answer(other)["data"] == {}


def test_a_flood_of_output_is_capped_and_the_log_says_so(rig: Rig) -> None:
    spec = rig.start(rig.source(log_lines=5, line="first"))
    rig.answer(spec)
    rig.ask(spec, f"/print?line={'x' * 200}&count=100000", timeout_seconds=60)
    rig.ask(spec, "/print?line=the%20end&count=1")
    wait_for(lambda: "the end 0" in rig.log_lines(spec), seconds=30)

    size_bytes = sum(part.stat().st_size for part in log_parts(rig.log_path(spec)))
    assert size_bytes <= rig.settings.log_limit_bytes * 1.1
    assert "first 0" in rig.log_lines(spec)
    assert any(line.startswith("[Spaceport]") for line in rig.log_lines(spec))


def test_a_line_without_an_end_does_not_fill_the_memory(rig: Rig) -> None:
    spec = rig.start(rig.source())
    rig.answer(spec)
    rig.ask(spec, f"/print?line={'y' * 50_000}&count=1")
    rig.ask(spec, "/print?line=after&count=1")
    wait_for(lambda: "after 0" in rig.log_lines(spec))

    assert max(map(len, rig.log_lines(spec))) < 20_000


def test_hostile_file_names_in_a_commit_are_only_names(rig: Rig) -> None:
    names = ["-rf", "$(touch pwned)", "a b", "semi;colon", "new\nline", "ünï", "'quote\"", "%s"]
    spec = rig.start(rig.source(dict.fromkeys(names, "x")))

    assert set(names) <= set(rig.answer(spec)["files"])


def test_links_of_a_commit_stay_links(rig: Rig) -> None:
    source = rig.source({"real.txt": "x"})
    (source / "link.txt").symlink_to("real.txt")
    (source / "outside").symlink_to("/etc/hostname")
    spec = rig.start(source)

    assert {"link.txt", "real.txt", "outside"} <= set(rig.answer(spec)["files"])


def test_an_app_file_in_a_folder_runs_from_the_top_of_the_commit(real_rig: Rig) -> None:
    source = real_rig.source({"message.txt": "from the top", "demo/beside.py": ""})
    (source / "app.py").rename(source / "demo" / "run.py")
    answer = real_rig.answer(real_rig.start(source, app_file="demo/run.py"))

    assert answer["message"] == "from the top"
    assert Path(answer["path"][0]).name == "demo"


@pytest.mark.registry
def test_requirements_are_installed_and_can_be_imported(real_rig: Rig) -> None:
    source = real_rig.source(
        {"requirements.txt": "-r more.txt\n", "more.txt": "six==1.17.0\n", "app.py": IMPORTING_APP}
    )
    spec = real_rig.start(source, real_rig.build(source, deps_hash=f"six-{real_rig.kind}").image)
    real_rig.answer(spec)

    assert "six 1.17.0" in real_rig.log_lines(spec)


@pytest.mark.registry
def test_a_gradio_app_is_built_from_its_template_and_computes(real_rig: Rig) -> None:
    real_rig.template = load_template(REPO / "templates" / "gradio")
    source = real_rig.source({"app.py": GRADIO_APP})
    limits = Limits(memory_bytes=1024 * MIB, cpus=2.0, pids=256)
    spec = real_rig.start(source, real_rig.build(source, deps_hash="gradio").image, limits=limits)
    wait_for(lambda: real_rig.computes(spec), seconds=120)

    assert real_rig.predict(spec, "world") == "Hello world"


_SERVE = Path(__file__).resolve().parents[2].joinpath("runner/spaceport_runner/engines/fake_app.py").read_text()

IMPORTING_APP = "import six\nprint('six', six.__version__, flush=True)\n" + _SERVE
STUBBORN_APP = _SERVE.replace("signal.signal(signal.SIGTERM, lambda *_: os._exit(143))", "signal.signal(15, 1)")
WRITING_APP = (
    "import os, tempfile, pathlib\n"
    "for folder in (pathlib.Path.home(), pathlib.Path.cwd(), pathlib.Path(tempfile.gettempdir())):\n"
    "    (folder / 'written.txt').write_text('x')\n"
    "print('wrote everywhere', flush=True)\n"
) + _SERVE
GRADIO_APP = (
    "import gradio as gr\n"
    "demo = gr.Interface(lambda name: f'Hello {name}', 'text', 'text', api_name='predict')\n"
    "demo.launch()\n"
)
