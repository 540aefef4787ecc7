"""Requests to runners and their reports, over Redis."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from pydantic import ValidationError
from redis.exceptions import ResponseError

from spaceport.adapters.events import entries_of
from spaceport.adapters.redis_errors import redis_away_is_unavailable
from spaceport_runner.connection import connect_briefly
from spaceport_runner.contract import (
    COLLECT_KEY,
    COLLECT_LIFETIME_SECONDS,
    DRAINED_KEY,
    LEASE_KEY,
    OBSERVED_KEY,
    REPORTS_STREAM,
    RUNNER_KEY,
    WANTED_CHANNEL,
    WANTED_COMPLETE_KEY,
    WANTED_KEY,
    BuildReport,
    CollectRequest,
    InstanceReport,
    InstanceSpec,
    RunnerReport,
)

log = structlog.get_logger()

#: Runners without a sign of life, and since when, as JSON. Its lifetime is short: while no controller looks, a machine
#: that is switched off with all the others is not missed.
_MISSED_KEY = "spaceport:missed-runners"
_MISSED_LIFETIME_SECONDS = 60
_GROUP = "controller"
_CONSUMER = "controller"
_BATCH = 500
Report = TypeVar("Report", RunnerReport, InstanceReport, BuildReport)


class RedisFleet:
    """Used by one thread at a time for reports; the rest is safe from any."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect_briefly(redis_url)
        self._unacknowledged: list[str] = []
        self._published: dict[str, tuple[str, dict[str, str]]] = {}

    def runners(self) -> list[RunnerReport]:
        with redis_away_is_unavailable():
            keys = sorted(self._redis.scan_iter(match=RUNNER_KEY.format(runner_id="*"), count=1000))
            values = self._redis.mget(keys) if keys else []
        reports = [_read(RunnerReport, value) for value in values if value]
        return [report for report in reports if report is not None]

    def want(self, runner_id: str, specs: Sequence[InstanceSpec], spared: Collection[str] = ()) -> None:
        wanted = {spec.instance_id: spec.model_dump_json() for spec in specs}
        if spared:
            wanted = self._wanted_of(runner_id, spared) | wanted
        complete_key = WANTED_COMPLETE_KEY.format(runner_id=runner_id)
        with redis_away_is_unavailable():
            # A Redis that came back as it was some time ago has another mark.
            mark, before = self._published.get(runner_id, ("", {}))
            if before == wanted and mark and self._redis.get(complete_key) == mark:
                return
            mark = uuid4().hex
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(WANTED_KEY.format(runner_id=runner_id))
                if wanted:
                    pipe.hset(WANTED_KEY.format(runner_id=runner_id), mapping=wanted)  # type: ignore[arg-type]
                pipe.set(complete_key, mark)
                pipe.publish(WANTED_CHANNEL.format(runner_id=runner_id), "*")
                pipe.execute()
        self._published[runner_id] = (mark, wanted)

    def observed(self, runner_ids: Sequence[str]) -> dict[str, InstanceReport]:
        reports: dict[str, InstanceReport] = {}
        with redis_away_is_unavailable():
            for runner_id in runner_ids:
                for instance_id, text in self._redis.hgetall(OBSERVED_KEY.format(runner_id=runner_id)).items():
                    if (report := _read(InstanceReport, text)) is not None:
                        reports[str(instance_id)] = report
        return reports

    def missed(self) -> dict[str, datetime]:
        with redis_away_is_unavailable():
            text = self._redis.get(_MISSED_KEY)
        return {runner_id: datetime.fromisoformat(at) for runner_id, at in json.loads(text or "{}").items()}

    def note_missed(self, missed: Mapping[str, datetime]) -> None:
        text = json.dumps({runner_id: at.isoformat() for runner_id, at in missed.items()})
        with redis_away_is_unavailable():
            self._redis.set(_MISSED_KEY, text, ex=_MISSED_LIFETIME_SECONDS)

    def note_drained(self, names: Collection[str]) -> None:
        with redis_away_is_unavailable():
            if self._redis.smembers(DRAINED_KEY) == set(names):
                return
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(DRAINED_KEY)
                if names:
                    pipe.sadd(DRAINED_KEY, *names)
                pipe.execute()

    def build_reports(self) -> list[BuildReport]:
        """Unacknowledged ones of a controller that died come first."""
        reports: list[BuildReport] = []
        self._unacknowledged = []
        with redis_away_is_unavailable():
            for start in ("0", ">"):
                for entry_id, fields in self._read(start):
                    self._unacknowledged.append(entry_id)
                    report = _parse_report(fields)
                    if report is not None:
                        reports.append(report)
        return reports

    def acknowledge(self) -> None:
        if self._unacknowledged:
            with redis_away_is_unavailable():
                self._redis.xack(REPORTS_STREAM, _GROUP, *self._unacknowledged)
            self._unacknowledged = []

    def collect(self, runner_id: str, request: CollectRequest) -> None:
        key, text = COLLECT_KEY.format(runner_id=runner_id), request.model_dump_json()
        with redis_away_is_unavailable():
            self._redis.set(key, text, ex=COLLECT_LIFETIME_SECONDS)

    def leases(self, build_ids: Sequence[str]) -> dict[str, int]:
        with redis_away_is_unavailable():
            values = self._redis.mget([LEASE_KEY.format(build_id=build_id) for build_id in build_ids] or ["-"])
        return {build_id: int(value) for build_id, value in zip(build_ids, values, strict=False) if value}

    def close(self) -> None:
        self._redis.close()

    def _wanted_of(self, runner_id: str, space_ids: Collection[str]) -> dict[str, str]:
        """What these Spaces were to run there before."""
        with redis_away_is_unavailable():
            before = self._redis.hgetall(WANTED_KEY.format(runner_id=runner_id))
        return {str(key): str(text) for key, text in before.items() if json.loads(text).get("space_id") in space_ids}

    def _read(self, start: str) -> list[tuple[str, dict[str, str]]]:
        try:
            answer: Any = self._redis.xreadgroup(_GROUP, _CONSUMER, {REPORTS_STREAM: start}, count=_BATCH)
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            # A new or emptied Redis: from the beginning, so that no report is missed.
            self._redis.xgroup_create(REPORTS_STREAM, _GROUP, id="0", mkstream=True)
            return self._read(start)
        streams = answer.items() if isinstance(answer, dict) else answer or []
        return [entry for _, entries in streams for entry in entries_of(entries)]


def _read(kind: type[Report], text: str | bytes) -> Report | None:
    """None for one that cannot be read: it must not keep the others from being heard."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        log.warning("a report that cannot be read", kind=kind.__name__, error=str(error)[:200])
        return None


def _parse_report(fields: dict[str, str] | None) -> BuildReport | None:
    """None for reports about instances: the controller reads those from the hash they are in anyway."""
    text = (fields or {}).get("json", "")
    if '"kind":"build"' not in text.replace(" ", ""):
        return None
    return _read(BuildReport, text)
