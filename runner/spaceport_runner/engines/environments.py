"""Python environments of the sandbox engine: one for each set of dependencies, made with uv."""

import fcntl
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from uv import find_uv_bin

from spaceport_runner.engines.engine import BuildFailed, BuildInput, BuiltImage, ImageNotFound, StoredImage
from spaceport_runner.engines.environment_build import PREPARING, EnvironmentBuild
from spaceport_runner.engines.install_plan import Places
from spaceport_runner.lock import LARGEST_BYTES
from spaceport_runner.preload import preload, preloaded_beside
from spaceport_runner.whole_trees import used_bytes

_SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")
ENVIRONMENT = "env"
#: Seconds that emptying the cache may take, waiting for builds included.
CLEAN_TIMEOUT_SECONDS = 60
LOCK_FILE = "requirements.lock"


class Environments:
    """
    Environments below ``folder``::

        packages/cache         uv's, files of all environments are links to files in here
        packages/making/NAME   an environment that is being built
        preparing/NAME         what it begins with, until it is moved there: no build can write here
        envs/NAME              a link to the newest finished one
        envs/.made/NAME-ID     finished ones: ``env`` and the resolved ``requirements.lock``
        env-locks/             one build of a name at a time; nobody removes what is being taken

    A finished environment never changes and is never half there: it is moved in place as a whole. Building a name again
    makes a new one and turns the link; the old one stays as long as an instance uses it. Cache and new environments
    share a folder because a hard link cannot lead from one mount of a sandbox into another.
    """

    def __init__(
        self, folder: Path, in_use: Callable[[], set[Path]], make: EnvironmentBuild, preload_limit_bytes: int
    ) -> None:
        self._packages = folder / "packages"
        self._links = folder / "envs"
        self._made = self._links / ".made"
        self._locks = folder / "env-locks"
        self._in_use = in_use
        self._make = make
        self._preload_limit_bytes = preload_limit_bytes

    def find(self, image: str) -> Path | None:
        """The environment of that name as it is now."""
        if not _SAFE_NAME.match(image):
            return None
        path = (self._links / image).resolve() / ENVIRONMENT
        return path if path.is_dir() and not path.is_symlink() else None

    @contextmanager
    def held(self, image: str) -> Iterator[Path]:
        """
        The environment of that name, safe from removal until an instance is on record that uses it.

        Raises: ImageNotFound.
        """
        with self._locked(image, "use", fcntl.LOCK_SH):
            path = self.find(image)
            if path is None:
                raise ImageNotFound(f"the environment {image} is not on this machine")
            yield path

    def build(self, build: BuildInput, log: Callable[[str], None]) -> BuiltImage:
        """Make the environment for a commit unless it is there. Raises: BuildFailed."""
        image = f"env-{build.request.deps_hash}"
        if not _SAFE_NAME.match(image):
            raise BuildFailed(f"{build.request.deps_hash!r} cannot be the name of an environment")
        before = self.find(image)
        with self._build_lock(image, log):
            now = self.find(image)
            # Who waited for an equal build takes what it made, also where it was asked to build without the cache.
            if now is not None and (not build.request.no_cache or now != before):
                log("Dependencies have not changed: nothing to install")
                return BuiltImage(image=image, installed=False, lock=self._lock_of(image))
            self._build(image, build, log)
        self.sweep()
        return BuiltImage(image=image, installed=True, lock=self._lock_of(image))

    def remove(self, image: str) -> None:
        """Remove a name, and what it stood for unless an instance still uses it."""
        if not _SAFE_NAME.match(image):
            return
        with self._locked(image, "use", fcntl.LOCK_EX):
            (self._links / image).unlink(missing_ok=True)
        self.sweep()

    def stored(self) -> list[StoredImage]:
        """Finished environments by their names."""
        in_use = self._in_use()
        found = [(link.name, link.resolve()) for link in _entries(self._links) if link.is_symlink()]
        return [
            StoredImage(name=name, made_at=made.stat().st_mtime, in_use=made / ENVIRONMENT in in_use)
            for name, made in found
            if made.is_dir()
        ]

    def total_bytes(self) -> int:
        """Environments and the cache they share files with, each file counted once."""
        return used_bytes(*(folder for folder in (self._packages, self._links) if folder.is_dir()))

    def freed_bytes(self, images: Collection[str]) -> int:
        """Files that an environment which stays shares with these, or with the cache, are not counted."""
        gone = {(self._links / image).resolve() for image in images if _SAFE_NAME.match(image)}
        staying = [made for made in _entries(self._made) if made.resolve() not in gone]
        return self.total_bytes() - (used_bytes(*staying) if staying else 0)

    def drop_cache(self) -> None:
        """
        Files that environments use stay theirs; uv waits for installs that are under way.

        Within the walls of a build: uv follows a link, and a build could have put one to anything in the cache's place.
        """
        cache = self._packages / "cache"
        if not cache.is_dir():
            return
        here = Places(environment=self._packages, source=self._packages, cache=cache, scratch=self._packages)
        try:
            subprocess.run(
                self._make.wrapped([find_uv_bin(), "cache", "clean", "--cache-dir", str(cache)], here, self._packages),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={"PATH": os.defpath},
                timeout=CLEAN_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            # A build holds the cache all the time; the next look tries again.
            return
        shutil.rmtree(self._packages / "compiled", ignore_errors=True)

    def sweep(self) -> None:
        """Remove what nothing leads to: replaced environments that nobody uses, and leftovers of killed builds."""
        for made in _entries(self._made):
            image = made.name.rpartition("-")[0]
            with suppress(BlockingIOError), self._locked(image, "use", fcntl.LOCK_EX | fcntl.LOCK_NB):
                if (self._links / image).resolve() != made.resolve() and made / ENVIRONMENT not in self._in_use():
                    shutil.rmtree(made, ignore_errors=True)
        for making in (*_entries(self._packages / "making"), *_entries(self._packages.with_name(PREPARING))):
            with suppress(BlockingIOError), self._locked(making.name, "build", fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(making, ignore_errors=True)

    def _lock_of(self, image: str) -> str | None:
        path = (self._links / image).resolve() / LOCK_FILE
        try:
            return path.read_text() if path.stat().st_size <= LARGEST_BYTES else None
        except FileNotFoundError:
            return None

    def _build(self, image: str, build: BuildInput, log: Callable[[str], None]) -> None:
        making = self._packages / "making" / image
        places = Places(
            environment=making / ENVIRONMENT,
            source=making / "source",
            cache=self._packages / "cache",
            scratch=making / "tmp",
        )
        shutil.rmtree(making, ignore_errors=True)
        try:
            lock = self._make(build, places, self._packages, log)
            self._finish(image, places.environment, lock, build, log)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _finish(
        self, image: str, environment: Path, lock: list[str], build: BuildInput, log: Callable[[str], None]
    ) -> None:
        """Move a finished environment in place and turn the link to it."""
        if environment.is_symlink():
            # A build runs other people's code, which could have put a link to anything here.
            raise BuildFailed("the build replaced its environment by a link")
        made = self._made / f"{image}-{uuid.uuid4().hex[:8]}"
        made.mkdir(parents=True)
        try:
            preload(
                build.request.preload,
                build.request.hub_url,
                preloaded_beside(made / ENVIRONMENT),
                log,
                self._preload_limit_bytes,
            )
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        (made / LOCK_FILE).write_text("".join(f"{line}\n" for line in lock))
        with self._locked(image, "use", fcntl.LOCK_EX):
            environment.rename(made / ENVIRONMENT)
            turned = self._links / f".{made.name}"
            turned.symlink_to(made.relative_to(self._links))
            turned.replace(self._links / image)

    @contextmanager
    def _build_lock(self, image: str, log: Callable[[str], None]) -> Iterator[None]:
        try:
            with self._locked(image, "build", fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield
                return
        except BlockingIOError:
            log("Waiting for another build of the same dependencies")
        with self._locked(image, "build", fcntl.LOCK_EX):
            yield

    @contextmanager
    def _locked(self, image: str, kind: str, how: int) -> Iterator[None]:
        """A lock that ends with its process. Raises: BlockingIOError with LOCK_NB when it is taken."""
        self._locks.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._locks / f"{image}.{kind}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
