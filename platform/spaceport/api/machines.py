"""Ours, for admins: the machines there are, and which of them take nothing new."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spaceport.api.finding import signed_in
from spaceport.domain.access import require_admin
from spaceport.domain.drain import Drain
from spaceport.machines import MachineState, machines_now
from spaceport.rollout.drain_commands import drain, undrain
from spaceport.services import Services


class Which(BaseModel):
    """``builder`` counts from 1; without it the whole machine is meant."""

    model_config = ConfigDict(extra="ignore")

    builder: int | None = Field(None, ge=1, le=10_000)


class DrainRequest(Which):
    reason: str = Field("", max_length=300)
    moveSpaces: bool = False


def make_machines_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/api/admin/machines")
    def machines(request: Request) -> list[dict[str, Any]]:
        require_admin(signed_in(request), changes=False)
        found = machines_now(services)
        with services.database.read() as tx:
            names = {fact.id: fact.full_name for fact in tx.spaces.facts()}
        return [_machine_json(each, names) for each in found]

    @router.post("/api/admin/machines/{machine}/drain")
    def drain_machine(machine: str, request: Request, body: DrainRequest | None = None) -> dict[str, Any]:
        asked = body or DrainRequest.model_validate({})
        made = drain(services, machine, signed_in(request), asked.reason, asked.moveSpaces, asked.builder)
        return _drain_json(made)

    @router.post("/api/admin/machines/{machine}/undrain")
    def undrain_machine(machine: str, request: Request, body: Which | None = None) -> dict[str, Any]:
        undrain(services, machine, signed_in(request), body.builder if body else None)
        return {"drained": False}

    return router


def _machine_json(machine: MachineState, names: dict[str, str]) -> dict[str, Any]:
    return {
        "name": machine.name,
        "reports": machine.is_heard,
        "drain": _drain_json(machine.drain) if machine.drain is not None else None,
        "builders": [
            {"number": each.number, "drain": _drain_json(each.drain) if each.drain is not None else None}
            for each in machine.builders
        ],
        "builds": machine.builds,
        "spaces": sorted(names[space_id] for space_id in machine.space_ids if space_id in names),
    }


def _drain_json(drain: Drain) -> dict[str, Any]:
    return {
        "drained": True,
        "since": drain.since.isoformat(),
        "by": drain.by,
        "reason": drain.reason,
        "moveSpaces": drain.moves,
    }
