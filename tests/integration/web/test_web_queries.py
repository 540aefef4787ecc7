"""How often each kind of page asks the database: seldom, and no more often where there is more to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from spaceport.domain.account import Caller
from spaceport.domain.build import BuildStatus
from spaceport.domain.repo import RepoType
from spaceport.domain.stage import Stage
from spaceport.notify.notices import NoticeStep
from spaceport.notify.watching import turn_watch
from spaceport.repos.discussions.opening import open_discussion
from spaceport.repos.discussions.talking import comment
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub
from .town import Town, View, build_town

#: Of which four tell who asks.
MOST_QUERIES = 20
_MORE = 12
#: What a Space in another state may take more: one query for each row shows as twelve.
_OTHER_STATE = 2


@pytest.fixture
def town(hub: Hub) -> Town:
    return build_town(hub)


@contextmanager
def counted(hub: Hub) -> Iterator[list[str]]:
    """The statements that the database gets meanwhile."""
    database: Any = hub.services.database
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            said.append(statement)

    engines = (database.engine, database._reading_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listen)


def queries_of(hub: Hub, views: dict[str, View]) -> dict[str, int]:
    users = {view.user.name if view.user else "": view.user for view in views.values()}
    browsers = {name: hub.browser(user) for name, user in users.items()}
    numbers = {}
    for kind, view in views.items():
        with counted(hub) as said:
            answer = browsers[view.user.name if view.user else ""].get(view.path)
        assert answer.status_code == (404 if kind == "not-found" else 200), kind
        numbers[kind] = len(said)
    return numbers


def test_every_page_takes_few_queries_and_no_more_when_there_is_more_to_show(hub: Hub, town: Town) -> None:
    before = queries_of(hub, town.views)

    _grow(hub, town)
    after = queries_of(hub, town.views)

    assert {kind: number for kind, number in before.items() if number > MOST_QUERIES} == {}
    grown = {kind: (before[kind], number) for kind, number in after.items() if number > before[kind] + _OTHER_STATE}
    assert grown == {}


def _grow(hub: Hub, town: Town) -> None:
    owner = Caller(town.ada)
    failing = _space_called(hub, "rain")
    with hub.services.database.read() as tx:
        model = tx.repos.by_name(RepoType.MODEL, "ada", "cloud-reader")
    assert model is not None
    for number in range(_MORE):
        hub.space(town.ada, f"more-{number}", stage=Stage.RUNNING)
        create_repo(hub.services, owner, RepoType.MODEL, f"more-{number}")
        create_repo(hub.services, owner, RepoType.DATASET, f"more-{number}")
        hub.build(failing, f"Try {number}", status=BuildStatus.FAILED, reason="no such package")
        hub.instance(town.space, hub.build(town.space, f"Again {number}", status=BuildStatus.SUCCEEDED))
        open_discussion(hub.services, model, owner, f"Question {number}", "?")
        comment(hub.services, model, owner, 1, f"Answer {number}")
        watched = create_repo(hub.services, Caller(town.root), RepoType.MODEL, f"watched-{number}")
        turn_watch(hub.services, watched, owner, True)
        open_discussion(hub.services, watched, Caller(town.root), f"Question {number}", "?")
    NoticeStep(hub.services.database, hub.services.clock).take()


def _space_called(hub: Hub, name: str) -> Any:
    with hub.services.database.read() as tx:
        return tx.spaces.by_name("ada", name)
