"""Webhooks: who wants to hear of what, and what is on its way to them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest

#: What a webhook may ask for: the Hub's two, and ``space`` for stages, builds and releases, which the Hub tells nobody.
DOMAINS = ("repo", "discussion", "space")
WATCHED_TYPES = ("user", "org", "model", "dataset", "space", "bucket")
MAX_WEBHOOKS = 100
MAX_WATCHED = 100
#: Seconds between the tries at one delivery; after the last one it has failed.
RETRY_SECONDS = (10, 60, 300, 1800)
#: Deliveries of one webhook in a day. Source: spaces-reference.md section 1.14.
DELIVERIES_PER_DAY = 1000
DAY_SECONDS = 24 * 3600


class DeliveryStatus(StrEnum):
    """``waiting`` for its first or next try; the other two are final."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Webhook:
    """
    ``watched`` holds ``{"type", "name"}`` pairs, which may name what does not exist (yet); ``domains`` empty is all.

    ``sealed_secret`` is sent along as it was given, so that the receiver knows who calls. ``day_deliveries`` are those
    since ``day_began_at``, replays among them.
    """

    id: str
    user_id: str
    url: str
    sealed_secret: str | None
    watched: list[dict[str, str]]
    domains: list[str]
    is_enabled: bool
    created_at: datetime
    day_began_at: datetime | None = None
    day_deliveries: int = 0

    def is_over_limit(self, now: datetime) -> bool:
        return not self._has_new_day(now) and self.day_deliveries >= DELIVERIES_PER_DAY

    def with_one_more(self, now: datetime) -> dict[str, Any]:
        """What to write about a webhook that gets another delivery."""
        if self._has_new_day(now):
            return {"day_began_at": now, "day_deliveries": 1}
        return {"day_deliveries": self.day_deliveries + 1}

    def _has_new_day(self, now: datetime) -> bool:
        return self.day_began_at is None or now - self.day_began_at >= timedelta(seconds=DAY_SECONDS)

    def seconds_left_of_day(self, now: datetime) -> int:
        """Until deliveries are counted anew; 0 where they are already."""
        if self.day_began_at is None or self._has_new_day(now):
            return 0
        return math.ceil(DAY_SECONDS - (now - self.day_began_at).total_seconds())


@dataclass(frozen=True)
class Delivery:
    """One message to one webhook. ``response`` is the beginning of what was answered, or why nothing was."""

    id: str
    webhook_id: str
    happening_id: str
    payload: dict[str, Any]
    created_at: datetime
    status: DeliveryStatus = DeliveryStatus.WAITING
    attempts: int = 0
    next_attempt_at: datetime | None = None
    response_status: int | None = None
    response: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came of one try: ``status`` is None where nobody answered, ``text`` says why then."""

    status: int | None
    text: str = field(default="")

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def check_url(url: str) -> str:
    """Raises: BadRequest."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or len(url) > 2000 or not url.isprintable() or " " in url:
        raise BadRequest('"url" must be an address that begins with http:// or https://, at most 2000 characters')
    return url


def check_domains(domains: Iterable[str]) -> list[str]:
    """Raises: BadRequest."""
    chosen = list(dict.fromkeys(domains))
    if wrong := [domain for domain in chosen if domain not in DOMAINS]:
        raise BadRequest(f'"domains" must be among [{", ".join(DOMAINS)}]; given: {wrong[0][:50]}')
    return chosen


def check_watched(watched: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Raises: BadRequest."""
    chosen = [{"type": each["type"], "name": each["name"]} for each in watched]
    if len(chosen) > MAX_WATCHED:
        raise BadRequest(f'"watched" may name at most {MAX_WATCHED} things')
    for each in chosen:
        if each["type"] not in WATCHED_TYPES:
            allowed = ", ".join(WATCHED_TYPES)
            raise BadRequest(f'"watched" must be of type [{allowed}]; given: {each["type"][:50]}')
        if not 0 < len(each["name"]) <= 200:
            raise BadRequest('"watched" must name a user, or a repo as owner/name')
    return chosen


def is_watching(webhook: Webhook, domain: str, name: str, kind: RepoType = RepoType.SPACE) -> bool:
    """Whether a webhook wants to hear of this repo (``owner/name``)."""
    if not webhook.is_enabled or (webhook.domains and domain not in webhook.domains):
        return False
    return is_named(webhook, name, kind)


def is_named(webhook: Webhook, name: str, kind: RepoType = RepoType.SPACE) -> bool:
    """Whether it watches this repo (``owner/name``), or its owner."""
    wanted = {(each["type"], each["name"].lower()) for each in webhook.watched}
    owner = name.split("/")[0].lower()
    return bool({(str(kind), name.lower()), ("user", owner), ("org", owner)} & wanted)


def take_turns(
    due: Sequence[Delivery], owners: Mapping[str, str], busy: Sequence[str], at_once: int, per_owner: int
) -> list[Delivery]:
    """
    Which of the ``due`` to try now, owners taking turns: a slow server costs its owner's places and nobody else's.

    ``owners`` names the owner of each webhook, ``busy`` the owner of each delivery under way. At most ``at_once`` are
    under way, of them ``per_owner`` of one owner.
    """
    waiting: dict[str, list[Delivery]] = {}
    for delivery in due:
        waiting.setdefault(owners[delivery.webhook_id], []).append(delivery)
    chosen: list[Delivery] = []
    for turn in range(per_owner):
        for owner, deliveries in waiting.items():
            is_free = busy.count(owner) + turn < per_owner
            if is_free and turn < len(deliveries) and len(busy) + len(chosen) < at_once:
                chosen.append(deliveries[turn])
    return chosen


def after_try(delivery: Delivery, answer: Answer, now: datetime) -> dict[str, Any]:
    """What to write about a delivery after a try: done, another one later, or given up."""
    attempts = delivery.attempts + 1
    changes: dict[str, Any] = {
        "attempts": attempts,
        "response_status": answer.status,
        "response": answer.text,
        "next_attempt_at": None,
    }
    if answer.is_accepted:
        return changes | {"status": DeliveryStatus.DELIVERED}
    if attempts > len(RETRY_SECONDS):
        return changes | {"status": DeliveryStatus.FAILED}
    return changes | {"next_attempt_at": now + timedelta(seconds=RETRY_SECONDS[attempts - 1])}
