"""Who may do what, as one table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spaceport.domain.access import (
    Action,
    can,
    can_create_in,
    can_govern,
    is_kept_out,
    is_own,
    is_shut,
    no_right_to_create,
    opens,
    require,
)
from spaceport.domain.account import ANONYMOUS, AccessToken, Caller, OrgRole, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import AccessDenied, GatedRepo, NotAuthenticated, RepoDisabled, SpaceNotFound, SpaceportError
from spaceport.repos.http import decide

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORG, REPO = "lab", "0" * 24


def user(name: str, is_admin: bool = False) -> User:
    return User(name, name, "", is_admin, NOW)


def person(name: str, role: OrgRole | None = None, token: str = "", is_admin: bool = False, **more: object) -> Caller:
    """``token`` is a role, or for a fine-grained one ``place: rights``."""
    access_token = None
    if token in ("read", "write"):
        access_token = AccessToken("t", name, "t", token, "", NOW)
    elif token:
        place, _, rights = token.partition(": ")
        access_token = AccessToken("t", name, "t", "fineGrained", "", NOW, {place: rights.split()})
    return Caller(user(name, is_admin), access_token, {ORG: role} if role else {}, **more)  # type: ignore[arg-type]


def repo(private: bool = False, gated: str = "", owner: str = "ada", creator: str = "ada") -> Repo:
    return Repo(REPO, RepoType.MODEL, owner, owner, "demo", private, NOW, NOW, creator_id=creator, gated=gated)


NOTHING = frozenset[Action]()
SEE = frozenset({Action.READ})
FETCH = SEE | {Action.FETCH, Action.ENTER}
GUEST = FETCH | {Action.DISCUSS, Action.DUPLICATE}
KEPT_OUT = SEE | {Action.DISCUSS}
LOOK = FETCH | {Action.LOGS, Action.REVEAL}
OWN = frozenset(Action) - {Action.GOVERN}
ALL = frozenset(Action)

#: Who asks: what is allowed at a public, a gated and a private repo of ada.
OF_A_PERSON = {
    "nobody": (ANONYMOUS, FETCH, SEE, NOTHING),
    "stranger": (person("eve"), GUEST, KEPT_OUT, NOTHING),
    "stranger who was let in": (person("eve", admitted=frozenset({REPO})), GUEST, GUEST, NOTHING),
    "stranger who was let in elsewhere": (person("eve", admitted=frozenset({"1" * 24})), GUEST, KEPT_OUT, NOTHING),
    "stranger's write token": (person("eve", token="write"), GUEST, KEPT_OUT, NOTHING),
    "stranger's read token": (person("eve", token="read"), FETCH, SEE, NOTHING),
    "read token of who was let in": (person("eve", token="read", admitted=frozenset({REPO})), FETCH, FETCH, NOTHING),
    "stranger's token for this repo": (person("eve", token=f"{REPO}: write"), GUEST, KEPT_OUT, NOTHING),
    "owner": (person("ada"), OWN, OWN, OWN),
    "owner's write token": (person("ada", token="write"), OWN, OWN, OWN),
    "owner's read token": (person("ada", token="read"), LOOK, LOOK, LOOK),
    "token that reads this repo": (
        person("ada", token=f"{REPO}: read"),
        LOOK | {Action.DUPLICATE},
        LOOK | {Action.DUPLICATE},
        LOOK | {Action.DUPLICATE},
    ),
    "token that writes this repo": (person("ada", token=f"{REPO}: write"), OWN, OWN, OWN),
    "token that writes all of ada's": (person("ada", token="ada: write"), OWN, OWN, OWN),
    "token that discusses": (
        person("ada", token="*: discussion"),
        FETCH | {Action.DISCUSS, Action.DUPLICATE},
        SEE | {Action.DISCUSS},
        NOTHING,
    ),
    "token of another repo": (person("ada", token=f"{'1' * 24}: write"), FETCH | {Action.DUPLICATE}, SEE, NOTHING),
    "admin": (person("root", is_admin=True), ALL, ALL, ALL),
    "admin's token of another repo": (
        person("root", token="1: write", is_admin=True),
        FETCH | {Action.DUPLICATE},
        SEE,
        NOTHING,
    ),
}
MEMBER = GUEST
#: The same at repos of an organization that ada made.
OF_AN_ORGANIZATION = {
    "stranger": (person("eve"), GUEST, KEPT_OUT, NOTHING),
    "who made it and left": (person("ada"), GUEST, KEPT_OUT, NOTHING),
    "read": (person("bob", OrgRole.READ), MEMBER, MEMBER, MEMBER),
    "read, made it": (person("ada", OrgRole.READ), MEMBER, MEMBER, MEMBER),
    "contributor": (person("bob", OrgRole.CONTRIBUTOR), MEMBER, MEMBER, MEMBER),
    "contributor who made it": (person("ada", OrgRole.CONTRIBUTOR), OWN, OWN, OWN),
    "write": (person("bob", OrgRole.WRITE), OWN, OWN, OWN),
    "write by a read token": (person("bob", OrgRole.WRITE, "read"), LOOK, LOOK, LOOK),
    "write by a token for the organization": (person("bob", OrgRole.WRITE, f"{ORG}: write"), OWN, OWN, OWN),
    "write by a token for the own namespace": (
        person("bob", OrgRole.WRITE, "bob: write"),
        FETCH | {Action.DUPLICATE},
        SEE,
        NOTHING,
    ),
    "read by a token that writes": (person("bob", OrgRole.READ, f"{ORG}: write"), MEMBER, MEMBER, MEMBER),
    "admin of the organization": (person("bob", OrgRole.ADMIN), OWN, OWN, OWN),
    "admin of this Spaceport": (person("root", is_admin=True), ALL, ALL, ALL),
}
SHAPES = {"public": repo(), "gated": repo(gated="manual"), "private": repo(private=True)}
CASES = [
    pytest.param(caller, replace(shape, owner_id=owner), action, action in allowed, id=f"{who}-{name}-{action.name}")
    for owner, table in (("ada", OF_A_PERSON), (ORG, OF_AN_ORGANIZATION))
    for who, (caller, *columns) in table.items()
    for (name, shape), allowed in zip(SHAPES.items(), columns, strict=True)
    for action in Action
]


@pytest.mark.parametrize(("caller", "target", "action", "allowed"), CASES)
def test_the_table_of_rights_holds(caller: Caller, target: Repo, action: Action, allowed: bool) -> None:
    assert can(caller, action, target) is allowed


@pytest.mark.parametrize(("caller", "target", "action", "allowed"), CASES)
def test_a_missing_right_never_betrays_a_hidden_repo(
    caller: Caller, target: Repo, action: Action, allowed: bool
) -> None:
    wanted: type[SpaceportError] | None = None
    if not allowed and not can(caller, Action.READ, target):
        wanted = SpaceNotFound
    elif not allowed:
        wanted = NotAuthenticated if caller.user is None else AccessDenied
        wanted = GatedRepo if action in (Action.FETCH, Action.ENTER) and is_kept_out(caller, target) else wanted

    try:
        require(caller, action, target)
        raised = None
    except SpaceportError as error:
        raised = type(error)
    assert raised is wanted


@pytest.mark.parametrize(("caller", "target", "action", "allowed"), CASES)
def test_what_is_disabled_is_for_admins_alone_and_still_betrays_nothing(
    caller: Caller, target: Repo, action: Action, allowed: bool
) -> None:
    disabled, is_admin = replace(target, is_disabled=True), bool(caller.user and caller.user.is_admin)
    wanted = RepoDisabled if can(caller, Action.READ, target) else SpaceNotFound

    assert can(caller, action, disabled) is (allowed and is_admin)
    if not is_admin:
        with pytest.raises(wanted):
            require(caller, action, disabled)
    assert is_shut(caller, disabled) is (wanted is RepoDisabled and not is_admin)


def test_a_private_repo_is_closed_to_who_was_let_in_while_it_was_gated() -> None:
    target = repo(private=True, gated="auto")

    assert not can(person("eve", admitted=frozenset({REPO})), Action.FETCH, target)


@pytest.mark.parametrize(
    ("caller", "namespace", "allowed"),
    [
        (ANONYMOUS, "ada", False),
        (person("ada"), "ada", True),
        (person("ada", token="read"), "ada", False),
        (person("ada", token="ada: write"), "ada", True),
        (person("ada", token="ada: read"), "ada", False),
        (person("ada", token=f"{REPO}: write"), "ada", False),
        (person("ada"), ORG, False),
        (person("ada", OrgRole.READ), ORG, False),
        (person("ada", OrgRole.CONTRIBUTOR), ORG, True),
        (person("ada", OrgRole.WRITE), ORG, True),
        (person("ada", OrgRole.WRITE, "read"), ORG, False),
        (person("ada", OrgRole.WRITE, "ada: write"), ORG, False),
        (person("ada", OrgRole.WRITE, f"{ORG}: write"), ORG, True),
        (person("root", is_admin=True), ORG, True),
    ],
)
def test_repos_are_made_in_namespaces_of_ones_own(caller: Caller, namespace: str, allowed: bool) -> None:
    assert can_create_in(caller, namespace) is allowed


def test_members_are_governed_by_admins_alone() -> None:
    governors = {role for role in OrgRole if can_govern(person("bob", role), ORG)}

    assert governors == {OrgRole.ADMIN}
    assert can_govern(person("root", is_admin=True), ORG)
    assert not can_govern(person("bob", OrgRole.ADMIN, "read"), ORG)
    assert not can_govern(person("bob", OrgRole.ADMIN, f"{ORG}: write"), ORG)


def test_an_admin_of_this_spaceport_owns_nothing_by_that() -> None:
    assert not is_own(person("root", is_admin=True), repo())


def test_a_namespace_of_somebody_else_reads_like_one_that_is_not_there() -> None:
    assert no_right_to_create(person("ada"), "x") == no_right_to_create(person("ada", OrgRole.READ), "x")


def test_tokens_open_a_private_repo_until_they_are_over_and_where_they_may() -> None:
    target = repo(private=True)
    fine = AccessToken("t", "ada", "t", "fineGrained", "", NOW, {REPO: ["read"]})
    plain = AccessToken("t", "ada", "t", "read", "", NOW, expires_at=NOW + timedelta(days=1))

    assert opens(fine, target, NOW)
    assert not opens(fine, replace(target, id="1" * 24), NOW)
    assert opens(plain, target, NOW)
    assert not opens(plain, target, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("caller", "target", "read", "write"),
    [
        (ANONYMOUS, repo(), None, 401),
        (ANONYMOUS, repo(gated="auto"), 401, 401),
        (ANONYMOUS, repo(private=True), 401, 401),
        (person("eve", token="write"), repo(), None, 403),
        (person("eve", token="write"), repo(gated="auto"), 403, 403),
        (person("eve", token="write"), repo(private=True), 404, 404),
        (person("ada", token="write"), repo(private=True), None, None),
        (person("ada", token="read"), repo(private=True), None, 403),
        (person("root", is_admin=True), repo(private=True), None, None),
        (ANONYMOUS, replace(repo(), is_disabled=True), 401, 401),
        (person("ada"), replace(repo(), is_disabled=True), 403, 403),
        (person("eve"), replace(repo(private=True), is_disabled=True), 404, 404),
        (person("root", is_admin=True), replace(repo(), is_disabled=True), None, None),
    ],
)
def test_git_gets_the_status_it_understands(caller: Caller, target: Repo, read: int | None, write: int | None) -> None:
    refusals = [decide(caller, target, action) for action in (Action.FETCH, Action.WRITE)]

    assert [refusal.status if refusal else None for refusal in refusals] == [read, write]


@pytest.mark.parametrize("caller", [ANONYMOUS, person("eve", token="write")])
@pytest.mark.parametrize("action", [Action.FETCH, Action.WRITE])
def test_git_tells_private_from_absent_to_nobody(caller: Caller, action: Action) -> None:
    assert decide(caller, repo(private=True), action) == decide(caller, None, action)
