"""Where a Space answers: the addresses that people, clients and the gateway use for it."""

from collections.abc import Iterable

from spaceport.domain.custom_domain import CustomDomain, DomainStatus
from spaceport.domain.space import Space
from spaceport.settings import Settings


def app_url(space: Space, settings: Settings) -> str:
    """The address for browsers, without a slash at the end."""
    return f"{settings.apps_scheme}://{space.subdomain}.{settings.apps_domain}{settings.apps_port_suffix}"


def client_url(space: Space, settings: Settings) -> str:
    """
    The address for programs, without a slash at the end.

    Python and Node do not resolve ``*.localhost`` on a plain Debian, so a Spaceport without a domain of its own names
    the Space's loopback address; with a domain it is the same as ``app_url``.

    Source: lessons of architecture.md section 4.
    """
    if settings.apps_domain == "localhost":
        return f"{settings.apps_scheme}://{space.loopback_address}{settings.apps_port_suffix}"
    return app_url(space, settings)


def custom_hosts(domains: Iterable[CustomDomain], settings: Settings) -> tuple[str, ...]:
    """Those of a Space's own domains that lead to it, unless the admin has turned all of them off."""
    if settings.custom_domains == "off":
        return ()
    return tuple(each.domain for each in domains if each.status is DomainStatus.ACTIVE)


def page_url(space: Space, settings: Settings) -> str:
    """The Space's page on the hub."""
    return f"{settings.hub}/spaces/{space.full_name}"


def route_hosts(space: Space, settings: Settings) -> tuple[str, ...]:
    """The host names the gateway answers for a Space."""
    return (f"{space.subdomain}.{settings.apps_domain}".lower(), space.loopback_address)
