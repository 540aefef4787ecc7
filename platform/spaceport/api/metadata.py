"""The check of cards that clients ask for before they commit."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from spaceport.domain.card_check import check_readme
from spaceport.domain.repo import RepoType
from spaceport.services import Services
from spaceport_runner.template import load_templates, sdks_of


class CardText(BaseModel):
    """``content`` is a whole README; a ``repoType`` that is not ours is checked as a model."""

    content: str = ""
    repoType: str = RepoType.MODEL

    @property
    def kind(self) -> RepoType:
        return RepoType(self.repoType) if self.repoType in list(RepoType) else RepoType.MODEL


def make_metadata_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.post("/api/validate-yaml")
    def validate(body: CardText) -> Response:
        """Source: hub-api.md section 12."""
        sdks = sdks_of(load_templates(services.settings.templates_dir))
        found = check_readme(body.content, body.kind, sdks)
        answer: dict[str, Any] = {
            "errors": [{"message": line} for line in found.problems],
            "warnings": [{"message": line} for line in found.warnings],
        }
        return JSONResponse(answer, 400 if found.problems else 200)

    return router
