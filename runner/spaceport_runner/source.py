"""The files of a commit: fetched from the hub as a tar, unpacked into a fresh folder, removed after use."""

import shutil
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from spaceport_runner.hub_answers import HubAway, answer_of, patiently
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.unpack import SourceRejected, UnpackLimits, unpack


class SourceError(Exception):
    """The commit cannot be had. Messages are plain words for people."""


@dataclass(frozen=True)
class SourceAddress:
    """Where a commit's tar is, and the token that opens it."""

    url: str
    token: str


@contextmanager
def fetched_source(
    address: SourceAddress, settings: RunnerSettings, cancelled: threading.Event | None = None
) -> Iterator[Path]:
    """
    The commit's files in a folder of its own, which is gone afterwards.

    Raises: SourceError, FetchCancelled when ``cancelled`` is set while waiting for the hub.
    """
    sources = sources_dir(settings)
    sources.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="source-", dir=sources))
    try:
        yield _fetch(address, folder, _limits(settings), cancelled or threading.Event())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftover_sources(settings: RunnerSettings) -> None:
    """Remove what killed jobs left behind. Only for a runner that has started no job yet."""
    shutil.rmtree(sources_dir(settings), ignore_errors=True)


def sources_dir(settings: RunnerSettings) -> Path:
    return settings.runner_dir / "sources"


def _limits(settings: RunnerSettings) -> UnpackLimits:
    return UnpackLimits(settings.source_limit_bytes, settings.source_limit_files)


def _fetch(address: SourceAddress, folder: Path, limits: UnpackLimits, cancelled: threading.Event) -> Path:
    """Fetch into a new folder inside ``folder`` for each try, so that a broken transfer leaves no trace."""

    numbers = count(1)

    def once() -> Path:
        target = folder / str(next(numbers))
        target.mkdir()
        try:
            _fetch_once(address, target, limits)
        except HubAway:
            shutil.rmtree(target, ignore_errors=True)
            raise
        return target

    try:
        return patiently(once, cancelled)
    except HubAway as error:
        raise SourceError(f"could not fetch the commit: {error}") from error


def _fetch_once(address: SourceAddress, target: Path, limits: UnpackLimits) -> None:
    try:
        with answer_of(address.url, address.token) as response:
            if response.status != 200:
                raise SourceError(f"could not fetch the commit: the hub answered with status {response.status}")
            unpack(response, target, limits)
    except SourceRejected as error:
        raise SourceError(str(error)) from error
    except tarfile.TarError as error:
        # A transfer that breaks off looks like a damaged archive; a truly damaged one fails again until the end.
        raise HubAway(f"the archive is incomplete ({error})") from error
    except OSError as error:
        raise SourceError(f"could not store the commit's files: {error.strerror}") from error
