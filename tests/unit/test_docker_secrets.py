"""How a container is told to expect secrets. Pure."""

import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaceport_runner.engines.docker_containers import SEAT_PATH
from spaceport_runner.engines.docker_secrets import PROLOGUE, command_of_image, shell_payload, with_secrets
from spaceport_runner.engines.engine import StartFailed
from spaceport_runner.seat import SECRETS_FLAG

VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


def image_command() -> tuple[str, ...]:
    return ("serve", "--now")


def test_without_secrets_nothing_changes() -> None:
    arguments = {"command": None, "image": "x"}

    assert with_secrets(arguments, {}, image_command) == (arguments, None)


def test_the_seat_is_told_to_take_secrets_and_keeps_its_arguments() -> None:
    arguments, payload = with_secrets({"command": ["python", SEAT_PATH, "app.py"]}, {"KEY": "välue"}, image_command)

    assert arguments == {"command": ["python", SEAT_PATH, SECRETS_FLAG, "app.py"], "stdin_open": True}
    assert payload == b'{"KEY": "v\\u00e4lue"}'


@pytest.mark.parametrize(
    ("given", "command"), [(None, ["serve", "--now"]), (["streamlit", "run"], ["streamlit", "run"])]
)
def test_every_other_program_starts_behind_the_prologue(given: Any, command: list[str]) -> None:
    arguments, payload = with_secrets({"command": given}, {"KEY": "a\nb"}, image_command)

    assert arguments["entrypoint"][:2] == ["/bin/sh", "-c"]
    assert (arguments["command"], arguments["stdin_open"]) == (command, True)
    assert payload == b"KEY=a\\0012b\n.\n"


def test_an_image_that_says_nothing_of_what_to_run_is_refused() -> None:
    with pytest.raises(StartFailed, match="CMD"):
        with_secrets({"command": None}, {"KEY": "x"}, tuple)
    assert command_of_image({"Entrypoint": None, "Cmd": ["app"]}) == ("app",)
    assert command_of_image({"Entrypoint": ["python"], "Cmd": ["app"]}) == ("python", "app")


@given(st.dictionaries(st.from_regex(r"KEY_[a-z0-9]{1,5}", fullmatch=True), VALUES, max_size=3))
@settings(max_examples=30, deadline=None)
def test_the_prologue_exports_every_value_and_leaves_the_program_no_input(secrets: dict[str, str]) -> None:
    command = ["/bin/sh", "-c", PROLOGUE, "spaceport", "/bin/sh", "-c", "cat; env -0"]
    done = subprocess.run(command, input=shell_payload(secrets), capture_output=True, timeout=60, env={}, check=True)
    found = dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0") if "=" in entry)

    assert secrets.items() <= found.items()
    assert not any(name.startswith("SPACEPORT_") for name in found)
