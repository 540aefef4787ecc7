"""Hardware, sleep time and storage of a Space over the API, and what there is to choose from."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spaceport.api.finding import request_of
from spaceport.api.space_json import runtime_answer
from spaceport.domain.access import Action
from spaceport.domain.flavors import GIB, HardwareFlavor
from spaceport.errors import BadRequest, NotSupported
from spaceport.rollout import hardware_commands as commands
from spaceport.rollout.volume_commands import set_volume
from spaceport.services import Services


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Hardware(Body):
    flavor: str
    sleep_seconds: int | None = Field(None, alias="sleepTimeSeconds")


class SleepTime(Body):
    """-1 is never; null is what the hardware has."""

    seconds: int | None


class Storage(Body):
    """A ``tier`` as clients before 2.x name it, or a size of one's own in ``bytes``."""

    tier: str | None = None
    bytes: int | None = None

    def size(self, tiers: Mapping[str, int]) -> int:
        """In bytes. Raises: BadRequest."""
        if self.bytes is not None:
            return self.bytes
        return volume_bytes_of(str(self.tier), tiers)


class DevMode(Body):
    enabled: bool = False


def make_hardware_router(services: Services) -> APIRouter:
    router = APIRouter()
    _add_choices(router, services)
    _add_hardware(router, services)
    _add_storage(router, services)
    return router


def _add_choices(router: APIRouter, services: Services) -> None:
    @router.get("/api/spaces/hardware")
    def hardware_list() -> list[dict[str, Any]]:
        return [flavor_json(flavor) for flavor in services.settings.flavors.values()]

    @router.get("/api/spaces/zero-gpu/quota")
    def shared_gpu_quota() -> dict[str, Any]:
        """No GPU is lent for the length of a call here."""
        return {"base": 0, "current": 0}


def _add_hardware(router: APIRouter, services: Services) -> None:
    @router.post("/api/spaces/{owner}/{name}/hardware")
    def set_hardware(body: Hardware, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.set_hardware(services, space, caller, body.flavor, body.sleep_seconds)
        return runtime_answer(services, space, caller)

    @router.post("/api/spaces/{owner}/{name}/sleeptime")
    def set_sleep_time(body: SleepTime, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.set_sleep_time(services, space, caller, body.seconds)
        return runtime_answer(services, space, caller)

    @router.post("/api/spaces/{owner}/{name}/dev-mode")
    def set_dev_mode(body: DevMode, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        if body.enabled:
            raise NotSupported("this Spaceport has no dev mode: a push that changes only code installs nothing")
        return runtime_answer(services, space, caller)


def _add_storage(router: APIRouter, services: Services) -> None:
    @router.post("/api/spaces/{owner}/{name}/storage")
    def set_storage(body: Storage, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        set_volume(services, space, caller, body.size(services.settings.storage_tiers))
        return runtime_answer(services, space, caller)

    @router.delete("/api/spaces/{owner}/{name}/storage")
    def remove_storage(owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        set_volume(services, space, caller, 0)
        return runtime_answer(services, space, caller)


def volume_bytes_of(tier: str, tiers: Mapping[str, int]) -> int:
    """The size of /data that has this name. Raises: BadRequest."""
    if tier not in tiers:
        raise BadRequest(f'"tier" must be one of [{", ".join(tiers)}]; given: {tier[:50]}')
    return tiers[tier]


def flavor_json(flavor: HardwareFlavor) -> dict[str, Any]:
    """Nothing costs anything here. Source: hub-api.md section 10.1."""
    answer: dict[str, Any] = {
        "name": flavor.name,
        "prettyName": flavor.pretty_name,
        "cpu": f"{flavor.cpus:g} vCPU",
        "ram": f"{flavor.memory_bytes / GIB:g} GB",
        "accelerator": None,
        "unitCostMicroUSD": 0,
        "unitCostUSD": 0,
        "unitLabel": "minute",
    }
    if flavor.disk_bytes:
        answer["ephemeralStorage"] = f"{flavor.disk_bytes / GIB:g} GB"
    if flavor.gpus:
        answer["accelerator"] = {
            "type": "gpu",
            "model": flavor.accelerator or "",
            "quantity": str(flavor.gpus),
            "vram": "",
            "manufacturer": "",
        }
    return answer
