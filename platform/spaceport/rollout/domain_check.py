"""Looks whether domains that wait have the record that proves them."""

import threading

import structlog

from spaceport.domain.custom_domain import CustomDomain, DomainStatus, is_due, problem_of
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain_stores import TextRecords
from spaceport.errors import Unavailable
from spaceport.interfaces import Clock, Database, EventBus

log = structlog.get_logger()

#: Seconds between two looks for domains whose turn it is.
_LOOK_SECONDS = 2.0


class DomainCheck:
    """A thread beside the controller's loop, which must not wait for other people's name servers."""

    def __init__(
        self, database: Database, records: TextRecords, events: EventBus, clock: Clock, stop: threading.Event
    ) -> None:
        self._database = database
        self._records = records
        self._events = events
        self._clock = clock
        self._stop = stop

    def start(self) -> None:
        threading.Thread(target=self._run, name="domains", daemon=True).start()

    def take(self) -> int:
        """Look at all that are due; returns how many became active."""
        with self._database.read() as tx:
            waiting = tx.domains.waiting()
        due = [each for each in waiting if is_due(each, self._clock.now())]
        return sum(self._check(each) for each in due if not self._stop.is_set())

    def _check(self, domain: CustomDomain) -> bool:
        try:
            problem = problem_of(domain, self._records.texts(domain.record_name))
        except Unavailable as error:
            problem = str(error)
        now = self._clock.now()
        with self._database.begin() as tx:
            if tx.domains.get(domain.space_id, domain.domain) is None:
                return False
            if problem is None and tx.domains.active(domain.domain) is not None:
                problem = "another Space proved it first"
            tx.domains.update(domain.id, checked_at=now, problem=problem)
            if problem is not None:
                return False
            tx.domains.update(domain.id, status=DomainStatus.ACTIVE, active_at=now)
            details = {"domain": domain.domain}
            summary = f"domain {domain.domain} is proved"
            tx.history.add(domain.space_id, now, HappeningKind.CONFIG, "system", summary, details)
        self._events.publish(Event(EventKind.COMMANDED, domain.space_id))
        log.info("a custom domain is active", domain=domain.domain, space=domain.space_id)
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.take()
            except Exception:
                # The end of this thread's work: whatever it was (a locked database), the next look tries again.
                log.exception("domains could not be checked")
            self._stop.wait(_LOOK_SECONDS)
