"""The form that makes a Space of one's own of another one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.config import MAX_KEYS, Variable
from spaceport.domain.mount import mounts_of
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.domain.visibility import Visibility, visibility_of
from spaceport.errors import AlreadyExists, BadRequest, InvalidName, NotAuthenticated, Unavailable, UserNotFound
from spaceport.hardware_room import refusals
from spaceport.repos.duplication import duplicate
from spaceport.repos.mounting import copied_mounts
from spaceport.rollout.visit_commands import set_visibility
from spaceport.services import Services
from spaceport.web.context import Web
from spaceport.web.finding import find_space
from spaceport.web.forms import check_form, leads_to
from spaceport.web.settings_view import SecretRow, secret_rows
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/spaces/{owner}/{name}/duplicate"
#: Fields of one form: two for each secret, one for each variable, and the rest.
_MOST_FIELDS = 3 * MAX_KEYS + 20
_MENDABLE = (AlreadyExists, BadRequest, InvalidName, Unavailable, UserNotFound)


@dataclass(frozen=True)
class Wish:
    """What was typed; ``secrets`` are never shown again."""

    owner: str = ""
    name: str = ""
    visibility: Visibility = Visibility.PRIVATE
    hardware: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Original:
    """``left_out`` are folders of its app that a copy of the visitor's would not have."""

    space: Space
    variables: list[Variable]
    secrets: list[SecretRow]
    left_out: list[str]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    services = web.services

    def original_for(visitor: Visitor, owner: str, name: str) -> _Original:
        with services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name)
            if visitor.caller.user is None:
                raise NotAuthenticated(f"sign in to duplicate {space.full_name}")
            find_space(tx, visitor.caller, owner, name, Action.DUPLICATE)
            variables, secrets = tx.configs.variables(space.id), secret_rows(tx.configs.secrets(space.id))
        return _Original(space, variables, secrets, _left_out(services, visitor.caller, visitor.caller.user.id, space))

    def show(request: Request, visitor: Visitor, original: _Original, wish: Wish) -> Response:
        problems = refusals(services)
        return web.renderer.page(
            request,
            visitor,
            "duplicate.html",
            status=400 if wish.problem else 200,
            original=original,
            wish=wish,
            flavors=[flavor for name, flavor in services.settings.flavors.items() if name not in problems],
        )

    @router.get(_PATH, include_in_schema=False)
    def form(request: Request, owner: str, name: str) -> Response:
        visitor = visitor_of(request)
        original = original_for(visitor, owner, name)
        variables = {variable.key: variable.value for variable in original.variables}
        hardware = original.space.hardware if original.space.hardware in services.settings.flavors else ""
        name_of_copy = f"{original.space.name}-copy" if original.space.owner == visitor.name else original.space.name
        wish = Wish(visitor.name or "", name_of_copy, hardware=hardware, variables=variables)
        return show(request, visitor, original, wish)

    @router.post(_PATH, include_in_schema=False)
    async def make_copy(request: Request, owner: str, name: str) -> Response:
        sent = await request.form(max_fields=_MOST_FIELDS)
        fields = {key: value for key, value in sent.items() if isinstance(value, str)}
        return await run_in_threadpool(copy, request, owner, name, fields)

    def copy(request: Request, owner: str, name: str, fields: dict[str, str]) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, fields.get("csrf", ""))
        original = original_for(visitor, owner, name)
        wish = _wish_of(fields, original)
        try:
            made = duplicate(services, original.space, visitor.caller, **_arguments(wish))
        except _MENDABLE as error:
            return show(request, visitor, original, _with_problem(wish, str(error)))
        if wish.visibility is Visibility.PROTECTED:
            set_visibility(services, made, visitor.caller, wish.visibility)
        if made.missing_secrets:
            return leads_to(f"/spaces/{made.full_name}/settings", "duplicated", "missing")
        return leads_to(f"/spaces/{made.full_name}", "duplicated")

    return router


def _left_out(services: Services, caller: Caller, owner_id: str, space: Space) -> list[str]:
    mounts = mounts_of(space)
    kept = copied_mounts(services, caller, owner_id, mounts) if mounts else []
    return [mount.mount_path for mount in mounts if mount not in kept]


def _wish_of(fields: Mapping[str, str], original: _Original) -> Wish:
    """Only what the form asked for: names of variables and secrets are those of the original."""

    def value_of(field_name: str) -> str:
        return fields.get(field_name, "").replace("\r\n", "\n")

    secrets = {row.key: value_of(f"secret:{row.key}") for row in original.secrets}
    return Wish(
        owner=fields.get("to_owner", "").strip(),
        name=fields.get("to_name", "").strip(),
        visibility=visibility_of(RepoType.SPACE, fields.get("visibility"), None) or Visibility.PRIVATE,
        hardware=fields.get("hardware", ""),
        variables={
            variable.key: value_of(f"variable:{variable.key}")
            for variable in original.variables
            if f"variable:{variable.key}" in fields
        },
        secrets={key: value for key, value in secrets.items() if value},
        without=tuple(row.key for row in original.secrets if f"without:{row.key}" in fields),
    )


def _arguments(wish: Wish) -> dict[str, Any]:
    return {
        "owner": wish.owner,
        "name": wish.name,
        "private": wish.visibility.is_private,
        "hardware": wish.hardware or None,
        "variables": wish.variables,
        "secrets": wish.secrets,
        "without": wish.without,
    }


def _with_problem(wish: Wish, problem: str) -> Wish:
    return Wish(
        wish.owner, wish.name, wish.visibility, wish.hardware, wish.variables, without=wish.without, problem=problem
    )
