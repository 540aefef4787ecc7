"""The folder of a repo that is being made: there before the row that names it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def kept_if_done(folder: Path) -> Iterator[None]:
    """Without the row there is no repo: whatever kept it from being written, or whoever, the folder goes."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
