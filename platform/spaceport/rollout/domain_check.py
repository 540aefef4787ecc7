"""Looks whether domains have the record that proves them: those that wait, and from time to time those that had it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from spaceport.domain.custom_domain import (
    GRACE,
    KEPT_WAITING,
    RECORD_GONE,
    CustomDomain,
    DomainStatus,
    after_look,
    is_due,
    is_forgotten,
    one_of_each_space,
    problem_of,
)
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain_stores import TextRecords
from spaceport.errors import Unavailable
from spaceport.interfaces import Clock, Database, EventBus, Transaction

log = structlog.get_logger()

#: Seconds between two looks for domains whose turn it is.
_LOOK_SECONDS = 2.0
#: Questions at once: a name server that does not answer takes seconds.
_AT_ONCE = 8
#: Domains that are looked at before anything is written; the others have their turn right after them.
_MOST = 64


@dataclass(frozen=True)
class _Answer:
    """The records that were found, and what they lack to prove the domain; not ``is_known`` where nobody told."""

    texts: tuple[str, ...] = ()
    problem: str | None = None
    is_known: bool = False


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
        """
        Look at one domain of each Space that has any due; returns how many became active.

        Name servers are asked side by side, what they say is written in the order of the domains.
        """
        now = self._clock.now()
        with self._database.read() as tx:
            waiting = tx.domains.to_look_at(now)
        for domain in (each for each in waiting if is_forgotten(each, now)):
            with _apart(domain):
                self._forget(domain)
        due = one_of_each_space(each for each in waiting if is_due(each, now) and not is_forgotten(each, now))[:_MOST]
        if not due:
            return 0
        proved = 0
        with ThreadPoolExecutor(min(len(due), _AT_ONCE), thread_name_prefix="questions about domains") as pool:
            for domain, answer in zip(due, pool.map(self._ask, due), strict=True):
                with _apart(domain):
                    proved += self._settle(domain, answer)
        return proved

    def _ask(self, domain: CustomDomain) -> _Answer:
        if self._stop.is_set():
            return _Answer(problem="the hub stopped in between")
        try:
            texts = self._records.texts(domain.record_name)
            return _Answer(tuple(texts), problem_of(domain, texts), is_known=True)
        except Unavailable as error:
            return _Answer(problem=str(error))
        except Exception as error:
            # The end of this question, in a thread of its own: the answers for other domains are still taken.
            log.exception("a domain could not be looked up", domain=domain.domain)
            return _Answer(problem=f"{domain.record_name} could not be looked up ({type(error).__name__})")

    def _settle(self, domain: CustomDomain, answer: _Answer) -> bool:
        if self._stop.is_set():
            return False
        now = self._clock.now()
        with self._database.begin() as tx:
            kept = tx.domains.get(domain.space_id, domain.domain)
            if kept is None or kept.id != domain.id:
                return False
            if kept.status is DomainStatus.ACTIVE:
                return self._note(tx, kept, answer, now)
            problem, holder = answer.problem, tx.domains.active(domain.domain)
            if problem is None and holder is not None and problem_of(holder, answer.texts) is None:
                problem = "another Space proved it first"
            tx.domains.update(domain.id, checked_at=now, problem=problem)
            if problem is not None:
                return False
            if holder is not None:
                _take_away(tx, holder, now)
            tx.domains.update(domain.id, status=DomainStatus.ACTIVE, active_at=now, seen_at=now, gone_at=None)
            details = {"domain": domain.domain}
            summary = f"domain {domain.domain} is proved"
            tx.history.add(domain.space_id, now, HappeningKind.CONFIG, "system", summary, details)
        for space_id in {domain.space_id, holder.space_id if holder else domain.space_id}:
            self._events.publish(Event(EventKind.COMMANDED, space_id))
        log.info("a custom domain is active", domain=domain.domain, space=domain.space_id)
        return True

    def _note(self, tx: Transaction, domain: CustomDomain, answer: _Answer, now: datetime) -> bool:
        """What another look at an active one found; the Space hears of it where it leads there no more."""
        changes = after_look(domain, answer.problem, answer.is_known, now)
        tx.domains.update(domain.id, **changes)
        if changes.get("gone_at") is not None and domain.gone_at is None:
            summary = (
                f"the DNS record of domain {domain.domain} is gone: it is suspended in {GRACE.days} days without it"
            )
            details = {"domain": domain.domain, "domainStatus": RECORD_GONE}
            tx.history.add(domain.space_id, now, HappeningKind.CONFIG, "system", summary, details)
        if changes.get("status") is DomainStatus.SUSPENDED:
            summary = f"domain {domain.domain} is suspended: its DNS record is gone for {GRACE.days} days"
            details = {"domain": domain.domain, "domainStatus": str(DomainStatus.SUSPENDED)}
            tx.history.add(domain.space_id, now, HappeningKind.CONFIG, "system", summary, details)
            self._events.publish(Event(EventKind.COMMANDED, domain.space_id))
            log.info("a custom domain is suspended", domain=domain.domain, space=domain.space_id)
        return False

    def _forget(self, domain: CustomDomain) -> None:
        summary = f"domain {domain.domain} is forgotten: nothing proved it in {KEPT_WAITING.days} days"
        with self._database.begin() as tx:
            now = self._clock.now()
            kept = tx.domains.get(domain.space_id, domain.domain)
            if kept is None or kept.id != domain.id or not is_forgotten(kept, now):
                return
            tx.domains.remove(domain.id)
            tx.history.add(domain.space_id, now, HappeningKind.CONFIG, "system", summary, {"domain": domain.domain})
        log.info("a custom domain is forgotten", domain=domain.domain, space=domain.space_id)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.take()
            except Exception:
                # The end of this thread's work: whatever it was (a locked database), the next look tries again.
                log.exception("domains could not be checked")
            self._stop.wait(_LOOK_SECONDS)


def _take_away(tx: Transaction, holder: CustomDomain, now: datetime) -> None:
    """Of the Space that had it the record is gone, and another one has it: names follow who has them in DNS."""
    problem = "another Space proved it, and the record of this one is gone"
    waiting = {"status": DomainStatus.WAITING, "active_at": None, "gone_at": None, "asked_at": now, "checked_at": now}
    tx.domains.update(holder.id, **waiting, problem=problem)
    summary = f"domain {holder.domain} is waiting again: {problem}"
    tx.history.add(holder.space_id, now, HappeningKind.CONFIG, "system", summary, {"domain": holder.domain})


@contextmanager
def _apart(domain: CustomDomain) -> Iterator[None]:
    """Whatever goes wrong with one (a locked database): those after it have their turn, and it has its next one."""
    try:
        yield
    except Exception:
        log.exception("a domain could not be checked", domain=domain.domain)
