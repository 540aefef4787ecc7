"""The database: what is unique, what is final, what migrations make."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from spaceport.adapters.columns import METADATA
from spaceport.adapters.database import SqlDatabase
from spaceport.domain.account import Caller, User
from spaceport.domain.build import BuildStatus
from spaceport.domain.drain import Drain
from spaceport.domain.notice import NOTICES_KEPT, Audience, Notice, NoticeKind
from spaceport.domain.quota import Quota
from spaceport.domain.release import ReleaseImage, ReleaseStatus
from spaceport.errors import AlreadyExists, BadRequest, Unavailable
from tests.databases import DATABASES, make_database_of
from tests.postgresql import PostgresqlServer
from tests.unit.factories import NOW, make_build, make_release, make_space


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlDatabase]:
    database = make_database_of(request, tmp_path)
    with database.begin() as tx:
        tx.accounts.add_user(User("user", "Ada", "hash", False, NOW))
    yield database
    database.close()


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlDatabase]:
    """Without a table."""
    url = f"sqlite:///{tmp_path}/empty.sqlite3"
    if request.param == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        url = server.new_database()
    database = SqlDatabase(url)
    yield database
    database.close()


def is_known(name: str | None, kind: str, _parents: object) -> bool:
    """The indexes of names and words are there only where the database can have them: the code knows them as such."""
    return not (name or "").startswith(("repo_search", "ix_spaces_search", "ix_repos_search", "ix_repo_texts"))


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrations_make_the_tables_that_the_code_knows(empty: SqlDatabase) -> None:
    empty.migrate()

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_known})
        assert compare_metadata(context, METADATA) == []


def test_a_database_that_is_away_is_told_in_words_that_every_step_waits_for(tmp_path: Path) -> None:
    away = SqlDatabase(f"sqlite:///{tmp_path}/none/test.sqlite3")

    with pytest.raises(Unavailable, match=r"does not answer right now \(unable to open database file\)"), away.begin():
        pass
    with pytest.raises(Unavailable), away.read():
        pass


def test_migrating_twice_changes_nothing(empty: SqlDatabase) -> None:
    for _ in range(2):
        empty.migrate()


def test_user_names_are_unique_without_regard_to_case(database: SqlDatabase) -> None:
    with pytest.raises(AlreadyExists), database.begin() as tx:
        tx.accounts.add_user(User("other", "ADA", "hash", False, NOW))


def test_space_names_are_unique_without_regard_to_case(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.spaces.add(make_space())

    clash = make_space(id="other", name="DEMO", subdomain="other", loopback_address="127.64.0.2")
    with pytest.raises(AlreadyExists), database.begin() as tx:
        tx.spaces.add(clash)


def test_a_failed_transaction_leaves_nothing(database: SqlDatabase) -> None:
    def add_and_fail() -> None:
        with database.begin() as tx:
            tx.spaces.add(make_space())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_and_fail()
    with database.begin() as tx:
        assert tx.spaces.all() == []


def test_a_finished_build_never_changes_again(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.spaces.add(make_space())
        tx.builds.add(make_build())
        tx.builds.update("build", status=BuildStatus.CANCELLED)
        tx.builds.update("build", status=BuildStatus.SUCCEEDED)
        build = tx.builds.get("build")

    assert build is not None
    assert build.status is BuildStatus.CANCELLED


def test_removing_a_space_removes_what_hangs_on_it(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.spaces.add(make_space())
        tx.builds.add(make_build())
        tx.spaces.remove("space")

        assert tx.builds.get("build") is None


def test_times_come_back_aware(database: SqlDatabase) -> None:
    with database.begin() as tx:
        user = tx.accounts.user_by_name("ada")

    assert user is not None
    assert user.created_at == NOW


def test_text_that_postgresql_would_refuse_is_made_to_fit(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.spaces.add(make_space())
        tx.spaces.update("space", build_failure="a\0b" + "c" * 5000)
        space = tx.spaces.get("space")

    assert space is not None
    assert space.build_failure is not None
    assert space.build_failure.startswith("abc")
    assert len(space.build_failure) == 2000


@pytest.mark.parametrize("name", ["half \ud800", "zero \0"])
def test_text_that_is_none_is_not_found_or_refused_in_words(database: SqlDatabase, name: str) -> None:
    """SQLite takes a zero for a character like any other, and finds nothing."""
    found = None
    with contextlib.suppress(BadRequest), database.read() as tx:
        found = tx.spaces.by_name("ada", name)

    assert found is None


def test_a_number_that_no_column_holds_is_refused_in_words(database: SqlDatabase) -> None:
    with pytest.raises(BadRequest, match="none that this hub can store"), database.begin() as tx:
        tx.spaces.update("space", likes=10**30)


def test_an_error_of_a_statement_does_not_tell_what_it_was_given(database: SqlDatabase) -> None:
    """It ends in the log."""
    with database.engine.connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text("SELECT :secret FROM nothing"), {"secret": "hf_secret"})

    assert "hf_secret" not in str(error.value)


def test_writers_take_turns(database: SqlDatabase) -> None:
    """Two that read and then write must not overwrite each other: the second sees what the first wrote."""
    with database.begin() as tx:
        tx.spaces.add(make_space())

    def grow() -> None:
        for _ in range(20):
            with database.begin() as tx:
                space = tx.spaces.get("space")
                assert space is not None
                tx.spaces.update("space", generation=space.generation + 1)

    threads = [threading.Thread(target=grow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as tx:
        space = tx.spaces.get("space")
    assert space is not None
    assert space.generation == 80


def test_images_of_all_spaces_are_listed_without_those_that_are_gone(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.spaces.add(make_space())
        tx.releases.add(make_release(id="r1", number=1, image="old"))
        tx.releases.add(make_release(id="r2", number=2, image="new", status=ReleaseStatus.LIVE, live_at=NOW))
        tx.releases.mark_image("space", "old", gone=True)
        images, owners = tx.releases.images(), tx.spaces.owner_ids(["space", "nobody"])

    assert images == [ReleaseImage("r2", "space", 2, "new", "local", "", ReleaseStatus.LIVE, NOW)]
    assert owners == {"space": "user"}


def test_what_admins_decide_takes_the_place_of_what_they_decided_before(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.rulings.put_drain(Drain("local", NOW, "root", "new memory"))
        tx.rulings.put_drain(Drain("local", NOW, "ada", "new disk", moves=True))
        tx.rulings.put_quota(Quota("user", NOW, "root", running=3))
        tx.rulings.put_quota(Quota("user", NOW, "root", cpus=1.5))

        assert tx.rulings.drains() == {"local": Drain("local", NOW, "ada", "new disk", moves=True)}
        assert tx.rulings.quotas(["user", "nobody"]) == {"user": Quota("user", NOW, "root", cpus=1.5)}
        assert [tx.rulings.remove_drain("local"), tx.rulings.remove_drain("local")] == [True, False]
        assert (tx.rulings.remove_quota("user"), tx.rulings.quotas()) == (True, {})


def test_the_oldest_notices_of_each_of_many_people_go_at_once(database: SqlDatabase) -> None:
    notice = Notice("n", "user", "space", NoticeKind.CRASH, "crash", Audience.READERS, "system", {}, NOW, read_at=NOW)
    people = [User("user", "Ada", "hash", False, NOW), User("other", "Bob", "hash", False, NOW)]
    made = [
        replace(notice, id=f"{person.id}{number}", user_id=person.id, at=NOW + timedelta(seconds=number))
        for number in range(NOTICES_KEPT + 2)
        for person in people
    ]
    with database.begin() as tx:
        tx.spaces.add(make_space())
        tx.accounts.add_user(people[1])
        tx.notices.put_all(made)
        kept = [[each.id for each in tx.notices.of_user(Caller(person), False, 1000)] for person in people]

    assert [(len(ids), ids[-1]) for ids in kept] == [(NOTICES_KEPT, "user2"), (NOTICES_KEPT, "other2")]
