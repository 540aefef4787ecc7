"""Takes news to webhooks: writes deliveries down, tries them, notes the answer, tries again later."""

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog

from spaceport.domain.webhook import Answer, Delivery, Webhook, after_try
from spaceport.interfaces import Clock, Database, Poster
from spaceport.notify.step import NotifyStep
from spaceport_runner.sealing import SealBroken, Sealer

log = structlog.get_logger()

#: Seconds between two looks for what is due.
LOOK_SECONDS = 0.5
AT_ONCE = 4
#: Characters kept of an answer.
_KEPT_CHARACTERS = 500


class Courier:
    """
    A thread beside the controller's loop, which must not wait for other people's servers.

    A delivery may be made twice when the process is killed between sending and noting it: receivers tell by
    ``happening.number``.
    """

    def __init__(
        self,
        notices: NotifyStep,
        database: Database,
        poster: Poster,
        sealer: Sealer,
        clock: Clock,
        stop: threading.Event,
    ) -> None:
        self._notices = notices
        self._database = database
        self._poster = poster
        self._sealer = sealer
        self._clock = clock
        self._stop = stop

    def start(self) -> None:
        threading.Thread(target=self._run, name="courier", daemon=True).start()

    def send_due(self) -> int:
        """Try everything that is due once; returns how many there were."""
        with self._database.read() as tx:
            due = tx.webhooks.due(self._clock.now(), limit=50)
            hooks = {delivery.webhook_id: tx.webhooks.get(delivery.webhook_id) for delivery in due}
        if not due:
            return 0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
            answers = list(pool.map(lambda delivery: self._try(delivery, hooks[delivery.webhook_id]), due))
        for delivery, answer in zip(due, answers, strict=True):
            with self._database.begin() as tx:
                tx.webhooks.update_delivery(delivery.id, **after_try(delivery, answer, self._clock.now()))
        return len(due)

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
            try:
                self._notices.take()
                self.send_due()
            except Exception:
                # The end of this thread's work: whatever it was (a locked database), the next look tries again.
                log.exception("webhooks could not be sent")
            self._stop.wait(LOOK_SECONDS)
