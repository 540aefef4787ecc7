"""Secrets reach the app on every engine, and nothing else ever holds their values."""

import pytest

from spaceport_runner.engines.engine import StartFailed
from spaceport_runner.log_file import log_parts, tail_of_log

from .conftest import Rig, wait_for

AWKWARD = {
    "PLAIN": "hf_0123456789abcdef",
    "QUOTES": 'it\'s "quoted" `id` $(id) $HOME \\n %s !',
    "LINES": "first line of it\n  second line\r\nthe third\n\n",
    "NOT_ASCII": "pässwörd 🔑 \x81\x88\u2028 end",
    "BLANK": "  blanks around  ",
    "EMPTY": "",
    "EQUALS": "a=b=c",
    "LONG": "0123456789abcdef" * 4095,
}


def test_secrets_reach_the_app_as_they_are(rig: Rig) -> None:
    spec = rig.start(rig.source(), environment={"MODEL": "public"}, sealed_secrets=rig.sealed(AWKWARD))
    environment = rig.answer(spec)["environment"]

    assert {name: environment[name] for name in AWKWARD} == AWKWARD
    assert environment["MODEL"] == "public"


def test_a_secret_does_not_take_the_apps_port_away(rig: Rig) -> None:
    spec = rig.start(rig.source(), sealed_secrets=rig.sealed({"PORT": "1", "GRADIO_SERVER_PORT": "1"}))

    assert rig.answer(spec)["environment"]["PORT"] != "1"


def test_what_an_app_prints_of_its_secrets_is_hidden_also_after_a_new_engine_object(rig: Rig) -> None:
    secret = "s3cr3t-0123456789"
    spec = rig.start(rig.source(log_lines=2, line=f"early {secret}"), sealed_secrets=rig.sealed({"KEY": secret}))
    rig.answer(spec)
    rig.reopen()
    rig.ask(spec, f"/print?line=unfollowed%20{secret}&count=2")
    rig.engine.follow_logs(spec.instance_id, rig.log_path(spec))
    rig.ask(spec, f"/print?line=late%20{secret}&count=2")
    wait_for(lambda: "late *** 1" in rig.log_lines(spec))

    assert "early *** 0" in rig.log_lines(spec)
    assert "unfollowed *** 1" in rig.log_lines(spec)
    assert not any(secret.encode() in part.read_bytes() for part in log_parts(rig.log_path(spec)))


def test_a_secret_in_a_line_that_is_too_long_is_hidden_too(rig: Rig) -> None:
    secret = "0123456789abcdef" * 20
    line = "y" * 10_000 + secret * 300
    spec = rig.start(rig.source(log_lines=1, line=line), sealed_secrets=rig.sealed({"KEY": secret}))
    rig.answer(spec)
    wait_for(lambda: any(line.startswith("yyyy") for line in rig.log_lines(spec)))

    assert "0123456789abcdef" not in rig.log_text(spec)


def test_the_last_words_of_an_app_hide_secrets_line_by_line(rig: Rig) -> None:
    key = "-----BEGIN-----\nZm9vYmFyYmF6\n-----END-----"
    spec = rig.start(
        rig.source(start="exit", log_lines=1, line=f"key: {key}"), sealed_secrets=rig.sealed({"SSH_KEY": key})
    )
    wait_for(lambda: not rig.seen(spec).is_alive)
    wait_for(lambda: "*** 0" in rig.log_lines(spec))

    tail = [line.partition(" ")[2] for line in tail_of_log(rig.log_path(spec), 80)]
    assert [line for line in tail if "***" in line] == ["key: ***", "***", "*** 0"]


def test_a_secret_sealed_with_another_key_is_told_and_nothing_is_started(rig: Rig) -> None:
    source = rig.source()
    image = rig.build(source).image
    with pytest.raises(StartFailed, match="sealed with another key"):
        rig.start(source, image, sealed_secrets={"KEY": "not sealed at all"})

    assert rig.engine.list() == []


def test_nothing_of_a_secret_is_left_in_the_runners_folder(rig: Rig) -> None:
    secret = "s3cr3t-of-the-folder"
    spec = rig.start(rig.source(), sealed_secrets=rig.sealed({"KEY": secret}))
    rig.answer(spec)

    def holders() -> list[str]:
        files = (path for path in rig.settings.data_dir.rglob("*") if path.is_file() and not path.is_symlink())
        return [str(path) for path in files if secret.encode() in path.read_bytes()]

    assert holders() == []
    rig.engine.stop(spec.instance_id, 0)
    assert not list(rig.settings.data_dir.rglob(f"*{spec.instance_id}.json"))
