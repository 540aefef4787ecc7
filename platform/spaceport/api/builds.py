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
from spaceport.domain.push import Push
from spaceport.errors import NotFound
from spaceport.identity import caller_of
from spaceport.repos.progress import build_of_push
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

    @router.get("/api/spaces/{owner}/{name}/pushes/{sha}")
    def push(owner: str, name: str, sha: str, request: Request) -> dict[str, Any]:
        """The last push of a commit to ``main``, None where there was none, with the build that was made for it."""
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name)
            found, latest = tx.pushes.by_sha(space.id, sha), tx.pushes.latest(space.id)
            if found is None:
                return {"push": None}
            build = build_of_push(tx, space, found)
        is_latest = latest is None or latest.id == found.id
        return {"push": push_json(found, build, is_latest, is_planned=space.planned_push_id == found.id)}

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


def push_json(push: Push, build: Build | None, is_latest: bool, is_planned: bool) -> dict[str, Any]:
    """
    ``isPlanned`` without a ``build``: it was looked at, and there was nothing to build. ``problem`` says why it cannot.
    """
    return {
        "sha": push.sha,
        "pushedBy": push.pushed_by,
        "pushedAt": date_json(push.pushed_at),
        "problem": push.problem,
        "isLatest": is_latest,
        "isPlanned": is_planned,
        "build": build_json(build) if build else None,
    }


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
