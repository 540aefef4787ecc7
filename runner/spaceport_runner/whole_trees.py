"""Whole folders, however large and deeply nested: how much they take, and how they are removed."""

import os
import subprocess
from pathlib import Path

#: Seconds that counting or removing may take where nobody says so.
TOOL_TIMEOUT_SECONDS = 600


class TreeError(Exception):
    """A folder cannot be counted or removed. Messages are plain words for people."""


class TooSlow(TreeError):
    """The time was over; what was removed until then is."""


def used_bytes(*folders: Path) -> int:
    """
    Disk space that folders take together: a file with several names counts once, a hole counts nothing.

    Raises: TreeError.
    """
    command = ["du", "--summarize", "--total", "--one-file-system", "--block-size=1", "--"]
    counted = _run([*command, *map(str, folders)])
    # Files that vanish while it counts make it complain, and count the rest.
    last = counted.stdout.decode(errors="replace").splitlines()[-1:]
    size = last[0].partition("\t")[0] if last else ""
    if not size.isdigit():
        raise TreeError(f"files cannot be counted: {counted.stderr.decode(errors='replace')[-200:]}")
    return int(size)


def remove_tree(folder: Path, timeout_seconds: float = TOOL_TIMEOUT_SECONDS) -> None:
    """
    Remove a folder and all that is in it; one that is not there is fine.

    Raises: TreeError.
    """
    removed = _run(["rm", "--recursive", "--force", "--one-file-system", "--", str(folder)], timeout_seconds)
    if removed.returncode != 0:
        raise TreeError(f"a folder cannot be removed: {removed.stderr.decode(errors='replace')[-200:]}")


def _run(command: list[str], timeout_seconds: float = TOOL_TIMEOUT_SECONDS) -> subprocess.CompletedProcess[bytes]:
    """Raises: TooSlow."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_seconds,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        raise TooSlow(f"too many files: {command[0]} took longer than {timeout_seconds:g} seconds") from None
