"""Webhooks of a person: ``/api/settings/webhooks``. Source: hub-api.md section 11.5."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict

from spaceport.api.finding import signed_in_fully
from spaceport.api.space_json import date_json
from spaceport.domain.account import Caller
from spaceport.domain.webhook import Delivery, DeliveryStatus, Webhook
from spaceport.errors import AccessDenied, BadRequest, NotFound
from spaceport.notify import commands
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

    @property
    def watches(self) -> list[dict[str, str]]:
        return [each.model_dump() for each in self.watched]


_WebhookJson = Annotated[WebhookBody, Body()]


def make_webhooks_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/settings/webhooks")

    @router.get("")
    def list_webhooks(request: Request) -> list[dict[str, Any]]:
        caller = signed_in_fully(request)
        assert caller.user is not None
        with services.database.read() as tx:
            return [webhook_json(webhook) for webhook in tx.webhooks.of_user(caller.user.id)]

    @router.post("")
    def create(request: Request, body: _WebhookJson) -> dict[str, Any]:
        caller = _writer(request)
        if body.jobSourceId is not None:
            raise BadRequest("webhooks that start jobs are not offered here: give a url")
        if body.url is None:
            raise BadRequest('"url" is required')
        made = commands.create_webhook(services, caller, body.url, body.watches, body.domains or (), body.secret)
        return {"webhook": webhook_json(made)}

    @router.get("/{webhook_id}")
    def one(request: Request, webhook_id: str) -> dict[str, Any]:
        caller = signed_in_fully(request)
        with services.database.read() as tx:
            return {"webhook": webhook_json(commands.own_webhook(tx, caller, webhook_id))}

    @router.post("/{webhook_id}")
    def change(request: Request, webhook_id: str, body: _WebhookJson) -> dict[str, Any]:
        caller = _writer(request)
        changed = commands.change_webhook(
            services, caller, webhook_id, body.url, body.watches or None, body.domains, body.secret
        )
        return {"webhook": webhook_json(changed)}

    @router.post("/{webhook_id}/{switch}")
    def switch(request: Request, webhook_id: str, switch: str) -> dict[str, Any]:
        caller = _writer(request)
        if switch not in ("enable", "disable"):
            raise NotFound("a webhook can be enabled or disabled")
        return {"webhook": webhook_json(commands.switch_webhook(services, caller, webhook_id, switch == "enable"))}

    @router.delete("/{webhook_id}")
    def delete(request: Request, webhook_id: str) -> dict[str, Any]:
        commands.remove_webhook(services, _writer(request), webhook_id)
        return {}

    @router.get("/{webhook_id}/deliveries")
    def deliveries(request: Request, webhook_id: str) -> list[dict[str, Any]]:
        """Ours: what was sent, newest first, with what was answered."""
        caller = signed_in_fully(request)
        with services.database.read() as tx:
            commands.own_webhook(tx, caller, webhook_id)
            return [delivery_json(delivery) for delivery in tx.webhooks.deliveries_of(webhook_id)]

    @router.post("/{webhook_id}/deliveries/{delivery_id}/replay")
    def replay(request: Request, webhook_id: str, delivery_id: str) -> dict[str, Any]:
        """Ours: send one again."""
        return delivery_json(commands.replay_delivery(services, _writer(request), webhook_id, delivery_id))

    return router


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
    caller = signed_in_fully(request)
    if not caller.may_write_anything:
        raise AccessDenied("this token may only read: make one with the role write to change webhooks")
    return caller
