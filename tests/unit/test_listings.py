"""Lists of repos, on both databases: who sees what, filters, orders and pages."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from spaceport.adapters.database import SqlDatabase
from spaceport.adapters.word_search import ids_with_words
from spaceport.domain.account import ANONYMOUS, AccessToken, AccountKind, Caller, Membership, OrgRole, User
from spaceport.domain.like import Like
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.repo_query import After, Place, RepoQuery, Sample, Sort
from spaceport.domain.search_words import wanted_words
from spaceport.domain.stage import Stage
from tests.databases import DATABASES, make_database_of
from tests.unit.factories import NOW, make_space

ADA = User("ada", "Ada", "hash", False, NOW)
BOB = User("bob", "bob", "hash", False, NOW)
ADMIN = User("admin", "admin", "hash", True, NOW)
ORG = User("org", "lab", "", False, NOW, AccountKind.ORGANIZATION)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlDatabase]:
    database = make_database_of(request, tmp_path)
    with database.begin() as tx:
        for user in (ADA, BOB, ADMIN, ORG):
            tx.accounts.add_user(user)
    yield database
    database.close()


def add(database: SqlDatabase, name: str, found_by: tuple[str, ...] = (), owner: User = ADA, **values: Any) -> None:
    kind = values.pop("type", RepoType.MODEL)
    defaults: dict[str, Any] = {"private": False, "created_at": NOW, "modified_at": NOW}
    with database.begin() as tx:
        tx.repos.add(Repo(name, kind, owner.id, owner.name, name, **defaults | values))
        tx.tags.replace(name, kind, found_by)


def names(database: SqlDatabase, caller: Caller = ANONYMOUS, **conditions: Any) -> list[str]:
    query = RepoQuery(**{"kind": RepoType.MODEL, "sort": Sort.CREATED, **conditions})
    with database.read() as tx:
        return [repo.name for repo in tx.listings.page(query, caller)]


def test_private_repos_are_seen_by_those_who_may_read_them(database: SqlDatabase) -> None:
    add(database, "public")
    add(database, "secret", private=True)
    add(database, "internal", owner=ORG, private=True)
    with database.begin() as tx:
        tx.accounts.add_membership(Membership("m", ORG.id, BOB.id, OrgRole.READ, NOW))

    assert names(database) == ["public"]
    assert set(names(database, Caller(ADA))) == {"public", "secret"}
    assert set(names(database, Caller(BOB))) == {"public", "internal"}
    assert set(names(database, Caller(ADMIN))) == {"public", "secret", "internal"}


def test_disabled_repos_are_listed_to_admins_alone(database: SqlDatabase) -> None:
    add(database, "closed", is_disabled=True)

    assert [names(database, caller) for caller in (ANONYMOUS, Caller(ADA), Caller(ADMIN))] == [[], [], ["closed"]]


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        ({}, {"public"}),
        ({"ada": ["read"]}, {"public", "secret"}),
        ({"lab": ["write"], "bob": ["read"]}, {"public", "internal"}),
        ({"lab": ["discussion"], "*": ["discussion"]}, {"public"}),
    ],
)
def test_a_fine_grained_token_lists_what_it_may_read(
    database: SqlDatabase, scopes: dict[str, list[str]], seen: set[str]
) -> None:
    add(database, "public", owner=BOB)
    add(database, "secret", private=True)
    add(database, "internal", owner=ORG, private=True)
    add(database, "foreign", owner=BOB, private=True)
    ids = {user.name.lower(): user.id for user in (ADA, BOB, ORG)} | {"*": "*"}
    given = {ids[name]: rights for name, rights in scopes.items()}
    token = AccessToken("t", ADA.id, "fine", "fineGrained", "hash", NOW, given)
    with database.begin() as tx:
        tx.accounts.add_membership(Membership("m", ORG.id, ADA.id, OrgRole.READ, NOW))

    assert set(names(database, Caller(ADA, token))) == seen


def test_repos_of_an_owner_are_counted_as_far_as_they_are_seen(database: SqlDatabase) -> None:
    add(database, "public")
    add(database, "secret", private=True)
    add(database, "rows", type=RepoType.DATASET)
    add(database, "of-bob", owner=BOB)

    with database.read() as tx:
        for caller, models in ((ANONYMOUS, 1), (Caller(BOB), 1), (Caller(ADA), 2), (Caller(ADMIN), 2)):
            numbers = tx.accounts.numbers_of_repos(ADA.id, caller)
            assert numbers == {RepoType.MODEL: models, RepoType.DATASET: 1, RepoType.SPACE: 0}


def test_all_tags_must_be_there_in_one_of_their_spellings(database: SqlDatabase) -> None:
    add(database, "both", ("pytorch", "fr"))
    add(database, "one", ("pytorch",))

    assert names(database, tags=(("pytorch",),)) == ["one", "both"]
    assert names(database, tags=(("pytorch",), ("language:fr", "fr"))) == ["both"]
    assert names(database, tags=(("absent",),)) == []


@pytest.mark.parametrize("text", ["bert", "BERT", "ada/tiny", "b", "tiny-b"])
def test_any_part_of_a_name_is_found(database: SqlDatabase, text: str) -> None:
    add(database, "tiny-bert")
    add(database, "other")

    assert names(database, searches=(text,)) == ["tiny-bert"]


@pytest.mark.parametrize("text", ["%", "_", '"', "'", "*", "tiny OR other", '" OR "', "a\0b"])
def test_what_has_a_meaning_to_the_database_has_none_in_a_search(database: SqlDatabase, text: str) -> None:
    add(database, "tiny")
    add(database, "other")

    assert names(database, searches=(text,)) == []


def test_a_new_name_is_found_and_an_old_one_is_not(database: SqlDatabase) -> None:
    add(database, "first")
    with database.begin() as tx:
        tx.repos.update("first", name="second")

    assert names(database, searches=("first",)) == []
    assert names(database, searches=("second",)) == ["second"]
    with database.begin() as tx:
        tx.repos.remove("first")
        assert tx.tags.of("first") == frozenset()
    assert names(database, searches=("second",)) == []


def test_other_conditions(database: SqlDatabase) -> None:
    add(database, "small", parameters=10, gated="auto")
    add(database, "large", parameters=10**12, owner=BOB)
    add(database, "unknown")
    add(database, "words", type=RepoType.DATASET)

    assert names(database, author="ADA", kind=RepoType.DATASET) == ["words"]
    assert names(database, author="BOB") == ["large"]
    assert names(database, is_gated=True) == ["small"]
    assert set(names(database, is_gated=False)) == {"large", "unknown"}
    assert names(database, min_parameters=11) == ["large"]
    assert names(database, max_parameters=11) == ["small"]


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("is_ascending", [False, True])
def test_pages_go_on_where_the_last_one_ended(database: SqlDatabase, sort: Sort, is_ascending: bool) -> None:
    for number in range(7):
        moment = NOW + timedelta(microseconds=number // 2)
        counts = {"likes": number // 2, "downloads": number // 2, "trending": number // 2 + 0.1}
        add(database, f"r{number}", created_at=moment, modified_at=moment, **counts)
    whole = names(database, sort=sort, is_ascending=is_ascending)
    seen: list[str] = []
    after: After | None = None
    with database.read() as tx:
        while page := tx.listings.page(
            RepoQuery(RepoType.MODEL, sort=sort, is_ascending=is_ascending, limit=2, after=after), ANONYMOUS
        ):
            seen += [repo.name for repo in page]
            after = After(getattr(page[-1], sort), page[-1].id)

    assert seen == whole == sorted(whole, reverse=not is_ascending)


def test_spaces_are_listed_like_the_others(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.spaces.add(make_space(owner_id="ada"))
        tx.tags.replace("space", RepoType.SPACE, ["gradio", "models:ada/bert"])

    assert names(database, kind=RepoType.SPACE, searches=("demo",), sdks=("gradio",), is_linked=True) == ["demo"]
    assert names(database, kind=RepoType.SPACE, tags=(("models:ada/other",),)) == []
    with database.read() as tx:
        assert tx.listings.names_using(RepoType.SPACE, "models:ada/bert", ANONYMOUS, 10) == ["ada/demo"]
        assert tx.listings.public_tags(RepoType.SPACE, 10) == ["gradio", "models:ada/bert"]
        assert tx.listings.number_with(RepoType.SPACE, "gradio", ANONYMOUS) == 1


def found(database: SqlDatabase, typed: str, place: Place = Place.HEAD, **conditions: Any) -> list[str]:
    return names(database, words=wanted_words(typed), place=place, **conditions)


def test_words_are_found_in_heads_cards_and_anywhere(database: SqlDatabase) -> None:
    add(database, "distilbert", card={"pretty_name": "Birdsong 天气预报"}, tags=["audio", "region:us"])
    add(database, "other")
    with database.begin() as tx:
        tx.texts.put_card("distilbert", "Trained on **whales**.")
        tx.texts.put_card("other", "Better than Distilbert, with whales")

    for typed in ("bert", "DISTIL", "bird song", "ada/dis", "audio", "预报", "o"):
        assert "distilbert" in found(database, typed), typed
    for typed in ("ird song zebra", "us", "预天", "whales", "%", "rt"):
        assert found(database, typed) == [] or not wanted_words(typed), typed
    assert found(database, "whale", Place.CARD) == ["other", "distilbert"]
    assert found(database, "distilbert whale", Place.CARD) == ["other", "distilbert"]
    assert found(database, "distilbert", Place.CARD) == ["other"]
    assert found(database, "distilbert", Place.ANYWHERE) == ["other", "distilbert"]
    assert found(database, "whale", kind=RepoType.DATASET, place=Place.ANYWHERE) == []


def test_words_follow_what_they_are_of(database: SqlDatabase) -> None:
    add(database, "first")
    with database.begin() as tx:
        tx.texts.put_card("first", "about whales")
        tx.repos.update("first", name="second", description="about birds")

    assert found(database, "first") == []
    assert found(database, "second bird") == found(database, "whale second", Place.CARD) == ["second"]
    with database.begin() as tx:
        tx.texts.put_card("first", "about elks")
    assert found(database, "whale", Place.ANYWHERE) == []
    assert found(database, "elk", Place.ANYWHERE) == ["second"]
    with database.begin() as tx:
        tx.repos.remove("first")
    add(database, "first")
    assert found(database, "elk", Place.ANYWHERE) == []


def test_common_words_are_found_along_the_order(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spaceport.adapters.listing_store._FEW", 2)
    for number in range(5):
        add(database, f"bert-{number}", downloads=number)

    assert found(database, "bert", sort=Sort.DOWNLOADS, limit=2) == ["bert-4", "bert-3"]
    assert found(database, "bert 0", sort=Sort.DOWNLOADS) == ["bert-0"]


@pytest.mark.parametrize("place", [Place.HEAD, Place.ANYWHERE])
def test_words_are_looked_up_in_an_index(database: SqlDatabase, place: Place) -> None:
    with database.engine.begin() as connection:
        statement = ids_with_words(connection, RepoType.MODEL, wanted_words("bird 预报"), place)
        assert statement is not None
        sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
            assert "VIRTUAL TABLE INDEX" in plan[0][3]
            assert "USING INTEGER PRIMARY KEY" in plan[1][3]
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {sql}").all()
            assert f"ix_repo_texts_{'head' if place is Place.HEAD else 'card'}" in str(plan)


def test_spaces_are_filtered_by_hardware_and_stage(database: SqlDatabase) -> None:
    with database.begin() as tx:
        for number, stage in enumerate((Stage.RUNNING, Stage.SLEEPING)):
            values = {"id": f"s{number}", "name": f"s{number}", "subdomain": f"s{number}"}
            tx.spaces.add(make_space(**values, owner_id="ada", stage=stage, loopback_address=f"127.64.0.{number}"))
        tx.spaces.update("s1", hardware="t4")

    assert names(database, kind=RepoType.SPACE, stages=(Stage.RUNNING,)) == ["s0"]
    assert names(database, kind=RepoType.SPACE, hardware="t4") == ["s1"]
    assert names(database, kind=RepoType.SPACE, hardware="t4", stages=(Stage.RUNNING,)) == []


def test_a_sample_counts_what_the_caller_may_see_and_nothing_else(database: SqlDatabase) -> None:
    add(database, "public", ("fr", "pytorch"))
    add(database, "secret", ("fr", "hidden"), private=True)
    add(database, "internal", ("hidden",), owner=ORG, private=True)

    def sample(caller: Caller, **conditions: Any) -> Sample:
        with database.read() as tx:
            return tx.listings.sample(RepoQuery(RepoType.MODEL, **conditions), caller)

    assert sample(ANONYMOUS) == sample(Caller(BOB)) == Sample(1, {"fr": 1, "pytorch": 1})
    assert sample(Caller(ADA)) == Sample(2, {"fr": 2, "pytorch": 1, "hidden": 1})
    assert sample(Caller(ADA), tags=(("hidden",),)) == Sample(1, {"fr": 1, "hidden": 1})
    assert sample(Caller(ADMIN), limit=2).number == 2
    assert sample(Caller(BOB), words=("secret",)) == Sample(0, {})
    assert sample(ANONYMOUS, tags=(("hidden",),)) == Sample(0, {})


def test_of_some_repos_those_that_a_person_likes(database: SqlDatabase) -> None:
    for name in ("one", "two"):
        add(database, name)
    with database.begin() as tx:
        tx.likes.add(Like("one", ADA.id, RepoType.MODEL, NOW))

    with database.read() as tx:
        assert tx.likes.liked_of(ADA.id, ["one", "two"]) == {"one"}
        assert tx.likes.liked_of(BOB.id, ["one", "two"]) == tx.likes.liked_of(ADA.id, []) == frozenset()


def test_heads_tell_what_was_never_described(database: SqlDatabase) -> None:
    add(database, "new", ("a",))
    with database.begin() as tx:
        tx.repos.update("new", tags=["a"])
    add(database, "old")

    with database.read() as tx:
        assert {head.id: head.is_described for head in tx.repos.heads()} == {"new": True, "old": False}
