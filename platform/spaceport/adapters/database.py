"""The database: SQLite in WAL mode on one machine, PostgreSQL by URL."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, OperationalError, TimeoutError

from spaceport.adapters.stores import SqlTransaction
from spaceport.errors import BadRequest, Unavailable

log = structlog.get_logger()
#: Seconds a writer waits for another one before it gives up.
_LOCK_TIMEOUT_SECONDS = 30
#: Number of the advisory lock that writers of one PostgreSQL database share.
_WRITER_LOCK = 7700


class SqlDatabase:
    """
    Transactions over one SQLAlchemy engine; safe to use from several threads and processes.

    Raises: from ``begin`` and ``read`` Unavailable when it does not answer, stays locked or finds its disk full, and
    BadRequest for a value that no column can hold or be compared with. Errors of statements do not tell what they were
    given: they reach the log.
    """

    def __init__(self, url: str) -> None:
        self.engine = _make_engine(url, is_writing=True)
        # Readers go on beside a writer; both kinds of transactions are told apart at their beginning.
        self._reading_engine = _make_engine(url, is_writing=False)

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        with _translated(), self.engine.begin() as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        with _translated(), self._reading_engine.begin() as connection:
            yield SqlTransaction(connection)

    def migrate(self) -> None:
        """Bring the tables to the newest version; several processes may do it at once."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        self.engine.dispose()
        self._reading_engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Everything else passes: a row that cannot be written is a fault of whoever writes it."""
    try:
        yield
    except (OperationalError, TimeoutError) as error:
        why = str(error.orig if isinstance(error, OperationalError) else error).strip().partition("\n")[0]
        raise Unavailable(f"the database does not answer right now ({why}); try again in a moment") from error
    except (DataError, OverflowError, UnicodeEncodeError) as error:
        # A zero character for PostgreSQL, half a character, a number of more than 64 bits: somebody sent it.
        log.warning("a value does not fit the database", error=str(error)[:500])
        raise BadRequest("a text or a number of this request is none that this hub can store or look for") from error


def _make_engine(url: str, is_writing: bool) -> Engine:
    return _make_sqlite(url, is_writing) if url.startswith("sqlite") else _make_server_engine(url, is_writing)


def _make_sqlite(url: str, is_writing: bool) -> Engine:
    connect = {"timeout": _LOCK_TIMEOUT_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The sqlite3 module begins transactions late and on its own; we say BEGIN ourselves below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at the start: two transactions that read and then write would otherwise
        # dead-lock, and SQLite answers that with an error at once instead of waiting.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _make_server_engine(url: str, is_writing: bool) -> Engine:
    # psycopg 3 is the driver that comes along; plain postgresql:// would mean another one.
    engine = create_engine(
        re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url),
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,
    )
    if is_writing and engine.dialect.name == "postgresql":

        @event.listens_for(engine, "begin")
        def _on_begin(connection: Connection) -> None:
            # One writer at a time, as with SQLite: what a transaction read is still true when it writes.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    return engine
