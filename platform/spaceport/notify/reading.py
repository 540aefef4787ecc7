"""Rows of history, one after the other: each is looked at once, and none holds up those after it."""

from collections.abc import Callable

import structlog

from spaceport.domain.history import Happening
from spaceport.errors import Unavailable
from spaceport.interfaces import Database, Transaction

log = structlog.get_logger()

#: Rows looked at between two looks of the courier.
_BATCH = 200

#: Writes down what a row comes to; returns how much that was.
Write = Callable[[Transaction], int]
#: What a row comes to; None for nothing.
Plan = Callable[[Transaction, Happening], Write | None]


def read_on(database: Database, reader: str, plan: Plan) -> int:
    """
    Go through what happened since the last call; returns how much was written.

    ``plan`` only reads, beside other writers; what it returns is done in a short transaction of its own that moves
    the cursor, too, and must bear that things are gone by then. A row that fails is logged and passed.

    Raises: Unavailable; the next call goes on from there.
    """
    with database.read() as tx:
        happened = tx.history.since(tx.history.cursor(reader), _BATCH)
    written = 0
    for happening in happened:
        try:
            written += _take(database, reader, happening, plan)
        except Unavailable:
            raise
        except Exception:
            # The end of this row's work: tried again, it would fail again and hide all that comes after it.
            log.exception("a row of history could not be told", reader=reader, happening=happening.number)
    if happened:
        with database.begin() as tx:
            tx.history.set_cursor(reader, happened[-1].number)
    return written


def _take(database: Database, reader: str, happening: Happening, plan: Plan) -> int:
    with database.read() as tx:
        write = plan(tx, happening)
    if write is None:
        return 0
    with database.begin() as tx:
        written = write(tx)
        tx.history.set_cursor(reader, happening.number)
    return written
