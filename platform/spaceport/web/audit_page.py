"""The audit log for admins: searched, filtered, page by page, and as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.audit_stores import Audit
from spaceport.domain.audit import AuditPlace, AuditQuery, AuditRecord, Outcome
from spaceport.domain.audit_actions import ACTIONS
from spaceport.errors import BadRequest
from spaceport.event_stream import event_stream
from spaceport.interfaces import Database
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.csv_answer import Cell, csv_answer
from spaceport.web.live_parts import live_parts
from spaceport.web.visitor import admin_of

_PATH = "/admin/-/audit"
_ROWS = 50
#: Read at once for a file.
_BATCH = 1000
_FIELDS = ("words", "action", "actor", "outcome", "since", "until")
_HEAD = ("at", "actor", "action", "target", "summary", "outcome", "status", "address", "via")
#: What the filter offers: groups of actions, and then each of them.
GROUPS = tuple(sorted({action.partition(".")[0] for action in ACTIONS}))
_MAX_LENGTH = 200


@dataclass(frozen=True)
class AuditPage:
    """Records, newest first, and whether there are others on either side."""

    records: list[AuditRecord]
    has_newer: bool
    has_older: bool


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def read(asked: dict[str, str], after: AuditPlace | None, before: AuditPlace | None) -> dict[str, Any]:
        with web.services.database.read() as tx:
            shown = page_of(tx.audit, query_of(asked), after, before)
        return {
            "records": shown.records,
            "query": urlencode(asked),
            "newer": f"?{urlencode(asked | {'before': text_of(shown.records[0])})}" if shown.has_newer else None,
            "older": f"?{urlencode(asked | {'after': text_of(shown.records[-1])})}" if shown.has_older else None,
            "is_first": after is None and before is None,
        }

    @router.get(_PATH, include_in_schema=False)
    def audit(request: Request) -> Response:
        visitor = admin_of(request)
        asked = _asked(request)
        after, before = (place_of(request.query_params.get(name, "")) for name in ("after", "before"))
        return web.renderer.page(
            request,
            visitor,
            "admin_audit.html",
            asked={name: asked.get(name, "") for name in _FIELDS},
            groups=GROUPS,
            actions=ACTIONS,
            csv_url=f"{_PATH}.csv?{urlencode(asked)}",
            **read(asked, after, before),
        )

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        """The newest records that the query of the page asks for."""
        await run_in_threadpool(admin_of, request)
        asked = _asked(request)
        query_of(asked)

        def parts() -> dict[str, str]:
            return {"records": web.renderer.part("_admin_records.html", **read(asked, None, None))}

        return event_stream(live_parts(web, parts))

    @router.get(f"{_PATH}.csv", include_in_schema=False)
    def export(request: Request) -> Response:
        admin_of(request)
        return csv_answer("audit.csv", _HEAD, _all_rows(web.services.database, query_of(_asked(request))))

    return router


def page_of(audit: Audit, query: AuditQuery, after: AuditPlace | None, before: AuditPlace | None) -> AuditPage:
    """The records behind ``after``, or right in front of ``before``; one with the newest is always full."""
    if before is not None:
        newer = audit.find_newer(query, _ROWS + 1, before)
        if len(newer) > _ROWS:
            return AuditPage(newer[1:], has_newer=True, has_older=True)
        after = None
    found = audit.find(query, _ROWS + 1, after)
    shown = found[:_ROWS]
    return AuditPage(shown, has_newer=after is not None and bool(shown), has_older=len(found) > _ROWS)


def _asked(request: Request) -> dict[str, str]:
    """What of the query this page knows, without what is empty."""
    found = {name: request.query_params.get(name, "").strip()[:_MAX_LENGTH] for name in _FIELDS}
    return {name: value for name, value in found.items() if value}


def query_of(asked: dict[str, str]) -> AuditQuery:
    """Days are those of UTC, and ``until`` is the last one. Raises: BadRequest."""
    until = _day(asked.get("until"))
    outcome = asked.get("outcome")
    if outcome not in (None, *Outcome):
        raise BadRequest(f"an outcome is one of {', '.join(Outcome)}")
    return AuditQuery(
        words=tuple(asked.get("words", "").split()),
        action=asked.get("action", ""),
        actor=asked.get("actor", ""),
        outcome=Outcome(outcome) if outcome else None,
        since=_day(asked.get("since")),
        until=until + timedelta(days=1) if until else None,
    )


def text_of(record: AuditRecord) -> str:
    """The place behind a record, for an address."""
    return f"{record.at.timestamp():.6f}~{record.id}"


def place_of(text: str) -> AuditPlace | None:
    """The other way. Raises: BadRequest."""
    if not text:
        return None
    seconds, _, record_id = text.partition("~")
    try:
        return datetime.fromtimestamp(float(seconds), UTC), record_id
    except (ValueError, OverflowError, OSError) as error:
        raise BadRequest("this is no place in the audit log") from error


def _day(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
        return datetime(found.year, found.month, found.day, tzinfo=UTC)
    except ValueError as error:
        raise BadRequest(gettext("a day is written as 2026-01-31; given: %(given)s", given=repr(text[:20]))) from error


def _all_rows(database: Database, query: AuditQuery) -> Iterator[Sequence[Cell]]:
    """One batch after the other, each with a short look at the database."""
    place: AuditPlace | None = None
    while True:
        with database.read() as tx:
            found = tx.audit.find(query, _BATCH, place)
        for each in found:
            yield [getattr(each, name) for name in _HEAD]
        if len(found) < _BATCH:
            return
        place = (found[-1].at, found[-1].id)
