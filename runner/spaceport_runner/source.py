"""The files of a commit: fetched from the hub as a tar, unpacked into a fresh folder, removed after use."""

import http.client
import shutil
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from spaceport_runner.settings import RunnerSettings
from spaceport_runner.unpack import SourceRejected, UnpackLimits, unpack

#: Seconds a hub that is away is tried for.
HUB_PATIENCE_SECONDS = 60.0
#: Seconds the hub may take to connect and between two pieces of the tar.
_HUB_TIMEOUT_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0

log = structlog.get_logger()


class SourceError(Exception):
    """The commit cannot be had. Messages are plain words for people."""


class FetchCancelled(Exception):
    """Nobody wants the commit any more."""


class _HubAway(Exception):
    """Trying again later may help."""


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
    tries_until = time.monotonic() + HUB_PATIENCE_SECONDS
    pause_seconds = _FIRST_PAUSE_SECONDS
    for number in range(1, 10_000):
        target = folder / str(number)
        target.mkdir()
        try:
            _fetch_once(address, target, limits)
            return target
        except _HubAway as error:
            log.info("source_fetch_delayed", reason=str(error))
            shutil.rmtree(target, ignore_errors=True)
            if time.monotonic() + pause_seconds > tries_until:
                raise SourceError(f"could not fetch the commit: {error}") from error
        if cancelled.wait(pause_seconds):
            raise FetchCancelled
        pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 2)
    raise AssertionError("unreachable: the patience is shorter than so many pauses")


def _fetch_once(address: SourceAddress, target: Path, limits: UnpackLimits) -> None:
    parts = urlsplit(address.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_HUB_TIMEOUT_SECONDS)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {address.token}"})
        response = connection.getresponse()
        _check_status(response.status)
        unpack(response, target, limits)
    except SourceRejected as error:
        raise SourceError(str(error)) from error
    except tarfile.TarError as error:
        # A transfer that breaks off looks like a damaged archive; a truly damaged one fails again until the end.
        raise _HubAway(f"the archive is incomplete ({error})") from error
    except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise _HubAway(f"the hub does not answer ({error or type(error).__name__})") from error
    except OSError as error:
        if error.filename is None:
            raise _HubAway(f"the hub cannot be reached ({error})") from error
        raise SourceError(f"could not store the commit's files: {error.strerror}") from error
    finally:
        connection.close()


def _check_status(status: int) -> None:
    if status >= 500 or status == 429:
        raise _HubAway(f"the hub answered with status {status}")
    if status != 200:
        raise SourceError(f"could not fetch the commit: the hub answered with status {status}")
