"""Releases of a Space over the API: what was deployed, and going back. A Hub has nothing of the kind."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathValue
from pydantic import BaseModel, ConfigDict

from spaceport.api.finding import find_space, request_of
from spaceport.api.space_json import date_json, facts_of, runtime_answer
from spaceport.domain.access import Action, can
from spaceport.domain.release import Release
from spaceport.domain.rollback import left_behind, refusal
from spaceport.domain.space import Space
from spaceport.errors import NotFound
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.rollout.deploy_commands import redeploy, rollback
from spaceport.rollout.snapshots import snapshots_of
from spaceport.rollout.volume_commands import restore_snapshot
from spaceport.services import Services

#: A column of the database holds no larger number.
_MAX_NUMBER = 2**31 - 1
Number = Annotated[int, PathValue(ge=1, le=_MAX_NUMBER)]


class Why(BaseModel):
    """``reason`` is kept in the history."""

    model_config = ConfigDict(extra="ignore")

    reason: str = ""


class SnapshotName(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str


def make_releases_router(services: Services) -> APIRouter:
    router = APIRouter()
    _add_reads(router, services)
    _add_commands(router, services)
    _add_snapshots(router, services)
    return router


def _add_reads(router: APIRouter, services: Services) -> None:
    @router.get("/api/spaces/{owner}/{name}/releases")
    def releases(
        owner: str, name: str, request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = 30
    ) -> dict[str, Any]:
        """Newest first, with what serves and where ``main`` is."""
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name, Action.ENTER)
            found = tx.releases.of_space(space.id, limit=limit)
            facts, numbers = facts_of(tx, space, caller), _source_numbers(tx, found)
        serving = facts.release
        return {
            "serving": {"number": serving.number, "sha": serving.sha} if serving else None,
            "mainSha": space.head_sha,
            "releases": [release_json(space, each, numbers) for each in found],
        }

    @router.get("/api/spaces/{owner}/{name}/releases/{number}")
    def release(owner: str, name: str, number: Number, request: Request) -> dict[str, Any]:
        """With its configuration; the owner also reads what would not come back with it."""
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name, Action.ENTER)
            found = _release(tx, space, number)
            numbers, secrets = _source_numbers(tx, [found]), tx.configs.secrets(space.id)
        answer = release_json(space, found, numbers) | {"variables": found.variables, "lock": found.lock}
        if can(caller, Action.REVEAL, space):
            answer |= {"secretVersions": found.secret_versions, "leftBehind": left_behind(space, found, secrets)}
        return answer


def _add_commands(router: APIRouter, services: Services) -> None:
    @router.post("/api/spaces/{owner}/{name}/releases/{number}/rollback")
    def roll_back(owner: str, name: str, number: Number, request: Request, body: Why | None = None) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.DEPLOY)
        with services.database.read() as tx:
            said = left_behind(space, _release(tx, space, number), tx.configs.secrets(space.id))
        made = rollback(services, space, caller, number, (body or Why()).reason)
        return {"release": _answer(services, space, made), "leftBehind": said}

    @router.post("/api/spaces/{owner}/{name}/redeploy")
    def deploy_again(owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.DEPLOY)
        return {"release": _answer(services, space, redeploy(services, space, caller))}


def _add_snapshots(router: APIRouter, services: Services) -> None:
    path = "/api/spaces/{owner}/{name}/snapshots"

    @router.get(path)
    def snapshots(owner: str, name: str, request: Request) -> dict[str, Any]:
        """Copies of /data, newest first."""
        space, _ = request_of(services, request, owner, name, Action.REVEAL)
        found = snapshots_of(services.settings.data_dir, space.id)
        return {
            "snapshots": [
                {"name": each.name, "madeAt": date_json(each.made_at), "release": each.release_number or None}
                for each in found
            ]
        }

    @router.post(f"{path}/restore")
    def restore(body: SnapshotName, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.DEPLOY)
        made = restore_snapshot(services, space, caller, body.name)
        return {"release": _answer(services, space, made), "runtime": runtime_answer(services, space, caller)}


def release_json(space: Space, release: Release, source_numbers: dict[str, int]) -> dict[str, Any]:
    """``canRollBack`` with ``cannotRollBack`` in words where it is false."""
    why_not = refusal(space, release)
    return {
        "number": release.number,
        "kind": str(release.kind),
        "status": str(release.status),
        "sha": release.sha,
        "message": release.message,
        "createdBy": release.created_by,
        "createdAt": date_json(release.created_at),
        "liveAt": _date(release.live_at),
        "endedAt": _date(release.ended_at),
        "buildSeconds": release.build_seconds,
        "build": release.build_id,
        "image": release.image,
        "depsHash": release.deps_hash,
        "hardware": release.hardware,
        "sdk": release.sdk,
        "source": source_numbers.get(release.source_release_id or ""),
        "failure": release.failure,
        "suggestion": release.suggestion,
        "canRollBack": why_not is None,
        "cannotRollBack": why_not,
    }


def _answer(services: Services, space: Space, release: Release) -> dict[str, Any]:
    with services.database.read() as tx:
        return release_json(tx.spaces.get(space.id) or space, release, _source_numbers(tx, [release]))


def _release(tx: Transaction, space: Space, number: int) -> Release:
    release = tx.releases.by_number(space.id, number)
    if release is None:
        raise NotFound(f"{space.full_name} has no release {number}")
    return release


def _source_numbers(tx: Transaction, releases: list[Release]) -> dict[str, int]:
    """Numbers of the releases whose images were taken over, by their ids."""
    numbers = {release.id: release.number for release in releases}
    for release in releases:
        source = release.source_release_id
        if source and source not in numbers and (found := tx.releases.get(source)):
            numbers[source] = found.number
    return numbers


def _date(moment: datetime | None) -> str | None:
    return date_json(moment) if moment else None
