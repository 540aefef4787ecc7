"""Whose containers these are: two Spaceports may share one engine, and runners of both may bear the same name."""

import secrets
from pathlib import Path

from spaceport_runner.made_once import made_once
from spaceport_runner.settings import RunnerSettings

INSTALLATION_FILE = "installation.id"


def owner_of(settings: RunnerSettings) -> str:
    """The runner's name and an id kept in its folder: what an engine labels everything with that this runner owns."""
    return f"{settings.runner_id}.{_installation_id(settings.runner_dir)}"


def _installation_id(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return made_once(folder / INSTALLATION_FILE, lambda: secrets.token_hex(6))
