"""Where repos are on disk: named by their id, so that no text of a user ever becomes a path."""

import re
from pathlib import Path

from spaceport.domain.repo import RepoType

_ID = re.compile(r"[0-9a-f]{24}")
MAIN = "refs/heads/main"


def repos_dir(data_dir: Path, kind: RepoType = RepoType.SPACE) -> Path:
    """Where the repos of a type are."""
    return data_dir.resolve() / "repos" / kind.plural


def repo_path(data_dir: Path, repo_id: str, kind: RepoType = RepoType.SPACE) -> Path:
    """
    A bare repo.

    Raises: ValueError when the id is not one of ours.
    """
    if not _ID.fullmatch(repo_id):
        raise ValueError(f"not an id of a repo: {repo_id[:50]!r}")
    return repos_dir(data_dir, kind) / f"{repo_id}.git"


def hooks_dir(data_dir: Path) -> Path:
    """The one folder of hooks that all repos share."""
    return data_dir.resolve() / "hooks"


def trash_dir(data_dir: Path) -> Path:
    """Where repos without a row wait before they go for good."""
    return data_dir.resolve() / "repos" / "trash"
