"""Spaces to begin with: the samples that the admin of this Spaceport keeps in public."""

from typing import Any

from fastapi import APIRouter

from spaceport.sample_spaces import templates_of
from spaceport.services import Services


def make_templates_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/api/spaces/templates")
    def templates() -> dict[str, Any]:
        """Source: hub-api.md section 10.1."""
        with services.database.read() as tx:
            found = templates_of(tx, services)
        items = [
            {"name": space.title, "repoId": space.full_name, "sdk": space.sdk, "preferredPrivate": False}
            for space in found
        ]
        return {"templates": items}

    return router
