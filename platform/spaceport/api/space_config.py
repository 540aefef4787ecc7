"""Variables and secrets of a Space over the API; the value of a secret goes in and never comes out."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from spaceport.api.finding import find_space, request_of
from spaceport.api.space_json import date_json
from spaceport.domain.access import Action
from spaceport.domain.space import Space
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.rollout import config_commands as commands
from spaceport.services import Services


class Key(BaseModel):
    model_config = ConfigDict(extra="ignore")

    key: str


class Entry(Key):
    """Source: hub-api.md section 10.1."""

    value: str
    description: str | None = None


def make_config_router(services: Services) -> APIRouter:
    router = APIRouter()
    _add_variables(router, services)
    _add_secrets(router, services)
    return router


def _add_variables(router: APIRouter, services: Services) -> None:
    path = "/api/spaces/{owner}/{name}/variables"

    def answer(space: Space) -> dict[str, Any]:
        with services.database.read() as tx:
            return variables_json(tx, space)

    @router.get(path)
    def variables(owner: str, name: str, request: Request) -> dict[str, Any]:
        """For whoever may use the app: its variables are public, and a duplicate takes them over."""
        caller = caller_of(request)
        with services.database.read() as tx:
            return variables_json(tx, find_space(tx, caller, owner, name, Action.ENTER))

    @router.post(path)
    def set_variable(body: Entry, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.set_variable(services, space, caller, body.key, body.value, body.description or "")
        return answer(space)

    @router.delete(path)
    def remove_variable(body: Key, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.remove_variable(services, space, caller, body.key)
        return answer(space)


def _add_secrets(router: APIRouter, services: Services) -> None:
    path = "/api/spaces/{owner}/{name}/secrets"

    @router.get(path)
    def secrets(owner: str, name: str, request: Request) -> dict[str, Any]:
        caller = caller_of(request)
        with services.database.read() as tx:
            return secrets_json(tx, find_space(tx, caller, owner, name, Action.REVEAL))

    @router.post(path)
    def set_secret(body: Entry, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.set_secret(services, space, caller, body.key, body.value, body.description or "")
        return {}

    @router.delete(path)
    def remove_secret(body: Key, owner: str, name: str, request: Request) -> dict[str, Any]:
        """Also says that a duplicate starts without one that it asks for."""
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.remove_secret(services, space, caller, body.key)
        return {}


def variables_json(tx: Transaction, space: Space) -> dict[str, Any]:
    return {
        variable.key: {
            "key": variable.key,
            "value": variable.value,
            "description": variable.description or None,
            "updatedAt": date_json(variable.updated_at),
        }
        for variable in tx.configs.variables(space.id)
    }


def secrets_json(tx: Transaction, space: Space) -> dict[str, Any]:
    """The newest version of each, without its value; those that are asked for and not set have no ``updatedAt``."""
    answer: dict[str, Any] = {key: {"key": key, "missing": True} for key in space.missing_secrets}
    for secret in tx.configs.secrets(space.id):
        if secret.removed_at is None and "updatedAt" not in answer.get(secret.key, {}):
            answer[secret.key] = {
                "key": secret.key,
                "description": secret.description or None,
                "updatedAt": date_json(secret.updated_at),
            }
    return answer
