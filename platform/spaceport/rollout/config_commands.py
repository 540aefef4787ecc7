"""Variables and secrets: rows now, a release of the same image right after."""

from collections.abc import Mapping

from spaceport.domain.account import Caller
from spaceport.domain.config import MAX_KEYS, Secret, Variable, check_key, check_value, current_versions
from spaceport.domain.names import new_id
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, Conflict
from spaceport.interfaces import Transaction
from spaceport.rollout.config_change import change_config
from spaceport.services import Services

_DESCRIPTION_LENGTH = 500


def set_variable(services: Services, space: Space, caller: Caller, key: str, value: str, description: str = "") -> None:
    """
    Add a variable or replace its value.

    Raises: BadRequest, Conflict when a secret has that name, and as ``require``.
    """
    check_value(check_key(key), value)
    with change_config(services, space, caller) as change:
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
    with change_config(services, space, caller) as change:
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
    with change_config(services, space, caller) as change:
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
    with change_config(services, space, caller) as change:
        tx, current = change.tx, change.space
        if tx.configs.remove_secret(current.id, key, services.clock.now()):
            change.tell(f"secret {key} removed", reaches_app=True, secret=key)
        elif key in current.missing_secrets:
            change.tell(f"starts without the secret {key}", reaches_app=True, secret=key)
        _no_longer_missing(tx, current, key)


def _variables(tx: Transaction, space: Space) -> Mapping[str, Variable]:
    return {variable.key: variable for variable in tx.configs.variables(space.id)}


def _no_longer_missing(tx: Transaction, space: Space, key: str) -> None:
    if key in space.missing_secrets:
        tx.spaces.update(space.id, missing_secrets=[each for each in space.missing_secrets if each != key])


def _check_room(others: int, what: str) -> None:
    if others >= MAX_KEYS:
        raise BadRequest(f"a Space has at most {MAX_KEYS} {what}")
