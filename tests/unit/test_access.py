"""Who may do what, as one table."""

from datetime import UTC, datetime

import pytest

from spaceport.domain.access import Action, can, require
from spaceport.domain.account import ANONYMOUS, AccessToken, Caller, User
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, NotAuthenticated, SpaceNotFound, SpaceportError
from spaceport.repos.http import decide

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def user(name: str, is_admin: bool = False) -> User:
    return User(name, name, "", is_admin, NOW)


def token(name: str, role: str) -> Caller:
    return Caller(user(name), AccessToken("t", name, "t", role, "", NOW))


def space(private: bool) -> Space:
    return Space("0" * 24, "ada", "ada", "demo", "ada-demo", "127.64.0.1", "gradio", private, NOW, NOW)


CALLERS = {
    "nobody": ANONYMOUS,
    "stranger": Caller(user("eve")),
    "stranger's token": token("eve", "write"),
    "owner": Caller(user("ada")),
    "owner's token": token("ada", "write"),
    "owner's read token": token("ada", "read"),
    "admin": Caller(user("root", is_admin=True)),
}
_OWNER = frozenset(Action) - {Action.GOVERN}
_READ_TOKEN = frozenset({Action.READ, Action.FETCH, Action.LOGS, Action.REVEAL})
PUBLIC: dict[str, frozenset[Action]] = {
    "nobody": frozenset({Action.READ, Action.FETCH}),
    "stranger": frozenset({Action.READ, Action.FETCH, Action.DISCUSS, Action.DUPLICATE}),
    "stranger's token": frozenset({Action.READ, Action.FETCH, Action.DISCUSS, Action.DUPLICATE}),
    "owner": _OWNER,
    "owner's token": _OWNER,
    "owner's read token": _READ_TOKEN,
    "admin": frozenset(Action),
}
PRIVATE = PUBLIC | dict.fromkeys(("nobody", "stranger", "stranger's token"), frozenset[Action]())
CASES = [
    (who, private, action, action in table[who])
    for private, table in ((False, PUBLIC), (True, PRIVATE))
    for who in CALLERS
    for action in Action
]


@pytest.mark.parametrize(("who", "private", "action", "allowed"), CASES)
def test_the_table_of_rights_holds(who: str, private: bool, action: Action, allowed: bool) -> None:
    assert can(CALLERS[who], action, space(private)) is allowed


@pytest.mark.parametrize(("who", "private", "action", "allowed"), CASES)
def test_a_missing_right_never_betrays_a_private_space(who: str, private: bool, action: Action, allowed: bool) -> None:
    caller = CALLERS[who]
    wanted: type[SpaceportError] | None = None
    if not allowed:
        is_hidden = private and not PRIVATE[who]
        wanted = SpaceNotFound if is_hidden else NotAuthenticated if caller.user is None else AccessDenied

    try:
        require(caller, action, space(private))
        raised = None
    except SpaceportError as error:
        raised = type(error)
    assert raised is wanted


@pytest.mark.parametrize(
    ("who", "private", "read", "write"),
    [
        ("nobody", False, None, 401),
        ("nobody", True, 401, 401),
        ("stranger's token", False, None, 403),
        ("stranger's token", True, 404, 404),
        ("owner's token", True, None, None),
        ("owner's read token", True, None, 403),
        ("admin", True, None, None),
    ],
)
def test_git_gets_the_status_it_understands(who: str, private: bool, read: int | None, write: int | None) -> None:
    statuses = []
    for action in (Action.READ, Action.WRITE):
        refusal = decide(CALLERS[who], space(private), action)
        statuses.append(refusal.status if refusal else None)

    assert statuses == [read, write]


@pytest.mark.parametrize("who", ["nobody", "stranger's token"])
@pytest.mark.parametrize("action", [Action.READ, Action.WRITE])
def test_git_tells_private_from_absent_to_nobody(who: str, action: Action) -> None:
    assert decide(CALLERS[who], space(private=True), action) == decide(CALLERS[who], None, action)
