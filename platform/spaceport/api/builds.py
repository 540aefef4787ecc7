"""Builds of a Space over the API: what is being built, and what became of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from spaceport.api.finding import find_space, request_of
from spaceport.api.space_json import date_json, queue_json
from spaceport.build_line import place_of
from spaceport.builds import commands
from spaceport.domain.access import Action
from spaceport.domain.build import Build
from spaceport.errors import NotFound
from spaceport.identity import caller_of
from spaceport.services import Services


def make_builds_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/api/spaces/{owner}/{name}/builds")
    def builds(
        owner: str, name: str, request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> dict[str, Any]:
        """Newest first; one that waits has its place in the line."""
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name)
            found = tx.builds.of_space(space.id, limit=limit)
        answer = [build_json(build) for build in found]
        if answer and (place := place_of(services, space.id)):
            answer[0]["queue"] = queue_json(place)
        return {"builds": answer}

    @router.post("/api/spaces/{owner}/{name}/builds/{build_id}/cancel")
    def cancel(owner: str, name: str, build_id: str, request: Request) -> dict[str, Any]:
        """End one that waits or runs. Raises: NotFound, Conflict when it is over."""
        space, caller = request_of(services, request, owner, name, Action.WRITE)
        with services.database.read() as tx:
            build = tx.builds.get(build_id)
        if build is None or build.space_id != space.id:
            raise NotFound(f"{space.full_name} has no build {build_id[:50]}")
        commands.cancel(services, build, caller)
        return {}

    return router


def build_json(build: Build) -> dict[str, Any]:
    return {
        "id": build.id,
        "sha": build.sha,
        "status": str(build.status),
        "trigger": build.trigger,
        "requestedBy": build.requested_by or None,
        "phase": build.phase,
        "noCache": build.no_cache,
        "locked": build.use_lock,
        "createdAt": date_json(build.created_at),
        "startedAt": _date(build.started_at),
        "finishedAt": _date(build.finished_at),
        "deadlineAt": date_json(build.deadline_at),
        "reason": build.reason,
        "suggestion": build.suggestion,
    }


def _date(moment: datetime | None) -> str | None:
    return date_json(moment) if moment else None
