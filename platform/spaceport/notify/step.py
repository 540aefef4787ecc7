"""From what happened to deliveries: each row of history is looked at once, however often the controller dies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from spaceport.callers import caller_for
from spaceport.domain.access import Action, can
from spaceport.domain.history import Happening, HappeningKind, for_reader
from spaceport.domain.names import new_id
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.domain.webhook import DELIVERIES_PER_DAY, Delivery, DeliveryStatus, Webhook, is_watching
from spaceport.interfaces import Clock, Database, Transaction
from spaceport.notify.payload import payload_of, told_of, type_of
from spaceport.notify.reading import Write, read_on
from spaceport.notify.talk import Talk

log = structlog.get_logger()

#: Deliveries kept of each webhook, for people to look at and send again.
DELIVERIES_KEPT = 200
_CURSOR = "webhooks"


class NotifyStep:
    """Runs in the controller's process only, one thread. Writes down what is to be sent; ``courier`` sends it."""

    def __init__(self, database: Database, clock: Clock, hub_url: str) -> None:
        self._database = database
        self._clock = clock
        self._hub_url = hub_url

    def take(self) -> int:
        """Make deliveries of everything that happened since the last call; returns how many."""
        with self._database.read() as tx:
            # In this order: a webhook that is made meanwhile hears of what comes after it.
            newest = tx.history.last_number()
            if newest <= tx.history.cursor(_CURSOR):
                return 0
            webhooks = tx.webhooks.enabled()
        if not webhooks:
            with self._database.begin() as tx:
                tx.history.set_cursor(_CURSOR, newest)
            return 0
        return read_on(self._database, _CURSOR, partial(self._plan, webhooks))

    def _plan(self, webhooks: Sequence[Webhook], tx: Transaction, happening: Happening) -> Write | None:
        told, name = told_of(happening), happening.space_name
        kind = type_of(happening, _repo_of(tx, happening))
        listeners = [each.id for each in webhooks if is_watching(each, told.domain, name, kind)]
        return partial(self._deliver, listeners, happening) if listeners else None

    def _deliver(self, listeners: Sequence[str], happening: Happening, tx: Transaction) -> int:
        told, repo = told_of(happening), _repo_of(tx, happening)
        now, made, talk = self._clock.now(), 0, _talk_of(tx, happening)
        for webhook in filter(None, map(tx.webhooks.get, listeners)):
            seen = self._as_seen(tx, webhook, happening, repo) if webhook.is_enabled else None
            if seen is None:
                continue
            payload = payload_of(seen, repo, told, self._hub_url, talk)
            body = payload | {"webhook": {"id": webhook.id, "version": 3}}
            delivery = _delivery(tx, webhook, happening, body, now)
            if delivery is None:
                continue
            made += 1
            tx.webhooks.add_delivery(delivery)
            tx.webhooks.trim_deliveries(webhook.id, DELIVERIES_KEPT)
        return made

    def _as_seen(
        self, tx: Transaction, webhook: Webhook, happening: Happening, repo: Space | Repo | None
    ) -> Happening | None:
        """A webhook hears of what its owner may read, at this moment; of what is gone, only its owner's own."""
        user = tx.accounts.user(webhook.user_id)
        if user is None:
            return None
        if repo is None:
            is_own = user.is_admin or happening.space_name.split("/")[0].lower() == user.name.lower()
            return happening if is_own else None
        caller = caller_for(tx, user)
        return for_reader(happening, can(caller, Action.REVEAL, repo)) if can(caller, Action.READ, repo) else None


def _repo_of(tx: Transaction, happening: Happening) -> Space | Repo | None:
    return tx.spaces.get(happening.space_id) or tx.repos.get(happening.space_id)


def _talk_of(tx: Transaction, happening: Happening) -> Talk | None:
    if happening.kind is not HappeningKind.DISCUSSION:
        return None
    discussion = tx.discussions.by_number(happening.space_id, happening.details["number"])
    comment_id = happening.details.get("comment")
    return Talk(discussion, tx.discussions.event(discussion.id, comment_id) if discussion and comment_id else None)


def _delivery(
    tx: Transaction, webhook: Webhook, happening: Happening, body: dict[str, object], now: datetime
) -> Delivery | None:
    """What to send; over the daily limit one that says so in its place, and nothing more that day."""
    delivery = Delivery(new_id(), webhook.id, happening.id, body, now, next_attempt_at=now)
    if not webhook.is_over_limit(now):
        tx.webhooks.update(webhook.id, **webhook.with_one_more(now))
        return delivery
    if webhook.day_deliveries > DELIVERIES_PER_DAY:
        return None
    tx.webhooks.update(webhook.id, **webhook.with_one_more(now))
    log.warning("webhook over its daily limit", webhook=webhook.id)
    return replace(
        delivery,
        status=DeliveryStatus.FAILED,
        next_attempt_at=None,
        response=f"not sent: this webhook had {DELIVERIES_PER_DAY} deliveries within a day. Nor is what comes after "
        "this, until the day is over",
    )
