"""When this runner last used each image, and which of them it made: engines do not remember."""

import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from spaceport_runner.settings import RunnerSettings

_MADE = "made here"


class ImageUses:
    """A small file for each image below ``uses``; for several processes. A disk that is full costs a mark only."""

    def __init__(self, settings: RunnerSettings) -> None:
        self._folder = settings.runner_dir / "uses"

    def mark(self, image: str, was_made: bool = False) -> None:
        """The image is used now. ``was_made`` stays once it was said."""
        path = self._path(image)
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if was_made:
                path.write_text(_MADE)
            path.touch()

    def last_use_at(self, image: str) -> float | None:
        """Seconds since the epoch, UTC."""
        try:
            return self._path(image).stat().st_mtime
        except OSError:
            return None

    def was_made_here(self, image: str) -> bool:
        try:
            return self._path(image).read_text() == _MADE
        except OSError:
            return False

    def forget(self, image: str) -> None:
        with suppress(OSError):
            self._path(image).unlink(missing_ok=True)

    def age_seconds(self, image: str, made_at: float) -> float:
        """Since the last use, else since its making."""
        return max(0.0, time.time() - max(made_at, self.last_use_at(image) or 0.0))

    def _path(self, image: str) -> Path:
        return self._folder / quote(image, safe="")
