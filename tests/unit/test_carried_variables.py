"""Variables of owners on their way through the walls of a sandbox."""

import os
import subprocess

from spaceport_runner.engines.carried import carried

#: Also values that a shell could take for something else, and names that mean something to it.
HOSTILE = {
    "LD_PRELOAD": "/nowhere/evil.so",
    "LANGUAGE": "../../evil",
    "QUOTED": "$(touch /tmp/evil) `id` \"'\\ *\n\n",
    "IFS": "PRELOAD",
    "UID": "7",
    "EMPTY": "",
}


def test_what_an_owner_sets_has_another_name_until_the_app_begins() -> None:
    command, environment = carried(["app"], {"PATH": "/bin", **HOSTILE}, HOSTILE.keys())

    assert command[-1] == "app"
    assert not HOSTILE.keys() & environment.keys()
    assert environment["PATH"] == "/bin"
    assert not any("evil" in word for word in command)


def test_the_app_finds_every_variable_as_it_was_set() -> None:
    ours = {"PATH": os.defpath, "PORT": "7860"}
    command, environment = carried(["env", "-0"], {**ours, **HOSTILE}, HOSTILE.keys())

    done = subprocess.run(command, env=environment, capture_output=True, timeout=30)

    found = dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)
    assert {name: found.get(name) for name in {**ours, **HOSTILE}} == {**ours, **HOSTILE}
    assert not [name for name in found if name.startswith("SPACEPORT_")]


def test_without_variables_nothing_stands_before_the_command() -> None:
    assert carried(["app"], {"PATH": "/bin"}, set()) == (["app"], {"PATH": "/bin"})
