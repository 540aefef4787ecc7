"""Where repos are on disk: named by the Space's id, so that no text of a user ever becomes a path."""

import re
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{24}")
MAIN = "refs/heads/main"


def spaces_dir(data_dir: Path) -> Path:
    return data_dir.resolve() / "repos" / "spaces"


def repo_path(data_dir: Path, space_id: str) -> Path:
    """
    The bare repo of a Space.

    Raises: ValueError when the id is not one of ours.
    """
    if not _ID.fullmatch(space_id):
        raise ValueError(f"not an id of a Space: {space_id[:50]!r}")
    return spaces_dir(data_dir) / f"{space_id}.git"


def hooks_dir(data_dir: Path) -> Path:
    """The one folder of hooks that all repos share."""
    return data_dir.resolve() / "hooks"


def trash_dir(data_dir: Path) -> Path:
    """Where repos without a Space wait before they go for good."""
    return data_dir.resolve() / "repos" / "trash"
