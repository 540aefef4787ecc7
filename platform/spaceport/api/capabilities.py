"""What the engines of this Spaceport can do, for ``spaceport check``."""

from typing import Any

from fastapi import APIRouter

from spaceport.repos.capabilities import known_capabilities
from spaceport.services import Services


def make_capabilities_router(services: Services) -> APIRouter:
    """Open to everybody: the refusals of a push say the same."""
    router = APIRouter()

    @router.get("/api/spaceport/capabilities")
    def capabilities() -> list[dict[str, Any]]:
        kept = {"engine", "dockerfile", "apt_packages", "python_versions"}
        return [each.model_dump(mode="json", include=kept) for each in known_capabilities(services)]

    return router
