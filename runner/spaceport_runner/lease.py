"""The right of one attempt to work on a build and to report about it."""

import time

from redis import Redis

from spaceport_runner.connection import REDIS_AWAY
from spaceport_runner.contract import (
    LEASE_KEY,
    LEASE_LIFETIME_SECONDS,
    REPORTS_STREAM,
    BuildReport,
)

#: About how many reports the stream keeps. The controller reads them at once; older ones are of no use to it.
REPORTS_KEPT = 10_000
#: Seconds that a report is tried for while Redis is away.
REPORT_PATIENCE_SECONDS = 60.0

#: Checks, renews and reports in one step, so that no report of an attempt follows the claim of the next one.
_RENEW = """
local held = tonumber(redis.call('GET', KEYS[1]) or '0')
if held > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if ARGV[4] ~= '' then redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'json', ARGV[4]) end
return 1
"""


class Superseded(Exception):
    """A later attempt at the same build has begun: this one must stop and say nothing more."""


class BuildLease:
    """
    Held by the running attempt, renewed every LEASE_RENEWAL_SECONDS, gone LEASE_LIFETIME_SECONDS after its last sign.

    A lease that is lost with Redis is taken again by the next renewal. It is not given back at the end: until it runs
    out it keeps earlier attempts silent. May be used from several threads.
    """

    def __init__(self, redis: Redis, build_id: str, attempt: int) -> None:
        self._renew = redis.register_script(_RENEW)
        self._key = LEASE_KEY.format(build_id=build_id)
        self._attempt = attempt

    def renew(self) -> None:
        """Take or renew the lease. Raises: Superseded, and what Redis raises when it is away."""
        self._call("")

    def report(self, report: BuildReport) -> None:
        """
        Renew the lease and report, trying for a minute while Redis is away.

        Raises: Superseded, and what Redis raises when the minute is over.
        """
        tries_until = time.monotonic() + REPORT_PATIENCE_SECONDS
        pause_seconds = 0.1
        while True:
            try:
                return self._call(report.model_dump_json())
            except REDIS_AWAY:
                if time.monotonic() + pause_seconds > tries_until:
                    raise
                time.sleep(pause_seconds)
                pause_seconds = min(2.0, pause_seconds * 2)

    def _call(self, report: str) -> None:
        lifetime_milliseconds = LEASE_LIFETIME_SECONDS * 1000
        arguments = (self._attempt, lifetime_milliseconds, REPORTS_KEPT, report)
        if not self._renew(keys=[self._key, REPORTS_STREAM], args=arguments):
            raise Superseded(f"attempt {self._attempt} is not the latest")
