"""A Space's own host names beside the one that the hub gives it: which may be, and how somebody proves to have one."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from spaceport.errors import BadRequest

MAX_DOMAINS = 10
#: Below the domain, so that it goes together with the CNAME that the domain itself may be. Source: RFC 8552.
_RECORD_LABEL = "_spaceport"
_RECORD_PREFIX = "spaceport-verification="
_MAX_LENGTH = 253
#: One label of a host name. Source: RFC 1123 section 2.1.
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
#: Names that lead nowhere, or to whoever looks them up. Source: RFC 6761, RFC 6762, RFC 8375.
_SPECIAL = ("localhost", "local", "internal", "invalid", "test", "example", "onion", "arpa")
#: Seconds between two looks at the records of a domain that waits, by how many seconds it has waited already.
_LOOKS = ((3600, 60), (7 * 86_400, 3600))
#: From when on a domain that waits is looked at only when asked for.
LOOKED_AT_FOR = timedelta(seconds=_LOOKS[-1][0])
#: Between two looks at the record of a domain that was proved: as long as all is well, and where it is not.
LOOK_AGAIN, LOOK_SOON = timedelta(hours=6), timedelta(minutes=30)
#: How long an active domain leads to its Space without its record. What nobody answers for is not gone.
GRACE = timedelta(days=3)
#: What history says of an active domain when its record is first found gone, where it says the status otherwise.
RECORD_GONE = "record-gone"
#: How long a domain is kept that nobody proves, from when it was added or last asked for.
KEPT_WAITING = timedelta(days=30)


class DomainStatus(StrEnum):
    """
    ``waiting`` for the record that proves it; only an ``active`` one leads to the Space. A ``suspended`` one did, until
    its record was gone for too long, and does again when it is back.
    """

    WAITING = "waiting"
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class CustomDomain:
    """
    Several Spaces may wait for one domain: it is of the first whose owner proves it. ``problem`` is what the last look
    at its records found, ``asked_at`` when somebody wanted a look at once. ``seen_at`` is when the record that proves
    it was seen last, ``gone_at`` when it was first found to be gone since.
    """

    id: str
    space_id: str
    domain: str
    token: str
    status: DomainStatus
    created_at: datetime
    created_by: str
    checked_at: datetime | None = None
    asked_at: datetime | None = None
    active_at: datetime | None = None
    problem: str | None = None
    seen_at: datetime | None = None
    gone_at: datetime | None = None

    @property
    def record_name(self) -> str:
        return f"{_RECORD_LABEL}.{self.domain}"

    @property
    def record_value(self) -> str:
        return _RECORD_PREFIX + self.token


def new_domain_token() -> str:
    return secrets.token_hex(20)


def check_domain(text: str, own_hosts: Iterable[str]) -> str:
    """
    The domain in lower case, letters beyond ASCII in their other form.

    The hub's own names are refused, what is below them, and what is above: an app there could set cookies for the hub.

    Raises: BadRequest.
    """
    domain = _ascii(text.strip().rstrip(".").lower())
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > _MAX_LENGTH or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise BadRequest(f"a domain is a name such as demo.example.org, without scheme and port; given: {text[:100]}")
    if labels[-1] in _SPECIAL:
        raise BadRequest(f"{domain} is no name that others can look up: names below .{labels[-1]} are special")
    for host in own_hosts:
        if is_below(domain, host) or is_below(host, domain):
            raise BadRequest(f"{domain} is of this hub itself ({host}): choose a domain of your own")
    return domain


def is_below(name: str, other: str) -> bool:
    """Whether a name is another one or below it."""
    return name == other or name.endswith(f".{other}")


def is_due(domain: CustomDomain, now: datetime) -> bool:
    """
    Whether to look at the records of a domain. One that waits: often at first, later seldom, at last when asked only.
    One that was proved: seldom, and sooner where something was wrong. One that an admin's trust made active: never.
    """
    if domain.status is not DomainStatus.WAITING:
        return _is_due_again(domain, now)
    if domain.checked_at is None or (domain.asked_at is not None and domain.asked_at > domain.checked_at):
        return True
    waited, since = now - domain.created_at, now - domain.checked_at
    pause = next((pause for limit, pause in _LOOKS if waited < timedelta(seconds=limit)), None)
    return pause is not None and since >= timedelta(seconds=pause)


def _is_due_again(domain: CustomDomain, now: datetime) -> bool:
    if domain.checked_at is None:
        return False
    is_asked = domain.asked_at is not None and domain.asked_at > domain.checked_at
    return is_asked or now - domain.checked_at >= (LOOK_AGAIN if domain.problem is None else LOOK_SOON)


def after_look(domain: CustomDomain, problem: str | None, is_answered: bool, now: datetime) -> dict[str, Any]:
    """What becomes of an active domain whose record was looked for again. Where nobody answers nothing is known."""
    changes: dict[str, Any] = {"checked_at": now, "problem": problem}
    if not is_answered:
        return changes
    if problem is None:
        return changes | {"seen_at": now, "gone_at": None}
    gone_at = domain.gone_at or now
    status = DomainStatus.SUSPENDED if now - gone_at >= GRACE else domain.status
    return changes | {"gone_at": gone_at, "status": status}


def is_forgotten(domain: CustomDomain, now: datetime) -> bool:
    """Whether a waiting domain has waited for too long to be kept."""
    if domain.status is not DomainStatus.WAITING:
        return False
    return now - max(domain.created_at, domain.asked_at or domain.created_at) > KEPT_WAITING


def one_of_each_space(domains: Iterable[CustomDomain]) -> list[CustomDomain]:
    """In the order that they have: of each Space the one that was never looked at, or the longest ago."""
    chosen: dict[str, CustomDomain] = {}
    for domain in domains:
        known = chosen.setdefault(domain.space_id, domain)
        if known.checked_at is not None and (domain.checked_at is None or domain.checked_at < known.checked_at):
            chosen[domain.space_id] = domain
    return list(chosen.values())


def problem_of(domain: CustomDomain, texts: Iterable[str]) -> str | None:
    """What the TXT records lack to prove it; None when they do."""
    found = [text.strip() for text in texts]
    if domain.record_value in found:
        return None
    if not found:
        return f"there is no TXT record at {domain.record_name} yet"
    return f"the TXT record at {domain.record_name} says something else: {found[0][:100]}"


def _ascii(name: str) -> str:
    """Raises: BadRequest."""
    try:
        return name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError as error:
        raise BadRequest(f"{name[:100]} is no domain: {error}") from error
