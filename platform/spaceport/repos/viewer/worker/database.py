"""A database in memory that can read the given folders and nothing else: no network, no extensions, no other files."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

_MEMORY_SHARE = 0.6
_THREADS = 2
_MAX_TEMP = "4GiB"


def connect(memory_bytes: int, readable: Sequence[Path], scratch: Path) -> duckdb.DuckDBPyConnection:
    """Locked before it has seen a file. Source: DuckDB's documentation, "Securing DuckDB"."""
    connection = duckdb.connect(
        config={
            "threads": _THREADS,
            "memory_limit": f"{int(memory_bytes * _MEMORY_SHARE)}B",
            "temp_directory": str(scratch),
            # Else nine tenths of what the disk has left.
            "max_temp_directory_size": _MAX_TEMP,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }
    )
    folders = ", ".join(quoted(str(folder)) for folder in (*readable, scratch))
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def quoted(text: str) -> str:
    """A text in SQL. Only for what cannot be a parameter."""
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'
