"""Small files that are made once, by whichever process comes first, and read by all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def made_once(path: Path, make: Callable[[], str]) -> str:
    """
    What the file says; where there is none, what ``make`` gives is written to it, for its owner only.

    Written to a file of its own and linked into place, so that nobody ever reads half of it.
    """
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        write_private(fresh, make())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # Another process was first; its text counts.
        finally:
            fresh.unlink()
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
