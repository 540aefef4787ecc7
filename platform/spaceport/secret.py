"""The secret that hub, controller and runner share on one machine."""

import os
import secrets
from pathlib import Path

from spaceport.data_folder import make_data_folder
from spaceport.settings import Settings


def internal_secret(settings: Settings) -> str:
    """
    The setting, or a secret kept in the data folder, made by whichever process comes first.

    Written to a file of its own and linked into place, so that nobody ever reads half of it.
    """
    if settings.internal_secret:
        return settings.internal_secret
    path = settings.data_dir / "internal.secret"
    if not path.exists():
        make_data_folder(settings.data_dir)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        write_private(fresh, secrets.token_hex(32))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # Another process was first; its secret counts.
        finally:
            fresh.unlink()
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
