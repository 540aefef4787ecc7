"""The check of cards that clients ask for before they commit."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from spaceport.domain.card import read_card
from spaceport.domain.front_matter import read_front_matter
from spaceport.services import Services
from spaceport_runner.template import load_templates, sdks_of


class CardText(BaseModel):
    """``content`` is a whole README; ``repoType`` is the Hub's spelling."""

    content: str = ""
    repoType: str = "model"


def make_metadata_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.post("/api/validate-yaml")
    def validate(body: CardText) -> Response:
        """Source: hub-api.md section 12."""
        sdks = sdks_of(load_templates(services.settings.templates_dir))
        problems, warnings = check(body.content, body.repoType, sdks)
        answer: dict[str, Any] = {
            "errors": [{"message": line} for line in problems],
            "warnings": [{"message": line} for line in warnings],
        }
        return JSONResponse(answer, 400 if problems else 200)

    return router


def check(content: str, repo_type: str, sdks: Sequence[str]) -> tuple[list[str], list[str]]:
    """Problems and warnings; a README without front matter is worth a warning only."""
    matter = read_front_matter(content)
    if matter.block is None:
        return [], ["empty or missing yaml metadata in repo card"]
    if repo_type != "space":
        return list(matter.problems), []
    reading = read_card(content, sdks)
    return list(reading.problems), list(reading.warnings)
