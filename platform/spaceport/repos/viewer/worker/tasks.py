"""What can be asked of a split, and what its failures mean."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from spaceport.repos.viewer.worker.convert import convert
from spaceport.repos.viewer.worker.rows import find_rows, read_rows
from spaceport.repos.viewer.worker.statistics import measure

_TASKS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "convert": convert,
    "rows": read_rows,
    "find": find_rows,
    "measure": measure,
}
PROBLEMS = (duckdb.Error, OSError, ValueError, MemoryError, RecursionError)
_MAX_MESSAGE = 500
#: What DuckDB puts before its messages, and the folders of ours that it names in them.
_PREFIX, _FOLDER = re.compile(r"^[A-Z][A-Za-z ]* Error: "), re.compile(r"/[^\s\"']*/(?:files|source)/(?:\d{5}-)?")


def do(question: dict[str, Any]) -> dict[str, Any]:
    """Raises: one of PROBLEMS."""
    return _TASKS[question["do"]](question)


def problem_of(error: BaseException, task: str) -> dict[str, Any]:
    """In words for people; ``kind`` is ``memory``, ``query`` (the question does not fit) or ``data``."""
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return {"kind": "memory", "problem": "reading this takes more memory than the viewer has"}
    text = _PREFIX.sub("", str(error).strip()) or type(error).__name__
    first_line = _FOLDER.sub("", text.splitlines()[0])[:_MAX_MESSAGE]
    is_of_query = task == "find" and isinstance(error, duckdb.ConversionException | duckdb.BinderException)
    kind = "query" if is_of_query else "data"
    return {"kind": kind, "problem": first_line, "cause": type(error).__name__}
