"""Spaces to begin with: the samples that the admin of this Spaceport keeps in public."""

from typing import Any

from fastapi import APIRouter

from spaceport.domain.account import ANONYMOUS
from spaceport.domain.space import Space
from spaceport.interfaces import Transaction
from spaceport.samples import sample_folders
from spaceport.services import Services

_MANY = 1000


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


def templates_of(tx: Transaction, services: Services) -> list[Space]:
    """What everybody may take a copy of, by name."""
    settings = services.settings
    names = {folder.name for folder in sample_folders(settings.samples_dir)}
    found = tx.spaces.visible_to(ANONYMOUS, author=settings.admin_name, limit=_MANY)
    return sorted((space for space in found if space.name in names), key=lambda space: space.name)
