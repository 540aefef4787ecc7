"""What the owner of a Space configures: rows now, a release of the same image right after, never a build."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from spaceport.deployments import reconfigure
from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.app_access import LONGEST_SHARE_SECONDS, shared, sign_key
from spaceport.domain.config import MAX_KEYS, Secret, Variable, check_key, check_value, current_versions
from spaceport.domain.events import Event, EventKind
from spaceport.domain.flavors import NEVER_SLEEPS
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.space import Desired, Space
from spaceport.domain.words import memory_words
from spaceport.errors import BadRequest, Conflict, SpaceNotFound
from spaceport.interfaces import Transaction
from spaceport.services import Services

MAX_SLEEP_SECONDS = 366 * 24 * 3600
#: The largest /data that anybody may ask for: a mistake in a unit must not become a promise.
MAX_VOLUME_BYTES = 16 * 1024**4
_DESCRIPTION_LENGTH = 500


def set_variable(services: Services, space: Space, caller: Caller, key: str, value: str, description: str = "") -> None:
    """
    Add a variable or replace its value.

    Raises: BadRequest, Conflict when a secret has that name, and as ``require``.
    """
    check_value(check_key(key), value)
    with _change(services, space, caller) as change:
        tx, current = change.tx, change.space
        _check_room(len(_variables(tx, current).keys() - {key}), "variables")
        if key in current_versions(tx.configs.secrets(current.id)):
            raise Conflict(f"{key} is a secret of {current.full_name}: remove the secret first, or choose another name")
        now = services.clock.now()
        variable = Variable(
            new_id(), current.id, key, value, description[:_DESCRIPTION_LENGTH], updated_at=now, updated_by=caller.name
        )
        tx.configs.put_variable(variable)
        change.tell(f"variable {key} set", reaches_app=True, variable=key)


def remove_variable(services: Services, space: Space, caller: Caller, key: str) -> None:
    """One that is not there is fine. Raises: as ``require``."""
    with _change(services, space, caller) as change:
        if change.tx.configs.remove_variable(change.space.id, key):
            change.tell(f"variable {key} removed", reaches_app=True, variable=key)


def set_secret(services: Services, space: Space, caller: Caller, key: str, value: str, description: str = "") -> None:
    """
    Add a version of a secret; the value is sealed here and never read again but by the app.

    Raises: BadRequest, Conflict when a variable has that name, and as ``require``.
    """
    check_value(check_key(key), value)
    if not value:
        raise BadRequest(f"the value of {key} is empty: remove the secret if the app should not have it")
    if space.sdk == "static":
        raise BadRequest(
            f"{space.full_name} is static: its visitors could read a secret. Use a variable for what is public"
        )
    with _change(services, space, caller) as change:
        tx, current = change.tx, change.space
        if key in _variables(tx, current):
            raise Conflict(
                f"{key} is a variable of {current.full_name}: remove the variable first, or choose another name"
            )
        secrets = tx.configs.secrets(current.id)
        _check_room(len(current_versions(secrets).keys() - {key}), "secrets")
        version = max((secret.version for secret in secrets if secret.key == key), default=0) + 1
        sealed, now = services.sealer.seal(value), services.clock.now()
        tx.configs.add_secret(
            Secret(new_id(), current.id, key, version, sealed, description[:_DESCRIPTION_LENGTH], now, caller.name)
        )
        _no_longer_missing(tx, current, key)
        change.tell(f"secret {key} set", reaches_app=True, secret=key, version=version)


def remove_secret(services: Services, space: Space, caller: Caller, key: str) -> None:
    """
    Take a secret away, or say that the app starts without one that a duplicate asks for. One that is neither is fine.

    Raises: as ``require``.
    """
    with _change(services, space, caller) as change:
        tx, current = change.tx, change.space
        if tx.configs.remove_secret(current.id, key, services.clock.now()):
            change.tell(f"secret {key} removed", reaches_app=True, secret=key)
        elif key in current.missing_secrets:
            change.tell(f"starts without the secret {key}", reaches_app=True, secret=key)
        _no_longer_missing(tx, current, key)


def set_hardware(
    services: Services, space: Space, caller: Caller, flavor: str, sleep_seconds: int | None = None
) -> None:
    """
    Ask for other hardware; ``sleep_seconds`` as ``set_sleep_time``, None leaves it.

    Raises: BadRequest for a flavor there is none of and for static Spaces, and as ``require``.
    """
    _check_runs(space, "hardware")
    flavors = services.settings.flavors
    if flavor not in flavors:
        raise BadRequest(f'"flavor" must be one of [{", ".join(flavors)}]; given: {flavor[:50]}')
    if sleep_seconds is not None:
        _check_sleep(sleep_seconds)
    with _change(services, space, caller) as change:
        if flavor != change.space.hardware:
            change.tx.spaces.update(change.space.id, hardware=flavor)
            change.tell(f"hardware {flavor}", reaches_app=True, hardware=flavor)
        if sleep_seconds is not None and sleep_seconds != change.space.sleep_seconds:
            change.tx.spaces.update(change.space.id, sleep_seconds=sleep_seconds)
            change.tell(_sleep_words(sleep_seconds), sleep_seconds=sleep_seconds)


def set_sleep_time(services: Services, space: Space, caller: Caller, seconds: int | None) -> None:
    """
    Seconds without use after which the Space sleeps; -1 for never, None for the default of the hardware.

    Raises: BadRequest, and as ``require``.
    """
    _check_runs(space, "sleep time")
    if seconds is not None:
        _check_sleep(seconds)
    with _change(services, space, caller) as change:
        if seconds != change.space.sleep_seconds:
            change.tx.spaces.update(change.space.id, sleep_seconds=seconds)
            change.tell(_sleep_words(seconds), sleep_seconds=seconds)


def set_volume(services: Services, space: Space, caller: Caller, volume_bytes: int) -> None:
    """
    Quota of /data, 0 for none; what is in it stays on the disk and is there again with a new quota.

    Raises: BadRequest, and as ``require``.
    """
    _check_runs(space, "/data")
    if not 0 <= volume_bytes <= MAX_VOLUME_BYTES:
        raise BadRequest(f"the size of /data must be 0 to {MAX_VOLUME_BYTES} bytes; given: {volume_bytes}")
    with _change(services, space, caller) as change:
        if volume_bytes != change.space.volume_bytes:
            change.tx.spaces.update(change.space.id, volume_bytes=volume_bytes)
            words = (
                f"/data of at most {memory_words(volume_bytes)}"
                if volume_bytes
                else "/data detached, its files are kept"
            )
            change.tell(words, reaches_app=True, starts_anew=True, volume_bytes=volume_bytes)


def set_visibility(services: Services, space: Space, caller: Caller, private: bool) -> None:
    """
    Public or private, from now on and for visitors who are there; links of an earlier privacy open nothing.

    Raises: as ``require``.
    """
    with _change(services, space, caller) as change:
        if private != change.space.private:
            change.tx.spaces.update(
                change.space.id, private=private, links_version=change.space.links_version + private
            )
            change.tell("made private" if private else "made public", private=private)


def make_link(services: Services, space: Space, caller: Caller, seconds: int) -> tuple[str, datetime]:
    """
    A ticket that lets whoever has it into a private Space's app, and when it ends.

    Raises: BadRequest for a time that is not allowed and for public Spaces, and as ``require``.
    """
    if not 60 <= seconds <= LONGEST_SHARE_SECONDS:
        raise BadRequest(f"a link may open the app for 60 to {LONGEST_SHARE_SECONDS} seconds; given: {seconds}")
    expires_at = services.clock.now() + timedelta(seconds=seconds)
    with _change(services, space, caller) as change:
        if not change.space.private:
            raise BadRequest(f"{space.full_name} is public: its address is all that a visitor needs")
        key = sign_key(services.internal_secret, change.space.id, change.space.links_version)
        change.tell(f"a link to the app made, good for {seconds} seconds", link_seconds=seconds)
    return shared(key, expires_at.timestamp()), expires_at


def revoke_links(services: Services, space: Space, caller: Caller) -> None:
    """End all signed links to a private Space's app, and all visits that began with one. Raises: as ``require``."""
    with _change(services, space, caller) as change:
        change.tx.spaces.update(change.space.id, links_version=change.space.links_version + 1)
        change.tell("all links to the app revoked", links_revoked=True)


def request_review(services: Services, space: Space, caller: Caller) -> None:
    """
    Ask the admin to look at a Space that the owner may not start.

    Raises: Conflict when nobody but the owner stopped it, and as ``require``.
    """
    with _change(services, space, caller) as change:
        if change.space.desired not in (Desired.STOPPED, Desired.SUSPENDED):
            raise Conflict(f"{space.full_name} was not stopped by an admin or the platform: there is nothing to review")
        change.tx.spaces.update(change.space.id, review_requested_at=services.clock.now())
        change.tell(f"{caller.name} asks for a review", review=True)


@dataclass
class _Change:
    """
    One change under way and what is told of it.

    What ``reaches_app`` deploys the configuration of now: after a rollback, which brought back an earlier one, nothing
    else may do that. With ``starts_anew`` it does so even where no release would show the difference.
    """

    tx: Transaction
    space: Space
    summaries: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    reaches_app: bool = False
    starts_anew: bool = False

    def tell(self, summary: str, reaches_app: bool = False, starts_anew: bool = False, **details: Any) -> None:
        self.summaries.append(summary)
        self.details |= details
        self.reaches_app |= reaches_app
        self.starts_anew |= starts_anew


@contextmanager
def _change(services: Services, space: Space, caller: Caller) -> Iterator[_Change]:
    """Rows, history and the new release in one transaction; nothing was told, nothing happened."""
    require(caller, Action.CONFIGURE, space)
    now = services.clock.now()
    with services.database.begin() as tx:
        current = tx.spaces.get(space.id)
        if current is None or current.desired is Desired.DELETED:
            raise SpaceNotFound(f"no Space {space.full_name}")
        change = _Change(tx, current)
        yield change
        if not change.summaries:
            return
        message = ", ".join(change.summaries)
        tx.history.add(current.id, now, HappeningKind.CONFIG, caller.name, message, change.details)
        if change.reaches_app:
            changed = tx.spaces.get(current.id)
            assert changed is not None
            reconfigure(tx, changed, caller.name, now, message, change.starts_anew)
    services.events.publish(Event(EventKind.COMMANDED, space.id))


def _variables(tx: Transaction, space: Space) -> Mapping[str, Variable]:
    return {variable.key: variable for variable in tx.configs.variables(space.id)}


def _no_longer_missing(tx: Transaction, space: Space, key: str) -> None:
    if key in space.missing_secrets:
        tx.spaces.update(space.id, missing_secrets=[each for each in space.missing_secrets if each != key])


def _check_room(others: int, what: str) -> None:
    if others >= MAX_KEYS:
        raise BadRequest(f"a Space has at most {MAX_KEYS} {what}")


def _check_runs(space: Space, what: str) -> None:
    if space.sdk == "static":
        raise BadRequest(f"{space.full_name} is static: nothing runs there, so it has no {what}")


def _check_sleep(seconds: int) -> None:
    if seconds != NEVER_SLEEPS and not 1 <= seconds <= MAX_SLEEP_SECONDS:
        raise BadRequest(f"the sleep time is -1 for never, or 1 to {MAX_SLEEP_SECONDS} seconds; given: {seconds}")


def _sleep_words(seconds: int | None) -> str:
    if seconds is None:
        return "sleep time of its hardware"
    return "never sleeps" if seconds == NEVER_SLEEPS else f"sleeps after {seconds} seconds"
