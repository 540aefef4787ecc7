"""
Locks: what a build has installed, one requirement a line, and how another build installs exactly that again. Pure.

Source: ``uv pip freeze`` for the form; uv's documentation on resolution for constraints and overrides.
"""

import re

#: A lock is text of a few hundred lines. It is made from what packages say of themselves, and goes into every release.
LARGEST_BYTES = 1024**2
CONSTRAINTS_FILE = "constraints.txt"
OVERRIDES_FILE = "overrides.txt"
_PINNED = re.compile(r"^[A-Za-z0-9][\w.-]*==\S+$")
_FROM_AN_ADDRESS = re.compile(r"^[A-Za-z0-9][\w.-]*\s+@\s+(?!file:)[a-z][a-z0-9+]*://\S+$")


def constraints(lock: str | None) -> list[str]:
    """Versions that nothing may differ from. What lies in the repo itself is not among them: it comes from there."""
    return [line for line in _lines(lock) if _PINNED.match(line)]


def overrides(lock: str | None) -> list[str]:
    """Commits and files behind addresses, which no constraint can name: a branch may have moved since."""
    return [line for line in _lines(lock) if _FROM_AN_ADDRESS.match(line)]


def install_files(lock: str | None) -> dict[str, str]:
    """Name -> text of the files that make uv install a lock; empty ones change nothing."""
    return {
        CONSTRAINTS_FILE: "".join(f"{line}\n" for line in constraints(lock)),
        OVERRIDES_FILE: "".join(f"{line}\n" for line in overrides(lock)),
    }


def _lines(lock: str | None) -> list[str]:
    return [line.strip() for line in (lock or "").splitlines()]
