"""A Space in the Hub's words; the only place that knows its field names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from spaceport.addresses import app_url, client_url
from spaceport.build_line import place_of
from spaceport.deployments import files_before
from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.custom_domain import CustomDomain, DomainStatus
from spaceport.domain.instance import Instance, Role
from spaceport.domain.line import Place
from spaceport.domain.linked_repos import linked_of
from spaceport.domain.mount import HIDDEN_SOURCE, Mount, mounts_of
from spaceport.domain.release import Release
from spaceport.domain.room import Spot
from spaceport.domain.sleep import sleeps_at
from spaceport.domain.space import Space
from spaceport.domain.stage import FAILED, SERVING
from spaceport.domain.storage import tier_of
from spaceport.domain.trending import shown_score
from spaceport.interfaces import Transaction
from spaceport.repos.mounting import shown_sources
from spaceport.room_line import spot_now
from spaceport.services import Services
from spaceport.settings import Settings


@dataclass(frozen=True)
class SpaceFacts:
    """
    A Space with the rows that say what runs of it. ``sources`` are names of mounted repos by their ids, as far as the
    reader may see them.
    """

    space: Space
    release: Release | None = None
    instances: tuple[Instance, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    domains: tuple[CustomDomain, ...] = ()


def facts_of(tx: Transaction, space: Space, caller: Caller) -> SpaceFacts:
    release = tx.releases.get(space.target_release_id) if space.target_release_id else None
    instances = tuple(tx.instances.current(space.id))
    live = next((each for each in instances if each.role is Role.LIVE), None)
    if live is not None and (release is None or live.release_id != release.id):
        # The next release is still on its way: what runs is an older one.
        release = tx.releases.get(live.release_id)
    elif live is None:
        release = files_before(tx, release) or release
    sources = shown_sources(tx, caller, mounts_of(space))
    return SpaceFacts(space, release, instances, sources, tuple(tx.domains.of_space(space.id)))


def date_json(moment: datetime) -> str:
    """``2024-01-01T00:00:00.000Z``. Source: hub-api.md section 2.3."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def runtime_json(facts: SpaceFacts, settings: Settings) -> dict[str, Any]:
    """Source: hub-api.md section 10.2."""
    space = facts.space
    is_serving = space.stage in SERVING
    runtime: dict[str, Any] = {
        "stage": str(space.stage),
        "hardware": _hardware(facts, is_serving),
        "storage": tier_of(space.volume_bytes, settings.storage_tiers),
        "gcTimeout": _sleep_seconds(space, settings),
        "volumes": [_volume_json(mount, facts.sources) for mount in mounts_of(space)],
        "replicas": {"current": 1 if is_serving else 0, "requested": 1},
        "devMode": False,
        "domains": [
            {"domain": urlsplit(app_url(space, settings)).netloc, "stage": "READY"},
            *(domain_json(each) for each in facts.domains if settings.custom_domains != "off"),
        ],
    }
    if is_serving and facts.release is not None:
        runtime["sha"] = facts.release.sha
    if space.stage in FAILED or space.build_failure or space.start_failure:
        runtime["errorMessage"] = space.stage_reason or space.build_failure or space.start_failure
    return runtime | _own_runtime(facts, settings)


def queue_json(place: Place) -> dict[str, Any]:
    """Ours: where a waiting build stands, for clients that want to tell. ``estimateSeconds`` until it starts."""
    estimate = None if place.seconds is None else round(place.seconds)
    return {
        "position": place.position,
        "waiting": place.waiting,
        "estimateSeconds": estimate,
        "message": place.words,
    }


def room_json(spot: Spot, space: Space, now: datetime) -> dict[str, Any]:
    """The same of a Space that waits for room; ``stop-waiting`` takes it out of the line."""
    seconds = spot.seconds_left(now)
    return {
        "position": spot.ahead + 1,
        "waiting": spot.waiting,
        "estimateSeconds": None if seconds is None else round(seconds),
        "message": space.stage_reason,
    }


def _own_runtime(facts: SpaceFacts, settings: Settings) -> dict[str, Any]:
    """What the Hub does not tell: why it is as it is, what comes next, and what serves against where ``main`` is."""
    space, release = facts.space, facts.release
    moment = sleeps_at(space, settings.flavors)
    return {
        "reason": space.stage_reason,
        "suggestion": space.suggestion,
        "deadlineAt": date_json(space.stage_deadline_at) if space.stage_deadline_at else None,
        "desired": str(space.desired),
        "reviewRequestedAt": date_json(space.review_requested_at) if space.review_requested_at else None,
        "sleepsAt": date_json(moment) if moment else None,
        "waitingSince": date_json(space.waiting_since) if space.waiting_since else None,
        "storageBytes": space.volume_bytes,
        "storageUsedBytes": space.volume_used_bytes,
        "storageUsedIsStale": space.volume_is_stale,
        "release": {"number": release.number, "sha": release.sha, "status": str(release.status)} if release else None,
        "mainSha": space.head_sha,
    }


def runtime_answer(services: Services, space: Space, caller: Caller) -> dict[str, Any]:
    """The runtime as it is now: with the place of a build that waits, and for the owner the secrets it lacks."""
    with services.database.read() as tx:
        space = tx.spaces.get(space.id) or space
        values = runtime_json(facts_of(tx, space, caller), services.settings)
    if can(caller, Action.REVEAL, space):
        values["missingSecrets"] = space.missing_secrets
    if place := place_of(services, space.id):
        return values | {"queue": queue_json(place)}
    if spot := spot_now(services, space.id):
        return values | {"queue": room_json(spot, space, services.clock.now())}
    return values


def _volume_json(mount: Mount, sources: Mapping[str, str]) -> dict[str, Any]:
    """Who may not see the repo learns that there is one. Source: spaces-reference.md section 1.7."""
    return {
        "type": str(mount.type),
        "source": sources.get(mount.source_id, HIDDEN_SOURCE),
        "mountPath": mount.mount_path,
        "revision": mount.revision,
        "readOnly": True,
        **({"path": mount.path} if mount.path else {}),
    }


def domain_json(domain: CustomDomain) -> dict[str, Any]:
    """Source: spaces-reference.md section 1.13 (pending, then ready), hub-api.md section 10.2."""
    return {
        "domain": domain.domain,
        "isCustom": True,
        "stage": "READY" if domain.status is DomainStatus.ACTIVE else "PENDING",
    }


def _hardware(facts: SpaceFacts, is_serving: bool) -> dict[str, str | None] | None:
    """Asked for is what the Space has, current what the release that serves was started with."""
    if facts.space.sdk == "static":
        return None
    current = facts.release.hardware if is_serving and facts.release else None
    return {"current": current, "requested": facts.space.hardware}


def _sleep_seconds(space: Space, settings: Settings) -> int | None:
    return None if space.sdk == "static" else settings.flavors.sleep_seconds(space.hardware, space.sleep_seconds)


def space_json(space: Space, settings: Settings, sha: str | None, now: datetime) -> dict[str, Any]:
    """What its row alone tells. Source: hub-api.md section 5.2."""
    card = space.card
    return {
        "_id": space.id,
        "id": space.full_name,
        "author": space.owner,
        "sha": sha,
        "lastModified": date_json(space.modified_at),
        "createdAt": date_json(space.created_at),
        "private": space.private,
        "gated": space.gated or False,
        "disabled": space.is_disabled,
        "likes": space.likes,
        "trendingScore": shown_score(space.trending, now),
        "usedStorage": space.used_bytes,
        "tags": space.tags,
        "sdk": space.sdk,
        "title": space.title,
        "emoji": space.emoji,
        "shortDescription": str(card.get("short_description") or ""),
        "models": linked_of(card, space.linked, "models"),
        "datasets": linked_of(card, space.linked, "datasets"),
        "cardData": card,
        "host": client_url(space, settings),
        "subdomain": space.subdomain,
        "region": "us",
        "resourceGroup": None,
        "xetEnabled": True,
    }
