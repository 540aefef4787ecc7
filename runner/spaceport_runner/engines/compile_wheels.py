"""
Byte code for an environment, compiled once per wheel: ``python compile_wheels.py CACHE MARKERS SITE_PACKAGES``.

uv links the files of an environment to the unpacked wheels in its cache. Each wheel there that has no byte code yet is
compiled in its place, so that uv links the compiled files into all later environments at no cost; into this
environment, which exists already, they are linked here. The byte code is never checked against its source: both are
read-only. Standard library only: it runs inside the build's sandbox.

Source: PEP 552 (unchecked hash-based byte code).
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from py_compile import PycInvalidationMode, PyCompileError
from py_compile import compile as compile_file

#: Files below which starting more processes costs more than it saves.
FEW_FILES = 100


def main() -> None:
    cache, markers, site_packages = map(Path, sys.argv[1:4])
    markers.mkdir(parents=True, exist_ok=True)
    unlinked = new_wheels(cache, markers)
    # One at a time: two builds that brought the same new wheels would otherwise both compile them.
    with open(markers / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wheels = new_wheels(cache, markers)
        compile_all([source for wheel in wheels for source in worth_compiling(wheel)])
        for wheel in wheels:
            (markers / wheel.name).touch()
    for wheel in unlinked:
        link_into(wheel, site_packages)


def new_wheels(cache: Path, markers: Path) -> list[Path]:
    """Unpacked wheels in uv's cache that were never compiled."""
    folders = sorted(cache.glob("archive-v*/*"))
    return [folder for folder in folders if folder.is_dir() and not (markers / folder.name).exists()]


def worth_compiling(wheel: Path) -> list[Path]:
    """
    All sources but the tests that packages bring along (a third of a gradio environment, and never imported) and the
    files of ``NAME.data``: uv moves those elsewhere, and installs no wheel with more of them than its RECORD names.
    """
    return [source for source in _files(wheel, ".py") if _is_imported(source.relative_to(wheel).parts)]


def _is_imported(parts: tuple[str, ...]) -> bool:
    return not {"test", "tests"} & set(parts) and not parts[0].endswith(".data")


def compile_all(sources: list[Path]) -> None:
    """Compile files, with all processors where there are many."""
    if len(sources) < FEW_FILES:
        for source in sources:
            compile_one(source)
        return
    with ProcessPoolExecutor() as pool:
        for _ in pool.map(compile_one, sources, chunksize=32):
            pass


def compile_one(source: Path) -> None:
    """Packages hold files that are not meant to compile (templates, tests of parsers): those are left."""
    with suppress(PyCompileError, OSError, ValueError, RecursionError):
        compile_file(str(source), doraise=True, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def link_into(wheel: Path, site_packages: Path) -> None:
    """Link a wheel's byte code into an environment, where the environment's source is the wheel's very file."""
    for compiled in _byte_code(wheel):
        folder = compiled.parent.parent.relative_to(wheel)
        source = folder / (compiled.name.partition(".")[0] + ".py")
        target = site_packages / folder / "__pycache__" / compiled.name
        with suppress(FileNotFoundError, FileExistsError):
            if os.path.samefile(wheel / source, site_packages / source):
                target.parent.mkdir(exist_ok=True)
                os.link(compiled, target)


def _byte_code(wheel: Path) -> Iterator[Path]:
    for compiled in _files(wheel, f".{sys.implementation.cache_tag}.pyc"):
        if compiled.parent.name == "__pycache__":
            yield compiled


def _files(wheel: Path, suffix: str) -> Iterator[Path]:
    """As far as they are still there: a build beside this one that refreshes a wheel takes its old files away."""
    for folder, _, names in os.walk(wheel):
        yield from (Path(folder, name) for name in names if name.endswith(suffix))


if __name__ == "__main__":
    main()
