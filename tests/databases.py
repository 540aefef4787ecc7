"""
Databases with all their tables.

The migrations run once for a test run; what they made is copied for each test. ``tests/unit/test_database.py`` sees to
it that they work wherever they start.
"""

import tempfile
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
        path.write_bytes(_migrated_file())
    return SqlDatabase(url)


def make_database_of(request: pytest.FixtureRequest, folder: Path) -> SqlDatabase:
    """For fixtures with ``DATABASES`` as their parameters."""
    if request.param == "sqlite":
        return make_database(f"{_SQLITE}{folder}/test.sqlite3")
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    return SqlDatabase(server.new_migrated_database())


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory(prefix="spaceport-db-") as folder:
        path = Path(folder) / "template.sqlite3"
        database = SqlDatabase(f"{_SQLITE}{path}")
        database.migrate()
        # The last one to leave puts all that was written into the one file.
        database.close()
        assert not path.with_name(f"{path.name}-wal").exists()
        return path.read_bytes()
