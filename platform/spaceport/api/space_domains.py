"""Custom domains of a Space over the API (ours), and what a proxy asks before it gets a certificate."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import PlainTextResponse

from spaceport.api.finding import find_space, request_of
from spaceport.api.space_json import date_json
from spaceport.domain.access import Action
from spaceport.domain.custom_domain import CustomDomain, DomainStatus
from spaceport.domain.space import Desired
from spaceport.domain.visibility import Visibility
from spaceport.errors import NotFound
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.rollout import domain_commands as commands
from spaceport.services import Services
from spaceport.settings import Settings


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    domain: str


def make_domains_router(services: Services) -> APIRouter:
    router = APIRouter()
    path = "/api/spaces/{owner}/{name}/domains"

    @router.get(path)
    def domains(owner: str, name: str, request: Request) -> list[dict[str, Any]]:
        """For its owner: the record that is waited for is in it."""
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name, Action.REVEAL)
            return [record_json(each) for each in tx.domains.of_space(space.id)]

    @router.post(path)
    def add(body: Body, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        return record_json(commands.add_domain(services, space, caller, body.domain))

    @router.post(f"{path}/check")
    def check(body: Body, owner: str, name: str, request: Request) -> dict[str, Any]:
        """Look at the records now; what came of it is told by the list a few seconds later."""
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.ask_check(services, space, caller, body.domain)
        with services.database.read() as tx:
            return record_json(commands.own_domain(tx, space, body.domain))

    @router.delete(path)
    def remove(body: Body, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.remove_domain(services, space, caller, body.domain)
        return {}

    @router.get("/api/tls-allowed")
    def tls_allowed(domain: Annotated[str, Query(max_length=300)]) -> PlainTextResponse:
        """
        200 for the names that people reach this hub and its public apps by, 404 for all others.

        Source: Caddy's documentation of on-demand TLS (``ask``).
        """
        with services.database.read() as tx:
            if not _is_served(tx, domain.strip().rstrip(".").lower(), services.settings):
                raise NotFound("no such name here")
        return PlainTextResponse("yes")

    return router


def record_json(domain: CustomDomain) -> dict[str, Any]:
    return {
        "domain": domain.domain,
        "status": str(domain.status),
        "problem": domain.problem,
        "checkedAt": date_json(domain.checked_at) if domain.checked_at else None,
        "seenAt": date_json(domain.seen_at) if domain.seen_at else None,
        "activeAt": date_json(domain.active_at) if domain.active_at else None,
        "record": {"type": "TXT", "name": domain.record_name, "value": domain.record_value},
    }


def _is_served(tx: Transaction, host: str, settings: Settings) -> bool:
    """A private Space answers like one that is not there, here as well: its host needs a certificate for all."""
    hub, apps = commands.own_hosts(settings)
    if host == hub:
        return True
    label, _, parent = host.partition(".")
    if parent == apps:
        space = tx.spaces.by_subdomain(label)
        return space is not None and space.visibility is not Visibility.PRIVATE and space.desired is not Desired.DELETED
    found = tx.domains.active(host) if settings.custom_domains != "off" else None
    return found is not None and found.status is DomainStatus.ACTIVE
