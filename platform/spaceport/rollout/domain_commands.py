"""What owners do with the domains of a Space; the API, the pages and the checker call these."""

from urllib.parse import urlsplit

from spaceport.domain.account import Caller
from spaceport.domain.custom_domain import (
    MAX_DOMAINS,
    CustomDomain,
    DomainStatus,
    check_domain,
    new_domain_token,
)
from spaceport.domain.names import new_id
from spaceport.domain.space import Space
from spaceport.errors import AlreadyExists, BadRequest, Conflict, NotFound
from spaceport.interfaces import Transaction
from spaceport.rollout.config_change import change_config
from spaceport.services import Services
from spaceport.settings import Settings


def add_domain(services: Services, space: Space, caller: Caller, text: str) -> CustomDomain:
    """
    Wait for the proof that the domain is the caller's; where the settings trust everybody it is active at once.

    Raises: BadRequest, AlreadyExists, Conflict when another Space has it and nobody has to prove anything, and as
    ``require`` for CONFIGURE.
    """
    settings, now = services.settings, services.clock.now()
    if settings.custom_domains == "off":
        raise BadRequest("this hub has no custom domains: its admin may allow them (SPACEPORT_CUSTOM_DOMAINS)")
    domain = check_domain(text, own_hosts(settings))
    with change_config(services, space, caller) as change:
        tx = change.tx
        known = tx.domains.of_space(space.id)
        if any(each.domain == domain for each in known):
            raise AlreadyExists(f"{space.full_name} has {domain} already")
        if len(known) >= MAX_DOMAINS:
            raise BadRequest(f"a Space may have {MAX_DOMAINS} domains: remove one first")
        is_trusted = settings.custom_domains == "trust"
        if is_trusted:
            require_free(tx, domain)
        made = CustomDomain(
            id=new_id(),
            space_id=space.id,
            domain=domain,
            token=new_domain_token(),
            status=DomainStatus.ACTIVE if is_trusted else DomainStatus.WAITING,
            created_at=now,
            created_by=caller.name,
            active_at=now if is_trusted else None,
        )
        tx.domains.add(made)
        change.tell(f"domain {domain} added", domain=domain)
    return made


def remove_domain(services: Services, space: Space, caller: Caller, text: str) -> None:
    """Raises: NotFound, and as ``require``."""
    with change_config(services, space, caller) as change:
        found = own_domain(change.tx, space, text)
        change.tx.domains.remove(found.id)
        change.tell(f"domain {found.domain} removed", domain=found.domain)


def ask_check(services: Services, space: Space, caller: Caller, text: str) -> None:
    """Look at the records of a domain that leads nowhere at once. Raises: NotFound, and as ``require``."""
    with change_config(services, space, caller) as change:
        found = own_domain(change.tx, space, text)
        if found.status is not DomainStatus.ACTIVE:
            change.tx.domains.update(found.id, asked_at=services.clock.now())


def own_domain(tx: Transaction, space: Space, text: str) -> CustomDomain:
    """Raises: NotFound."""
    found = tx.domains.get(space.id, text.strip().rstrip(".").lower())
    if found is None:
        raise NotFound(f"{space.full_name} has no domain {text[:100]}")
    return found


def require_free(tx: Transaction, domain: str) -> None:
    """Raises: Conflict, without a word about whose it is."""
    if tx.domains.active(domain) is not None:
        raise Conflict(f"{domain} leads to a Space of this hub already: it has to be removed there first")


def own_hosts(settings: Settings) -> tuple[str, ...]:
    """Names of the hub and of all Spaces."""
    return (urlsplit(settings.hub).hostname or "localhost", settings.apps_domain.lower())
