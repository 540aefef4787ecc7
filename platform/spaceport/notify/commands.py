"""What people do with their webhooks; the API and the pages call these."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from spaceport import doing
from spaceport.domain.account import Caller
from spaceport.domain.names import new_id
from spaceport.domain.webhook import (
    DAY_SECONDS,
    DELIVERIES_PER_DAY,
    MAX_WEBHOOKS,
    Delivery,
    Webhook,
    check_domains,
    check_url,
    check_watched,
)
from spaceport.errors import BadRequest, NotAuthenticated, NotFound, TooManyAttempts
from spaceport.interfaces import Transaction
from spaceport.services import Services


def create_webhook(
    services: Services,
    caller: Caller,
    url: str,
    watched: Iterable[Mapping[str, str]],
    domains: Iterable[str] = (),
    secret: str | None = None,
) -> Webhook:
    """Raises: BadRequest, NotAuthenticated."""
    if caller.user is None:
        raise NotAuthenticated("sign in to make a webhook")
    webhook = Webhook(
        id=new_id(),
        user_id=caller.user.id,
        url=check_url(url),
        sealed_secret=services.sealer.seal(secret) if secret else None,
        watched=check_watched(watched),
        domains=check_domains(domains),
        is_enabled=True,
        created_at=services.clock.now(),
    )
    with services.database.begin() as tx:
        if len(tx.webhooks.of_user(caller.user.id)) >= MAX_WEBHOOKS:
            raise BadRequest(f"a person may have {MAX_WEBHOOKS} webhooks: remove one first")
        tx.webhooks.add(webhook)
    doing.tell(_to_host(webhook))
    return webhook


def change_webhook(
    services: Services,
    caller: Caller,
    webhook_id: str,
    url: str | None = None,
    watched: Iterable[Mapping[str, str]] | None = None,
    domains: Iterable[str] | None = None,
    secret: str | None = None,
) -> Webhook:
    """
    What is None stays as it is; an empty ``secret`` takes it away.

    Raises: BadRequest, NotFound.
    """
    changes: dict[str, Any] = {}
    if url is not None:
        changes["url"] = check_url(url)
    if watched is not None:
        changes["watched"] = check_watched(watched)
    if domains is not None:
        changes["domains"] = check_domains(domains)
    if secret is not None:
        changes["sealed_secret"] = services.sealer.seal(secret) if secret else None
    return _update(services, caller, webhook_id, **changes)


def switch_webhook(services: Services, caller: Caller, webhook_id: str, is_enabled: bool) -> Webhook:
    """Raises: NotFound."""
    return _update(services, caller, webhook_id, is_enabled=is_enabled)


def remove_webhook(services: Services, caller: Caller, webhook_id: str) -> None:
    """With its deliveries. Raises: NotFound."""
    with services.database.begin() as tx:
        own_webhook(tx, caller, webhook_id)
        tx.webhooks.remove(webhook_id)


def replay_delivery(services: Services, caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
    """Send one again, as a new delivery. Raises: NotFound, TooManyAttempts over the daily limit."""
    now = services.clock.now()
    with services.database.begin() as tx:
        webhook = own_webhook(tx, caller, webhook_id)
        old = tx.webhooks.delivery(delivery_id)
        if old is None or old.webhook_id != webhook_id:
            raise NotFound("no such delivery")
        if webhook.is_over_limit(now):
            raise TooManyAttempts(
                f"this webhook had {DELIVERIES_PER_DAY} deliveries within a day: send it again when the day is over",
                webhook.seconds_left_of_day(now),
                DELIVERIES_PER_DAY,
                DAY_SECONDS,
            )
        tx.webhooks.update(webhook_id, **webhook.with_one_more(now))
        again = Delivery(new_id(), webhook_id, old.happening_id, old.payload, now, next_attempt_at=now)
        tx.webhooks.add_delivery(again)
    return again


def own_webhook(tx: Transaction, caller: Caller, webhook_id: str) -> Webhook:
    """Somebody else's answers like one that is not there. Raises: NotFound."""
    webhook = tx.webhooks.get(webhook_id)
    if webhook is None or caller.user is None or webhook.user_id != caller.user.id:
        raise NotFound("no such webhook")
    doing.tell(_to_host(webhook))
    return webhook


def _to_host(webhook: Webhook) -> str:
    """Without the rest of the address, which may be a secret."""
    return f"webhook to {urlsplit(webhook.url).hostname}"


def _update(services: Services, caller: Caller, webhook_id: str, **changes: Any) -> Webhook:
    with services.database.begin() as tx:
        own_webhook(tx, caller, webhook_id)
        if changes:
            tx.webhooks.update(webhook_id, **changes)
        return own_webhook(tx, caller, webhook_id)
