"""
Which memory of the hub clients may rely on: a part of the CAS's address.

Clients remember on disk what they uploaded, by the address of the CAS, and do not send it again. When the hub turns out
to have lost some of it, the address changes, and all of them begin anew.
"""

import secrets
from pathlib import Path

from spaceport_runner.made_once import made_once, write_private

_FILE = "generation"
_BYTES = 8


def current_generation(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return made_once(folder / _FILE, _fresh)


def renew_generation(folder: Path, seen: str) -> None:
    """Once, however many clients of the generation ``seen`` find something missing."""
    if seen == current_generation(folder):
        path = folder / f".{_FILE}.{secrets.token_hex(4)}"
        write_private(path, _fresh())
        path.replace(folder / _FILE)


def _fresh() -> str:
    return secrets.token_hex(_BYTES)
