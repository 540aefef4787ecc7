"""The audit log: what each request is called, what is kept of it, and how it is searched."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import BaseRoute

from spaceport import doing
from spaceport.auditing import record_of
from spaceport.doing import Doing
from spaceport.domain.account import AccessToken, Caller, User
from spaceport.domain.audit import AuditQuery, AuditRecord, Outcome
from spaceport.domain.audit_actions import ACTIONS, action_of
from spaceport.errors import BadRequest
from spaceport.hub_app import make_app
from spaceport.web.audit_page import AuditPage, page_of, place_of, query_of, text_of
from spaceport.web.csv_answer import csv_answer
from tests.unit.factories import NOW
from tests.unit.services import make_bench

ADA = User("user", "ada", "", False, NOW)
#: Routes that change nothing that lasts, or so often and so little that it would drown the rest.
UNKEPT = {
    "POST /settings/language",
    "POST /uploads",
    "POST /v1/telemetry",
    "POST /oauth/device",
    "POST /oauth/token",
    "POST /oauth/userinfo",
    "POST /api/validate-yaml",
    "POST /internal/git-hook/pre-receive",
    "POST /notifications/read",
    "POST /notifications/{notice_id}/read",
    "POST /settings/notifications/{repo_id}/forget",
}
#: The same below any repo: transfers, which a push or a commit names later, questions, likes and watches.
UNKEPT_OF_REPOS = (
    "git-upload-pack",
    "git-receive-pack",
    "/info/lfs/",
    "/preupload/",
    "/paths-info/",
    "/like",
    "/unlike",
    "/watch",
    "/unwatch",
)
#: What answers that there is nothing, or passes on what is asked of a name without an owner.
NOTHING_THERE = ("{rest:path}", "/api", "/{path:path}", "{call}")


class Route:
    def __init__(self, path: str) -> None:
        self.path = path


def make_record(**values: Any) -> AuditRecord:
    defaults: dict[str, Any] = {
        "id": "one",
        "at": NOW,
        "actor": "ada",
        "action": "secret.set",
        "target": "spaces/ada/demo",
        "summary": "secret TOKEN set",
        "outcome": Outcome.DONE,
        "status": 200,
        "address": "192.0.2.7",
        "via": "token laptop",
    }
    return AuditRecord(**defaults | values)


def scope_of(method: str, route: str, caller: Caller | None = None, **parameters: str) -> dict[str, Any]:
    state = {"caller": caller} if caller is not None else {}
    return {
        "method": method,
        "route": Route(route),
        "path_params": parameters,
        "state": state,
        "client": ("192.0.2.7", 5000),
    }


def walk(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from walk(inner.routes)
        for method in getattr(route, "methods", None) or ():
            if method not in ("GET", "HEAD", "OPTIONS"):
                yield method, str(getattr(route, "path", ""))


def test_every_request_that_changes_something_has_a_name(tmp_path: Path) -> None:
    app = make_app(make_bench(tmp_path).services)
    found = set(walk(app.routes))

    nameless = {
        f"{method} {path}"
        for method, path in found
        if action_of(method, path) is None
        and f"{method} {path}" not in UNKEPT
        and not any(mark in path for mark in UNKEPT_OF_REPOS)
        and not path.startswith("/api/xet/")
        and not path.endswith(NOTHING_THERE)
    }

    assert nameless == set()
    assert {action_of(method, path) for method, path in found} - {None} == set(ACTIONS)


def test_a_record_says_who_did_what_to_what_from_where_and_with_which_token() -> None:
    token = AccessToken("t", ADA.id, "laptop", "write", "hash", NOW)
    scope = scope_of("POST", "/api/spaces/{owner}/{name}/secrets", Caller(ADA, token), owner="ada", name="demo")

    record = record_of(scope, Doing(words=["secret TOKEN set"]), 200, NOW)

    assert record is not None
    assert (record.actor, record.action, record.target) == ("ada", "secret.set", "spaces/ada/demo")
    assert (record.summary, record.address, record.via) == ("secret TOKEN set", "192.0.2.7", "token laptop")


@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_what_changed_nothing_leaves_no_record(status: int) -> None:
    scope = scope_of("POST", "/spaces/{owner}/{name}/restart", Caller(ADA), owner="ada", name="demo")

    assert record_of(scope, Doing(), status, NOW) is None


def test_a_refusal_is_kept_of_somebody_and_not_of_nobody() -> None:
    route = "/spaces/{owner}/{name}/restart"
    refused = record_of(scope_of("POST", route, Caller(ADA), owner="eve", name="demo"), Doing(), 403, NOW)

    assert refused is not None
    assert refused.outcome is Outcome.REFUSED
    assert record_of(scope_of("POST", route, owner="eve", name="demo"), Doing(), 401, NOW) is None


def test_a_failed_sign_in_is_kept_under_the_name_that_was_tried() -> None:
    record = record_of(scope_of("POST", "/login"), Doing(actor="ada", via="password"), 401, NOW)

    assert record is not None
    assert (record.actor, record.action, record.outcome) == ("ada", "account.sign_in", Outcome.REFUSED)


def test_what_is_told_outside_of_a_request_goes_nowhere() -> None:
    doing.tell("the controller put something right")
    doing.name_actor("system", "controller")


def test_records_are_found_by_words_action_person_day_and_outcome(tmp_path: Path) -> None:
    database = make_bench(tmp_path).services.database
    records = (
        make_record(),
        make_record(id="two", action="space.restart", summary="restarted by eve", actor="eve"),
        make_record(id="three", at=NOW - timedelta(days=3), outcome=Outcome.REFUSED, status=403),
    )
    with database.begin() as tx:
        for record in records:
            tx.audit.add(record)

    def found(**query: Any) -> list[str]:
        with database.read() as tx:
            return [record.id for record in tx.audit.find(AuditQuery(**query), 10)]

    assert found() == ["two", "one", "three"]
    assert found(words=("secret", "DEMO")) == ["one", "three"]
    assert found(words=("%",)) == []
    assert found(action="secret") == ["one", "three"]
    assert found(action="secre") == []
    assert found(actor="EVE") == ["two"]
    assert found(outcome=Outcome.REFUSED) == ["three"]
    assert found(until=NOW - timedelta(days=1)) == ["three"]


def test_pages_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    database = make_bench(tmp_path).services.database
    with database.begin() as tx:
        for number in range(5):
            tx.audit.add(make_record(id=f"{number}"))

    seen, place = [], None
    with database.read() as tx:
        while page := tx.audit.find(AuditQuery(), 2, place):
            seen += [record.id for record in page]
            place = place_of(text_of(page[-1]))

    assert seen == ["4", "3", "2", "1", "0"]


def test_the_page_before_ends_where_this_one_begins(tmp_path: Path) -> None:
    database = make_bench(tmp_path).services.database
    records = [make_record(id=f"{number:03}") for number in range(120)]
    with database.begin() as tx:
        for record in records:
            tx.audit.add(record)

    def shown(after: AuditRecord | None = None, before: AuditRecord | None = None) -> AuditPage:
        places = [place_of(text_of(each)) if each else None for each in (after, before)]
        with database.read() as tx:
            return page_of(tx.audit, AuditQuery(), *places)

    first = shown()
    second = shown(after=first.records[-1])
    third = shown(after=second.records[-1])

    assert [(page.has_newer, page.has_older) for page in (first, second, third)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert shown(before=third.records[0]) == second
    assert shown(before=second.records[0]) == first
    assert shown(before=first.records[3]) == first


def test_old_records_are_forgotten(tmp_path: Path) -> None:
    database = make_bench(tmp_path).services.database
    with database.begin() as tx:
        tx.audit.add(make_record())
        tx.audit.add(make_record(id="old", at=NOW - timedelta(days=500)))

        assert tx.audit.trim(NOW - timedelta(days=400)) == 1
        assert [record.id for record in tx.audit.find(AuditQuery(), 10)] == ["one"]


def test_a_day_means_all_of_it() -> None:
    query = query_of({"since": "2026-01-31", "until": "2026-01-31"})

    assert query.since is not None
    assert query.until is not None
    assert query.until - query.since == timedelta(days=1)


@pytest.mark.parametrize("asked", [{"since": "yesterday"}, {"outcome": "perhaps"}])
def test_a_filter_that_makes_no_sense_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        query_of(asked)


@pytest.mark.parametrize("text", ["x", "1e400~a", "nan~a"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        place_of(text)


async def collect(answer: Any) -> str:
    return "".join([part async for part in answer.body_iterator])


def test_a_cell_of_a_csv_file_is_never_a_formula() -> None:
    import asyncio

    text = asyncio.run(collect(csv_answer("x.csv", ("a", "b"), [("=1+1", 'say "hi", then\ngo'), (None, NOW)])))

    assert text.splitlines()[0] == "a,b"
    assert "'=1+1" in text
    assert '"say ""hi"", then\ngo"' in text
