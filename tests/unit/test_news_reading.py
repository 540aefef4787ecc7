"""Rows of history are read one by one: what fails is passed, and what may work later is tried again."""

from pathlib import Path

import pytest

from spaceport.adapters.database import SqlDatabase
from spaceport.domain.account import User
from spaceport.domain.history import Happening, HappeningKind
from spaceport.errors import Unavailable
from spaceport.interfaces import Transaction
from spaceport.notify.reading import Write, read_on
from tests.databases import make_database
from tests.unit.factories import NOW, make_space


@pytest.fixture
def database(tmp_path: Path) -> SqlDatabase:
    database = make_database(f"sqlite:///{tmp_path}/test.sqlite3")
    with database.begin() as tx:
        tx.accounts.add_user(User("user", "ada", "hash", False, NOW))
        tx.spaces.add(make_space())
        for word in ("first", "second", "third"):
            tx.history.add("space", NOW, HappeningKind.STAGE, "system", word, {})
    return database


class Reader:
    """Takes the words of rows down; fails at one of them, when it plans or when it writes."""

    def __init__(self, database: SqlDatabase) -> None:
        self.database = database
        self.heard: list[str] = []
        self.fails_to_plan: dict[str, Exception] = {}
        self.fails_to_write: dict[str, Exception] = {}

    def read(self) -> int:
        return read_on(self.database, "reader", self._plan)

    def _plan(self, tx: Transaction, happening: Happening) -> Write | None:
        word = happening.summary
        if word in self.fails_to_plan:
            raise self.fails_to_plan[word]

        def write(tx: Transaction) -> int:
            tx.spaces.update("space", description=word)
            if word in self.fails_to_write:
                raise self.fails_to_write[word]
            self.heard.append(word)
            return 1

        return write


def test_every_row_is_looked_at_once(database: SqlDatabase) -> None:
    reader = Reader(database)

    assert [reader.read(), reader.read()] == [3, 0]
    assert reader.heard == ["first", "second", "third"]


@pytest.mark.parametrize("where", ["fails_to_plan", "fails_to_write"])
def test_a_row_that_fails_leaves_nothing_and_is_passed(database: SqlDatabase, where: str) -> None:
    reader = Reader(database)
    getattr(reader, where)["third"] = KeyError("not as it should be")

    assert [reader.read(), reader.read()] == [2, 0]

    assert reader.heard == ["first", "second"]
    with database.read() as tx:
        space = tx.spaces.get("space")
    assert space is not None
    assert space.description == "second"


@pytest.mark.parametrize("where", ["fails_to_plan", "fails_to_write"])
def test_a_database_that_does_not_answer_is_asked_again_from_there_on(database: SqlDatabase, where: str) -> None:
    reader = Reader(database)
    getattr(reader, where)["second"] = Unavailable("it is locked")
    with pytest.raises(Unavailable):
        reader.read()

    getattr(reader, where).clear()

    assert reader.read() == 2
    assert reader.heard == ["first", "second", "third"]
