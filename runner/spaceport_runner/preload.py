"""
Files of this hub's repos that a Space wants to have at hand: fetched during its build, laid out as the Hub's own cache.

Source: https://huggingface.co/docs/huggingface_hub/guides/manage-cache (layout), hub-api.md sections 5.2 and 8.1.
"""

import http.client
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.reasons import bytes_in_words

Log = Callable[[str], None]

#: Where the apps' libraries look, below the home folder of the user.
CACHE_IN_HOME = ".cache/huggingface/hub"
_TIMEOUT_SECONDS = 60.0
_CHUNK_BYTES = 1024**2
_REPO = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True)
class Wish:
    """One line of ``preload_from_hub``: a repo, the files wanted of it (all without any), at a revision."""

    repo: str
    patterns: tuple[str, ...] = ()
    revision: str = "main"

    def wants(self, path: str) -> bool:
        return not self.patterns or any(fnmatch(path, pattern) for pattern in self.patterns)


def parse_wish(line: str) -> Wish:
    """
    ``owner/name``, ``owner/name file1,file2`` or ``owner/name file1,file2 revision``.

    Raises: BuildFailed.
    """
    words = line.split()
    if not 1 <= len(words) <= 3 or not _REPO.fullmatch(words[0]):
        raise BuildFailed(
            f'"preload_from_hub" has {line[:100]!r}: write owner/name, then the files with commas between them, then a '
            "commit"
        )
    if len(words) > 2 and (".." in words[2] or words[2].startswith("/")):
        # It becomes the name of a file here, and is none that git allows.
        raise BuildFailed(f"preload_from_hub: {words[2][:100]!r} cannot be the name of a revision")
    patterns = tuple(part for part in words[1].split(",") if part) if len(words) > 1 else ()
    return Wish(words[0], patterns, words[2] if len(words) > 2 else "main")


class Allowance:
    """How many bytes one Space may still preload."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._taken_bytes = 0

    def take(self, size_bytes: int, what: str) -> None:
        """``what`` names the file that they are of. Raises: BuildFailed."""
        self._taken_bytes += size_bytes
        if self._taken_bytes > self._limit_bytes:
            raise BuildFailed(
                f"preload_from_hub asks for more than {bytes_in_words(self._limit_bytes)}: with {what} it would be "
                f"{bytes_in_words(self._taken_bytes)} or more"
            )


def preload(lines: tuple[str, ...], hub_url: str, folder: Path, log: Log, limit_bytes: int) -> None:
    """
    Fetch everything wished for into ``folder``, an empty folder that becomes a cache.

    Public repos only: a build has nobody's token. Without lines the folder is not even made. All of it together is at
    most ``limit_bytes``.

    Raises: BuildFailed naming the repo or file that is not there, or is too large.
    """
    allowance = Allowance(limit_bytes)
    for wish in map(parse_wish, lines):
        log(f"Preloading {wish.repo} from {hub_url}")
        _preload_one(wish, hub_url, folder, log, allowance)


def preloaded_beside(environment: Path) -> Path:
    """Where the files are that were preloaded for an environment; no folder where there are none."""
    return environment.with_name("preloaded")


def put_in_home(preloaded: Path, home: Path) -> None:
    """
    Copy the preloaded files into a home folder: an app may write to its own, and several share what was preloaded.

    What the app downloads by itself later goes beside them.
    """
    shutil.copytree(preloaded, home / CACHE_IN_HOME, symlinks=True, dirs_exist_ok=True)


def _preload_one(wish: Wish, hub_url: str, folder: Path, log: Log, allowance: Allowance) -> None:
    info = json.loads(_read(hub_url, f"/api/models/{wish.repo}/revision/{quote(wish.revision, safe='')}", wish))
    sha = str(info.get("sha", ""))
    if not _SHA.fullmatch(sha):
        raise BuildFailed(f"preload_from_hub: {wish.repo} has no commit {wish.revision}")
    paths = [path for path in _paths(info) if wish.wants(path)]
    missing = [pattern for pattern in wish.patterns if not any(fnmatch(path, pattern) for path in paths)]
    if missing:
        raise BuildFailed(f"preload_from_hub: {wish.repo} has no file {missing[0][:200]} at {wish.revision}")
    repo = folder / f"models--{wish.repo.replace('/', '--')}"
    for part in ("blobs", "refs", "snapshots"):
        (repo / part).mkdir(parents=True, exist_ok=True)
    if not _SHA.fullmatch(wish.revision):
        reference = repo / "refs" / wish.revision
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(sha)
    for path in paths:
        size_bytes = _fetch(hub_url, wish, sha, path, repo, allowance)
        log(f"  {path} ({size_bytes:,} bytes)")


def _paths(info: dict[str, Any]) -> list[str]:
    """Paths that stay inside a snapshot, whatever the hub says."""
    paths = [str(sibling.get("rfilename", "")) for sibling in info.get("siblings", [])]
    return [path for path in paths if path and not path.startswith("/") and ".." not in PurePosixPath(path).parts]


def _fetch(hub_url: str, wish: Wish, sha: str, path: str, repo: Path, allowance: Allowance) -> int:
    with _get(hub_url, f"/{wish.repo}/resolve/{sha}/{quote(path)}", wish) as answer:
        etag = (answer.getheader("X-Linked-Etag") or answer.getheader("ETag") or "").strip('"')
        if not _ETAG.fullmatch(etag):
            raise BuildFailed(f"preload_from_hub: the hub gave {wish.repo}/{path} without an ETag")
        blob = repo / "blobs" / etag
        expected = answer.getheader("Content-Length")
        what = f"{wish.repo}/{path}"
        if expected is not None:
            # Before anything of it is on the disk.
            allowance.take(int(expected), what)
        with blob.open("wb") as file:
            while chunk := answer.read(_CHUNK_BYTES):
                if expected is None:
                    allowance.take(len(chunk), what)
                file.write(chunk)
    if expected is not None and blob.stat().st_size != int(expected):
        raise BuildFailed(f"preload_from_hub: {wish.repo}/{path} came in parts only: push again")
    link = repo / "snapshots" / sha / path
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    return blob.stat().st_size


def _read(hub_url: str, path: str, wish: Wish) -> bytes:
    with _get(hub_url, path, wish) as answer:
        return answer.read()


@contextmanager
def _get(hub_url: str, path: str, wish: Wish) -> Iterator[http.client.HTTPResponse]:
    """Raises: BuildFailed."""
    parts = urlsplit(hub_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path.rstrip("/") + path, headers={"Accept-Encoding": "identity"})
        answer = connection.getresponse()
        if answer.status in (401, 403, 404):
            raise BuildFailed(
                f"preload_from_hub: this hub has no public model {wish.repo} with the revision {wish.revision}: push "
                "it here first, or take the line out of README.md"
            )
        if answer.status != 200:
            raise BuildFailed(f"preload_from_hub: the hub answered {answer.status} for {wish.repo}")
        yield answer
    except (OSError, http.client.HTTPException) as error:
        raise BuildFailed(f"preload_from_hub: {wish.repo} could not be fetched from this hub: {error}") from error
    finally:
        connection.close()
