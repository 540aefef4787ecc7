"""
Databases with all their tables.

The migrations run once for a test run; what they made is copied for each test. ``tests/unit/test_database.py`` sees to
it that they work wherever they start.
"""

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from spaceport.adapters.database import SqlDatabase
from tests.postgresql import PostgresqlServer

#: Both kinds, as parameters of a fixture.
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
_SQLITE = "sqlite:///"


def make_database(url: str) -> SqlDatabase:
    """The SQLite database at this URL, as it was left there or new."""
    path = Path(url.removeprefix(_SQLITE))
    if not path.exists():
        _make_new(path)
    return SqlDatabase(url)


def empty_database(url: str) -> None:
    """Make the SQLite database at this URL as good as new, under whoever has it open."""
    _make_new(Path(url.removeprefix(_SQLITE)))


def make_database_of(request: pytest.FixtureRequest, folder: Path) -> SqlDatabase:
    """For fixtures with ``DATABASES`` as their parameters."""
    if request.param == "sqlite":
        return make_database(f"{_SQLITE}{folder}/test.sqlite3")
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    return SqlDatabase(server.new_migrated_database())


def _make_new(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        # What a power cut leaves of it is nothing to a test.
        database.execute("PRAGMA synchronous=OFF")
        _migrated().backup(database)


@cache
def _migrated() -> sqlite3.Connection:
    """A database with all tables, in memory."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with tempfile.TemporaryDirectory(prefix="spaceport-db-") as folder:
        path = Path(folder) / "template.sqlite3"
        database = SqlDatabase(f"{_SQLITE}{path}")
        database.migrate()
        database.close()
        with closing(sqlite3.connect(path)) as made:
            made.backup(kept)
    return kept
