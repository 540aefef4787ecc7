"""The copies of a Space's /data, as its runner left them in the data folder."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spaceport_runner.contract import copies_size_path, snapshot_path

_NAME = re.compile(r"before-release-(\d+)")


@dataclass(frozen=True)
class Snapshot:
    """A copy made before the first start of release ``release_number`` (0 for one of another origin)."""

    name: str
    made_at: datetime
    release_number: int = 0


def snapshots_of(data_dir: Path, space_id: str) -> list[Snapshot]:
    """Newest first; none where the Space never had data."""
    folder = snapshot_path(data_dir, space_id, "any").parent
    try:
        found = [_snapshot(path) for path in folder.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda snapshot: (snapshot.made_at, snapshot.release_number), reverse=True)


def copies_bytes(data_dir: Path, space_id: str) -> int | None:
    """What all copies take together, beside the quota of /data; None where nobody has counted."""
    try:
        return int(copies_size_path(data_dir, space_id).read_text())
    except (OSError, ValueError):
        return None


def _snapshot(path: Path) -> Snapshot:
    number = _NAME.fullmatch(path.name)
    made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Snapshot(path.name, made_at, int(number[1]) if number else 0)
