"""Puts the files of a static Space where the gateway serves them from."""

import shutil
from pathlib import Path

from spaceport_runner.contract import static_root

#: Never served: git's own folder, should a commit hold one.
_LEFT_OUT = (".git",)


def publish_static(source: Path, data_dir: Path, image: str) -> None:
    """
    Copy a commit's files to their place, all at once: readers see all of them or none.

    ``image`` names the Space and the commit, so what is there already is the same. ``source`` has been unpacked by us
    and holds no link that leads outside; its parent is ours to write to and removed after the build.
    """
    target = static_root(data_dir, image)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    copied = source.parent / "static"
    shutil.copytree(source, copied, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    try:
        copied.rename(target)
    except OSError:
        # Another attempt at the same commit was faster.
        if not target.exists():
            raise
