"""Takes news to people and webhooks: writes notices and deliveries down, tries these, notes the answer, tries again."""

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from spaceport.domain.webhook import Answer, Delivery, Webhook, after_try, take_turns
from spaceport.interfaces import Clock, Database, Poster
from spaceport_runner.sealing import SealBroken, Sealer

log = structlog.get_logger()

#: Seconds between two looks for what is due.
LOOK_SECONDS = 0.5
#: Deliveries under way, altogether and of one owner: one slow server must not hold up those of others.
AT_ONCE = 16
PER_OWNER = 2
#: Characters kept of an answer.
_KEPT_CHARACTERS = 500


class NewsReader(Protocol):
    """Makes something of each row of history; has a cursor of its own."""

    def take(self) -> int: ...


class Courier:
    """
    A thread beside the controller's loop, which must not wait for other people's servers.

    A delivery may be made twice when the process is killed between sending and noting it: receivers tell by
    ``happening.number``.
    """

    def __init__(
        self,
        readers: Sequence[NewsReader],
        database: Database,
        poster: Poster,
        sealer: Sealer,
        clock: Clock,
        stop: threading.Event,
    ) -> None:
        self._readers = readers
        self._database = database
        self._poster = poster
        self._sealer = sealer
        self._clock = clock
        self._stop = stop
        #: Owners of the deliveries under way, by the id of the delivery.
        self._busy: dict[str, str] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._run, name="courier", daemon=True).start()

    def look(self) -> None:
        """Let every reader take its news, and begin what is due: each gets its turn, whatever became of the others."""
        for part in (*(reader.take for reader in self._readers), self.hand_out):
            try:
                part()
            except Exception:
                # The end of this part's work: whatever it was (a locked database), the next look tries again.
                log.exception("news could not be told", part=part.__qualname__)

    def send_due(self) -> int:
        """Try everything that is due once, and wait for the answers; returns how many there were."""
        sent = 0
        while under_way := self.hand_out():
            for thread in under_way:
                thread.join()
            sent += len(under_way)
        return sent

    def hand_out(self) -> list[threading.Thread]:
        """Begin what is due and may begin now: each in a thread of its own, which ends with its answer or deadline."""
        with self._lock:
            busy = dict(self._busy)
        with self._database.read() as tx:
            due = tx.webhooks.due(self._clock.now(), PER_OWNER, but=busy)
            if not due:
                return []
            hooks = {delivery.webhook_id: tx.webhooks.get(delivery.webhook_id) for delivery in due}
            owners = tx.webhooks.owners(hooks)
        # Ended with the process: whoever stops Spaceport does not wait for other people's servers.
        threads = [
            threading.Thread(target=self._deliver, args=(each, hooks[each.webhook_id]), name="webhook", daemon=True)
            for each in self._begun(take_turns(due, owners, list(busy.values()), AT_ONCE, PER_OWNER), owners)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _begun(self, chosen: Sequence[Delivery], owners: Mapping[str, str]) -> Sequence[Delivery]:
        with self._lock:
            self._busy |= {delivery.id: owners[delivery.webhook_id] for delivery in chosen}
        return chosen

    def _deliver(self, delivery: Delivery, webhook: Webhook | None) -> None:
        try:
            answer = self._try(delivery, webhook)
            with self._database.begin() as tx:
                tx.webhooks.update_delivery(delivery.id, **after_try(delivery, answer, self._clock.now()))
        except Exception:
            # The end of this delivery's thread: the row still waits, and the next look tries it again.
            log.exception("a delivery could not be noted", delivery=delivery.id)
        finally:
            with self._lock:
                self._busy.pop(delivery.id, None)

    def _try(self, delivery: Delivery, webhook: Webhook | None) -> Answer:
        if webhook is None:
            return Answer(None, "the webhook is gone")
        headers = {"Content-Type": "application/json", "X-Spaceport-Delivery": delivery.id}
        if webhook.sealed_secret is not None:
            try:
                headers["X-Webhook-Secret"] = self._sealer.open(webhook.sealed_secret)
            except SealBroken as error:
                return Answer(None, str(error))
        answer = self._poster.post(webhook.url, delivery.payload, headers)
        return Answer(answer.status, answer.text[:_KEPT_CHARACTERS])

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(LOOK_SECONDS)
