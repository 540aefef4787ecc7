"""Why lines could not be read, in words: what DuckDB says of one that is too long, if anything, helps nobody."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import duckdb

from spaceport.repos.viewer.worker.sources import MAX_LINE_BYTES

T = TypeVar("T")
_BLOCK_BYTES = 1024**2
#: What we put before the names of files.
_NUMBER = re.compile(r"^\d{5}-")


def lines_checked(files: Sequence[Path], work: Callable[[], T]) -> T:
    """What ``work`` gives. Raises: ValueError where it fails on a line that is too long; what it raises otherwise."""
    try:
        return work()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        check_lines(files)
        raise


def check_lines(files: Sequence[Path]) -> None:
    """Raises: ValueError for a file with a line that is longer than any that is read."""
    for file in files:
        if file.suffix != ".parquet" and _has_long_line(file):
            name, most = _NUMBER.sub("", file.name), MAX_LINE_BYTES // 1024**2
            raise ValueError(
                f"{name} has a line of more than {most} MB, which is not read here: put each row on a line of its own"
            )


def _has_long_line(file: Path) -> bool:
    length = 0
    with file.open("rb") as content:
        while block := content.read(_BLOCK_BYTES):
            first = block.find(b"\n")
            if length + (first if first >= 0 else len(block)) > MAX_LINE_BYTES:
                return True
            length = len(block) - 1 - block.rfind(b"\n") if first >= 0 else length + len(block)
    return False
