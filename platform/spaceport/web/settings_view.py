"""What the settings of a Space show: never the value of a secret, which is not even read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from spaceport.domain.access_request import AccessRequest
from spaceport.domain.account import Caller
from spaceport.domain.config import Secret, Variable, current_versions
from spaceport.domain.custom_domain import CustomDomain
from spaceport.domain.flavors import NEVER_SLEEPS, Flavors, HardwareFlavor
from spaceport.domain.mount import Mount, mounts_of
from spaceport.domain.space import Space
from spaceport.domain.timer import Timer, TimerRun
from spaceport.domain.webhook import Webhook, is_named
from spaceport.hardware_room import refusals
from spaceport.interfaces import Transaction
from spaceport.live import Snapshot, serving_release_id
from spaceport.repos.mounting import shown_sources
from spaceport.rollout.snapshots import Snapshot as VolumeCopy
from spaceport.rollout.snapshots import copies_bytes, snapshots_of
from spaceport.services import Services
from spaceport.translating import gettext
from spaceport.web.gate import requests_of
from spaceport.web.words import round_duration

#: Sleep times to choose from, in seconds, beside the default of the hardware and never.
_SLEEP_CHOICES = (300, 900, 1800, 3600, 8 * 3600, 24 * 3600, 48 * 3600, 72 * 3600, 7 * 86400)


@dataclass(frozen=True)
class SecretRow:
    """The newest version of a secret, without its value."""

    key: str
    description: str
    version: int
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class FlavorRow:
    """``is_asked`` is what the owner chose, ``is_current`` what runs; ``problem`` why it cannot be chosen."""

    flavor: HardwareFlavor
    is_asked: bool
    is_current: bool
    problem: str | None = None


@dataclass(frozen=True)
class AppLink:
    """A link that opens a private Space's app to whoever has it."""

    url: str
    ends_at: datetime


@dataclass(frozen=True)
class MountRow:
    """``source`` is what the repo is called now, ``url`` its page; empty where the reader may not see it."""

    mount: Mount
    source: str = ""
    url: str = ""


@dataclass(frozen=True)
class Typed:
    """What somebody sent that could not be used: where on the page, why, and their own words but for secrets."""

    section: str = ""
    problem: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SettingsView:
    """``hardware_note`` says that what was asked for is no longer offered. ``sleep_choices`` are (value, words)."""

    variables: list[Variable]
    secrets: list[SecretRow]
    flavors: list[FlavorRow]
    hardware_note: str | None
    sleep_choices: list[tuple[str, str]]
    sleep_choice: str
    copies: list[VolumeCopy]
    copies_bytes: int | None
    mounts: list[MountRow]
    has_hardware: bool
    webhooks: list[Webhook]
    domains: list[CustomDomain]
    timers: list[Timer]
    timer_runs: Mapping[str, list[TimerRun]]
    requests: list[tuple[str, AccessRequest]]


def settings_view(tx: Transaction, snapshot: Snapshot, caller: Caller, services: Services) -> SettingsView:
    """Reads the database and the names of the copies of /data."""
    space, flavors = snapshot.space, services.settings.flavors
    serving_id = serving_release_id(snapshot)
    serving = tx.releases.get(serving_id) if serving_id else None
    timers = tx.timers.of_space(space.id)
    return SettingsView(
        variables=tx.configs.variables(space.id),
        secrets=secret_rows(tx.configs.secrets(space.id)),
        flavors=flavor_rows(flavors, space.hardware, serving.hardware if serving else None, refusals(services)),
        hardware_note=flavors.missing_words(space.hardware),
        sleep_choices=sleep_choices(space, flavors),
        sleep_choice="" if space.sleep_seconds is None else str(space.sleep_seconds),
        copies=snapshots_of(services.settings.data_dir, space.id),
        copies_bytes=copies_bytes(services.settings.data_dir, space.id),
        mounts=_mount_rows(tx, space, caller),
        has_hardware=space.sdk != "static",
        webhooks=_webhooks(tx, space, caller),
        domains=tx.domains.of_space(space.id),
        timers=timers,
        timer_runs=tx.timers.runs_of([timer.id for timer in timers]) if timers else {},
        requests=requests_of(tx, space),
    )


def _mount_rows(tx: Transaction, space: Space, caller: Caller) -> list[MountRow]:
    mounts = mounts_of(space)
    sources = shown_sources(tx, caller, mounts)
    rows = []
    for mount in mounts:
        source = sources.get(mount.source_id, "")
        rows.append(MountRow(mount, source, f"/{mount.type.prefix}{source}" if source else ""))
    return rows


def _webhooks(tx: Transaction, space: Space, caller: Caller) -> list[Webhook]:
    """Those of the reader that hear of this Space: nobody sees other people's."""
    found = tx.webhooks.of_user(caller.user.id) if caller.user is not None else []
    return [webhook for webhook in found if is_named(webhook, space.full_name)]


def secret_rows(secrets: list[Secret]) -> list[SecretRow]:
    newest = current_versions(secrets)
    return [
        SecretRow(secret.key, secret.description, secret.version, secret.updated_at, secret.updated_by)
        for secret in secrets
        if secret.removed_at is None and newest.get(secret.key) == secret.version
    ]


def flavor_rows(flavors: Flavors, asked: str, current: str | None, problems: Mapping[str, str]) -> list[FlavorRow]:
    return [
        FlavorRow(flavor, flavor.name == asked, flavor.name == current, problems.get(flavor.name))
        for flavor in flavors.values()
    ]


def sleep_choices(space: Space, flavors: Flavors) -> list[tuple[str, str]]:
    """The default first, never last, and what is set now among them whatever it is."""
    default = flavors.sleep_seconds(space.hardware, None)
    as_hardware = gettext("never") if default is None else _after(default)
    seconds = {*_SLEEP_CHOICES}
    if space.sleep_seconds is not None and space.sleep_seconds > 0:
        seconds.add(space.sleep_seconds)
    return [
        ("", gettext("as its hardware has it: %(what)s", what=as_hardware)),
        *((str(each), _after(each)) for each in sorted(seconds)),
        (str(NEVER_SLEEPS), gettext("never")),
    ]


def _after(seconds: int) -> str:
    return gettext("after %(time)s without use", time=round_duration(seconds))
