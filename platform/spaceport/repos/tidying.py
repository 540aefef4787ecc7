"""Packs the loose objects of a repo now and then; after a push git does that by itself."""

import subprocess
import threading
from pathlib import Path

import structlog

from spaceport.repos.git_command import git_environment

log = structlog.get_logger()
#: git's own measure: objects spread evenly over 256 folders, and one of them stands for all.
_SAMPLE_FOLDER, _MAX_IN_SAMPLE = "17", 27
_MAX_PACKS = 50
_TIMEOUT_SECONDS = 900


def is_untidy(repo_path: Path) -> bool:
    """Whether ``git gc --auto`` would do something. Source: git-config(1), gc.auto and gc.autoPackLimit."""
    objects = repo_path / "objects"
    loose = sum(1 for _ in (objects / _SAMPLE_FOLDER).glob("*"))
    return loose > _MAX_IN_SAMPLE or sum(1 for _ in objects.glob("pack/*.pack")) > _MAX_PACKS


def tidy_in_background(repo_path: Path) -> None:
    """Nobody waits for it; two at once are one, because git keeps a lock."""
    if is_untidy(repo_path):
        threading.Thread(target=tidy, args=(repo_path,), name="tidy a repo", daemon=True).start()


def tidy(repo_path: Path) -> None:
    """Raises nothing: an untidy repo is slower, not wrong."""
    command = ["git", "-c", "safe.directory=*", "-c", "gc.autoDetach=false", "-C", str(repo_path)]
    try:
        done = subprocess.run(
            [*command, "gc", "--auto", "--quiet"],
            env=git_environment(),
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("could not tidy a repo", repo=repo_path.name, error=str(error))
        return
    if done.returncode:
        log.warning("could not tidy a repo", repo=repo_path.name, error=done.stderr.decode("utf-8", "replace")[:500])
