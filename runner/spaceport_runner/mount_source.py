"""The files of a mounted repo as the hub tells and gives them to a runner. The hub's side is ``repos.mount_door``."""

import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path, PurePosixPath
from typing import Any

from spaceport_runner.contract import MountSpec
from spaceport_runner.fetch_room import Promise
from spaceport_runner.hub_answers import FetchCancelled, HubAway, answer_of, patiently

#: Files asked for with one request, by their ids.
FILES_AT_ONCE = 100
_CHUNK_BYTES = 1024**2
_MAX_WORDS = 1000
_SNAPSHOT = re.compile(r"(?:model|dataset|space)-[0-9a-f]{24}-[0-9a-f]{40}(?:-[0-9a-f]{16})?")
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class MountError(Exception):
    """A repo cannot be mounted. Messages are plain words for people, and say where it should be."""


@dataclass(frozen=True)
class MountedFile:
    """``object_id`` names the content: git's id of it, or of a large file its SHA-256."""

    path: str
    object_id: str
    size_bytes: int


@dataclass(frozen=True)
class Listing:
    """What a repo holds at the commit that its revision is now. ``snapshot`` names exactly these files."""

    snapshot: str
    sha: str
    files: tuple[MountedFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def called(mount: MountSpec) -> str:
    """For everybody who sees the Space: who may not see a private repo does not learn its name here."""
    return f"the volume at {mount.inside}"


def listing_of(mount: MountSpec, cancelled: threading.Event) -> Listing:
    """
    Whether the Space may have the repo is decided by the hub, now.

    Raises: MountError, FetchCancelled.
    """

    def once() -> Any:
        with answer_of(mount.url, mount.token) as answer:
            if answer.status != 200:
                raise MountError(f"{called(mount)} cannot be mounted: {_words(answer)}")
            return json.load(answer)

    try:
        return _read_listing(patiently(once, cancelled))
    except HubAway as error:
        raise MountError(f"{called(mount)} could not be fetched: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise MountError(f"{called(mount)} cannot be mounted: the hub tells its files in a way unknown here") from error


def fetch_files(
    mount: MountSpec,
    files: Sequence[MountedFile],
    place_of: Callable[[MountedFile], Path],
    cancelled: threading.Event,
    late_at: float,
    promise: Promise,
) -> None:
    """
    Fetch each into its place, which is there in full or not at all; what was fetched before a failure stays.

    Given up at ``late_at`` (monotonic seconds). Raises: MountError, FetchCancelled, NoRoom, OSError.
    """
    for start in range(0, len(files), FILES_AT_ONCE):
        batch = files[start : start + FILES_AT_ONCE]

        def once(batch: Sequence[MountedFile] = batch) -> None:
            missing = [file for file in batch if not place_of(file).exists()]
            if missing:
                _fetch_once(mount, missing, place_of, lambda: _check_time(mount, cancelled, late_at), promise)

        try:
            patiently(once, cancelled)
        except HubAway as error:
            raise MountError(f"{called(mount)} could not be fetched: {error}") from error


def _fetch_once(
    mount: MountSpec,
    files: Sequence[MountedFile],
    place_of: Callable[[MountedFile], Path],
    check: Callable[[], None],
    promise: Promise,
) -> None:
    wanted = ",".join(file.object_id for file in files)
    with answer_of(f"{mount.url}/files?ids={wanted}", mount.token) as answer:
        if answer.status != 200:
            raise MountError(f"{called(mount)} could not be fetched: {_words(answer)}")
        for file in files:
            place = place_of(file)
            place.parent.mkdir(parents=True, exist_ok=True)
            fresh = place.with_name(f".{place.name}.{threading.get_ident()}")
            try:
                with promise.one_file():
                    _store(answer, file, fresh, check, promise)
                    fresh.rename(place)
            finally:
                fresh.unlink(missing_ok=True)


def _store(answer: HTTPResponse, file: MountedFile, place: Path, check: Callable[[], None], promise: Promise) -> None:
    """Raises: HubAway when it does not come whole, NoRoom, OSError with a file name when the disk does not take it."""
    is_large = len(file.object_id) == 64
    # Source: git's documentation of its objects (the id of a blob); of large files the id is that of the bytes.
    digest = hashlib.sha256() if is_large else hashlib.sha1(b"blob %d\0" % file.size_bytes, usedforsecurity=False)
    left = file.size_bytes
    with place.open("wb") as target:
        while left:
            check()
            chunk = answer.read(min(_CHUNK_BYTES, left))
            if not chunk:
                raise HubAway(f"{file.path} came in parts only")
            digest.update(chunk)
            left -= len(chunk)
            try:
                target.write(chunk)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(place)) from error
            promise.wrote(len(chunk))
        os.fchmod(target.fileno(), 0o444)
    if digest.hexdigest() != file.object_id:
        raise HubAway(f"{file.path} came damaged")


def _check_time(mount: MountSpec, cancelled: threading.Event, late_at: float) -> None:
    if cancelled.is_set():
        raise FetchCancelled
    if time.monotonic() >= late_at:
        raise MountError(f"{called(mount)} could not be fetched in time: restart the Space to go on with it")


def _read_listing(told: Any) -> Listing:
    """Raises: KeyError, TypeError, ValueError."""
    snapshot, sha = str(told["snapshot"]), str(told["sha"])
    if not _SNAPSHOT.fullmatch(snapshot):
        raise ValueError("no name of a snapshot")
    files = tuple(MountedFile(str(path), str(oid), int(size)) for path, oid, size in told["files"])
    if not all(_is_inside(file.path) and _OBJECT_ID.fullmatch(file.object_id) for file in files):
        raise ValueError("a path or an id that leads elsewhere")
    return Listing(snapshot, sha, files)


def _is_inside(path: str) -> bool:
    """Whatever the hub says, a file is below the folder of its snapshot."""
    parts: Iterable[str] = path.split("/")
    return not PurePosixPath(path).is_absolute() and not any(part in ("", ".", "..") or "\0" in part for part in parts)


def _words(answer: HTTPResponse) -> str:
    """What the hub says of a refusal."""
    return answer.read(_MAX_WORDS).decode("utf-8", "replace").strip() or f"the hub answered {answer.status}"
