"""Webhooks of a person: ``/api/settings/webhooks``. Source: hub-api.md section 11.5."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict

from spaceport.api.finding import signed_in
from spaceport.api.space_json import date_json
from spaceport.domain.account import Caller
from spaceport.domain.names import new_id
from spaceport.domain.webhook import (
    DELIVERIES_PER_DAY,
    MAX_WEBHOOKS,
    Delivery,
    DeliveryStatus,
    Webhook,
    check_domains,
    check_url,
    check_watched,
)
from spaceport.errors import AccessDenied, BadRequest, NotFound, TooManyAttempts
from spaceport.interfaces import Transaction
from spaceport.services import Services


class Watched(BaseModel):
    type: str
    name: str


class WebhookBody(BaseModel):
    """What a client sends; an empty ``watched`` keeps what is there."""

    model_config = ConfigDict(extra="ignore")

    url: str | None = None
    watched: list[Watched] = []
    domains: list[str] | None = None
    secret: str | None = None
    jobSourceId: str | None = None


_WebhookJson = Annotated[WebhookBody, Body()]


def make_webhooks_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/settings/webhooks")

    @router.get("")
    def list_webhooks(request: Request) -> list[dict[str, Any]]:
        caller = signed_in(request)
        assert caller.user is not None
        with services.database.read() as tx:
            return [webhook_json(webhook) for webhook in tx.webhooks.of_user(caller.user.id)]

    @router.post("")
    def create(request: Request, body: _WebhookJson) -> dict[str, Any]:
        caller = _writer(request)
        return {"webhook": webhook_json(create_webhook(services, caller, body))}

    @router.get("/{webhook_id}")
    def one(request: Request, webhook_id: str) -> dict[str, Any]:
        caller = signed_in(request)
        with services.database.read() as tx:
            return {"webhook": webhook_json(own_webhook(tx, caller, webhook_id))}

    @router.post("/{webhook_id}")
    def change(request: Request, webhook_id: str, body: _WebhookJson) -> dict[str, Any]:
        caller = _writer(request)
        with services.database.begin() as tx:
            own_webhook(tx, caller, webhook_id)
            tx.webhooks.update(webhook_id, **_changes(services, body))
            return {"webhook": webhook_json(own_webhook(tx, caller, webhook_id))}

    @router.post("/{webhook_id}/{switch}")
    def switch(request: Request, webhook_id: str, switch: str) -> dict[str, Any]:
        caller = _writer(request)
        if switch not in ("enable", "disable"):
            raise NotFound("a webhook can be enabled or disabled")
        with services.database.begin() as tx:
            own_webhook(tx, caller, webhook_id)
            tx.webhooks.update(webhook_id, is_enabled=switch == "enable")
            return {"webhook": webhook_json(own_webhook(tx, caller, webhook_id))}

    @router.delete("/{webhook_id}")
    def delete(request: Request, webhook_id: str) -> dict[str, Any]:
        caller = _writer(request)
        with services.database.begin() as tx:
            own_webhook(tx, caller, webhook_id)
            tx.webhooks.remove(webhook_id)
        return {}

    @router.get("/{webhook_id}/deliveries")
    def deliveries(request: Request, webhook_id: str) -> list[dict[str, Any]]:
        """Ours: what was sent, newest first, with what was answered."""
        caller = signed_in(request)
        with services.database.read() as tx:
            own_webhook(tx, caller, webhook_id)
            return [delivery_json(delivery) for delivery in tx.webhooks.deliveries_of(webhook_id)]

    @router.post("/{webhook_id}/deliveries/{delivery_id}/replay")
    def replay(request: Request, webhook_id: str, delivery_id: str) -> dict[str, Any]:
        """Ours: send one again."""
        return delivery_json(replay_delivery(services, _writer(request), webhook_id, delivery_id))

    return router


def create_webhook(services: Services, caller: Caller, body: WebhookBody) -> Webhook:
    """Raises: BadRequest."""
    if body.jobSourceId is not None:
        raise BadRequest("webhooks that start jobs are not offered here: give a url")
    if body.url is None:
        raise BadRequest('"url" is required')
    assert caller.user is not None
    webhook = Webhook(
        id=new_id(),
        user_id=caller.user.id,
        url=check_url(body.url),
        sealed_secret=services.sealer.seal(body.secret) if body.secret else None,
        watched=check_watched(each.model_dump() for each in body.watched),
        domains=check_domains(body.domains or ()),
        is_enabled=True,
        created_at=services.clock.now(),
    )
    with services.database.begin() as tx:
        if len(tx.webhooks.of_user(caller.user.id)) >= MAX_WEBHOOKS:
            raise BadRequest(f"a person may have {MAX_WEBHOOKS} webhooks: remove one first")
        tx.webhooks.add(webhook)
    return webhook


def own_webhook(tx: Transaction, caller: Caller, webhook_id: str) -> Webhook:
    """Somebody else's answers like one that is not there. Raises: NotFound."""
    webhook = tx.webhooks.get(webhook_id)
    if webhook is None or caller.user is None or webhook.user_id != caller.user.id:
        raise NotFound("no such webhook")
    return webhook


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
                f"this webhook had {DELIVERIES_PER_DAY} deliveries within a day: send it again when the day is over"
            )
        tx.webhooks.update(webhook_id, **webhook.with_one_more(now))
        again = Delivery(new_id(), webhook_id, old.happening_id, old.payload, now, next_attempt_at=now)
        tx.webhooks.add_delivery(again)
    return again


def webhook_json(webhook: Webhook) -> dict[str, Any]:
    """The secret is not told again: whoever forgot it sets another."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "watched": webhook.watched,
        "domains": webhook.domains,
        "disabled": not webhook.is_enabled,
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "createdAt": date_json(delivery.created_at),
        "status": str(delivery.status),
        "attempts": delivery.attempts,
        "nextAttemptAt": date_json(delivery.next_attempt_at) if delivery.next_attempt_at else None,
        "responseStatus": delivery.response_status,
        "response": delivery.response,
        "payload": delivery.payload,
        "isOver": delivery.status is not DeliveryStatus.WAITING,
    }


def _writer(request: Request) -> Caller:
    """Raises: NotAuthenticated, AccessDenied for a token that may only read."""
    caller = signed_in(request)
    if not caller.may_write_anything:
        raise AccessDenied("this token may only read: make one with the role write to change webhooks")
    return caller


def _changes(services: Services, body: WebhookBody) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if body.url is not None:
        changes["url"] = check_url(body.url)
    if body.watched:
        changes["watched"] = check_watched(each.model_dump() for each in body.watched)
    if body.domains is not None:
        changes["domains"] = check_domains(body.domains)
    if body.secret is not None:
        changes["sealed_secret"] = services.sealer.seal(body.secret) if body.secret else None
    return changes
