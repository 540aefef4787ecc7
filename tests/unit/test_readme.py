"""What the README tells people to type is there."""

import re
from pathlib import Path

import click

from spaceport.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
#: What stands between backticks, in a line or as a block.
CODE = "\n".join(part for pair in re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", README, re.DOTALL) for part in pair)


def test_each_command_of_spaceport_is_one() -> None:
    commands = main.commands
    typed = set(re.findall(r"(?<![\w/.-])spaceport (\w+)(?: (\w+))?", CODE))
    unknown = {words for words in typed if not _is_known(commands.get(words[0]), words[1])}

    assert len(typed) > 10
    assert unknown == set()


def test_each_target_of_make_is_one() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    typed = {
        word for line in re.findall(r"(?:^|[\w\s]=\w+ )make ([a-z0-9 -]+)", CODE, re.MULTILINE) for word in line.split()
    }

    assert len(typed) > 5
    assert typed - targets == set()


def _is_known(command: click.Command | None, sub: str) -> bool:
    return sub in command.commands if isinstance(command, click.Group) else command is not None
