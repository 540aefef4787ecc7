"""Lists of repos, on both databases: who sees what, filters, orders and pages."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from spaceport.adapters.database import SqlDatabase
from spaceport.domain.account import ANONYMOUS, AccessToken, AccountKind, Caller, Membership, OrgRole, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.repo_query import After, RepoQuery, Sort
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


def add(database: SqlDatabase, name: str, tags: tuple[str, ...] = (), owner: User = ADA, **values: Any) -> None:
    kind = values.pop("type", RepoType.MODEL)
    defaults: dict[str, Any] = {"private": False, "created_at": NOW, "modified_at": NOW}
    with database.begin() as tx:
        tx.repos.add(Repo(name, kind, owner.id, owner.name, name, **defaults | values))
        tx.tags.replace(name, kind, tags)


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


def test_heads_tell_what_was_never_described(database: SqlDatabase) -> None:
    add(database, "new", ("a",))
    with database.begin() as tx:
        tx.repos.update("new", tags=["a"])
    add(database, "old")

    with database.read() as tx:
        assert {head.id: head.is_described for head in tx.repos.heads()} == {"new": True, "old": False}
