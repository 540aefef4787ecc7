"""Whose containers these are: two Spaceports may share one engine, and runners of both may bear the same name."""

import os
import secrets
from pathlib import Path

from spaceport_runner.settings import RunnerSettings

INSTALLATION_FILE = "installation.id"


def owner_of(settings: RunnerSettings) -> str:
    """The runner's name and an id kept in its folder: what an engine labels everything with that this runner owns."""
    return f"{settings.runner_id}.{_installation_id(settings.runner_dir)}"


def _installation_id(folder: Path) -> str:
    """Made by whichever process comes first; linked into place, so that nobody reads half of it."""
    path = folder / INSTALLATION_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{INSTALLATION_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        fresh.write_text(secrets.token_hex(6))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # Another process was first; its id counts.
        finally:
            fresh.unlink()
    return path.read_text().strip()
