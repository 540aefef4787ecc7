"""Ours: what the caller's Spaces take, and how much they may."""

from typing import Any

from fastapi import APIRouter, Request

from spaceport.api.finding import signed_in_fully
from spaceport.owner_usage import usage_of
from spaceport.services import Services


def make_usage_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/api/settings/usage")
    def usage(request: Request) -> dict[str, Any]:
        caller = signed_in_fully(request)
        assert caller.user is not None
        with services.database.read() as tx:
            found = usage_of(tx, services.settings, caller.user.id)
        return {
            "spaces": {"used": len(found.spaces), "allowed": found.allowed.spaces},
            "memoryBytes": {"used": found.memory_bytes, "allowed": found.allowed.memory_bytes},
            "running": {"used": found.running, "allowed": found.allowed.running},
            "cpus": {"used": found.taken.cpus, "allowed": found.allowed.cpus},
            "gpus": {"used": found.taken.gpus, "allowed": found.allowed.gpus},
            "allStorageBytes": {"used": found.stored_bytes, "allowed": found.allowed.storage_bytes},
            "storageBytes": {"used": found.used_bytes, "allowed": found.volume_bytes},
            "details": [
                {
                    "id": each.full_name,
                    "stage": each.stage,
                    "hardware": each.hardware,
                    "memoryBytes": each.memory_bytes,
                    "storageUsedBytes": each.used_bytes,
                    "storageBytes": each.volume_bytes,
                }
                for each in found.spaces
            ],
        }

    return router
