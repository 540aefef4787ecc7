"""The audit log: every request that changes something leaves a record, whoever answers it."""

import re
from collections import deque
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spaceport import doing
from spaceport.doing import Doing
from spaceport.domain.account import Caller
from spaceport.domain.audit import AuditRecord, Outcome
from spaceport.domain.audit_actions import action_of
from spaceport.domain.names import new_id
from spaceport.services import Services

log = structlog.get_logger()

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_DENIED = frozenset({401, 403, 429})
#: Refusals of one process within a minute that are kept: nobody fills the disk by knocking.
_REFUSALS_PER_MINUTE = 60
_KIND = re.compile(r"/(?:api/)?(datasets|spaces)/")


class Auditing:
    """
    ASGI middleware. The record is in the database before the last byte of the answer leaves, so that whoever has seen
    the answer finds the record. It is no part of the change's own transaction: a hub that is killed in between has
    done the change, which the history of the repo tells, too.
    """

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services
        self._refusals: deque[datetime] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _CHANGING:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        now_doing, status, is_kept = doing.begin(), 0, False

        async def send_and_keep(message: Message) -> None:
            nonlocal status, is_kept
            if message["type"] == "http.response.start":
                status = message["status"]
            elif not message.get("more_body"):
                is_kept = True
                await run_in_threadpool(self._keep, scope, now_doing, status)
            await send(message)

        await self._app(scope, receive, send_and_keep)
        if status and not is_kept:
            # Whoever asked did not wait for the end, as the hook of a push that has read enough.
            await run_in_threadpool(self._keep, scope, now_doing, status)

    def _keep(self, scope: Scope, now_doing: Doing, status: int) -> None:
        now = self._services.clock.now()
        record = record_of(scope, now_doing, status, now)
        if record is None or (record.outcome is Outcome.REFUSED and not self._may_keep_refusal(now)):
            return
        try:
            with self._services.database.begin() as tx:
                tx.audit.add(record)
        except Exception:
            # What was asked for is done and cannot be undone here; the log of the hub is the next best place.
            log.exception("an audit record was lost", action=record.action, actor=record.actor, target=record.target)

    def _may_keep_refusal(self, now: datetime) -> bool:
        while self._refusals and now - self._refusals[0] > timedelta(minutes=1):
            self._refusals.popleft()
        if len(self._refusals) >= _REFUSALS_PER_MINUTE:
            return False
        self._refusals.append(now)
        return True


def record_of(scope: Scope, now_doing: Doing, status: int, now: datetime) -> AuditRecord | None:
    """
    What is kept of a request; None for one that changed nothing and for refusals of nobody in particular. Pure.

    What is only wrong (a bad name, something that is not there) changed nothing.
    """
    route = str(getattr(scope.get("route"), "path", ""))
    action = action_of(scope["method"], route)
    if action is None or (status >= 400 and status not in _DENIED):
        return None
    outcome = Outcome.REFUSED if status in _DENIED else Outcome.DONE
    caller = scope["state"].get("caller")
    actor, via = now_doing.actor, now_doing.via
    if not actor and isinstance(caller, Caller) and caller.user is not None:
        actor, via = caller.name, doing.way_of(caller)
    if not actor:
        return None
    client = scope.get("client")
    return AuditRecord(
        id=new_id(),
        at=now,
        actor=actor,
        action=action,
        target=_target(route, scope.get("path_params") or {}) or now_doing.target,
        summary="; ".join(now_doing.words),
        outcome=outcome,
        status=status,
        address=now_doing.address or (client[0] if client else ""),
        via=via,
    )


def _target(route: str, parameters: dict[str, Any]) -> str:
    """The path of the page of what the address names, without the slash in front; empty where it names nothing."""
    if "owner" in parameters and "name" in parameters:
        kind = _KIND.match(route)
        prefix = f"{kind[1]}/" if kind else ""
        return f"{prefix}{parameters['owner']}/{parameters['name']}"
    if "slug" in parameters:
        return f"collections/{parameters['namespace']}/{parameters['slug']}"
    return str(parameters.get("name", "")) if "/organizations/" in route else ""


def trim_audit(services: Services) -> None:
    """Forget what is older than the settings say."""
    before = services.clock.now() - timedelta(days=services.settings.audit_days)
    with services.database.begin() as tx:
        tx.audit.trim(before)
