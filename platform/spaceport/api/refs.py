"""Branches, tags, and one commit in place of many. Source: hub-api.md section 6."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from spaceport.api.finding import signed_in
from spaceport.api.repo_info import find_readable
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.hub_path import whole_revision
from spaceport.identity import caller_of
from spaceport.repos import branches
from spaceport.repos.branches import Ref, list_refs
from spaceport.repos.paths import repo_path
from spaceport.services import Services


class NewBranch(BaseModel):
    startingPoint: str | None = None
    emptyBranch: bool | None = None
    overwrite: bool | None = None


class NewTag(BaseModel):
    tag: str
    message: str | None = None


class Squash(BaseModel):
    message: str | None = None


def make_refs_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        base = f"/api/{kind.plural}/{{owner}}/{{name}}"
        _add_refs(router, services, kind, base)
        _add_branches(router, services, kind, base)
        _add_tags(router, services, kind, base)
    return router


def refs_json(refs: list[Ref]) -> list[dict[str, str]]:
    return [{"name": each.name, "ref": each.ref, "targetCommit": each.sha} for each in refs]


def _add_refs(router: APIRouter, services: Services, kind: RepoType, base: str) -> None:
    @router.get(f"{base}/refs")
    def refs(owner: str, name: str, request: Request, include_prs: bool = False) -> dict[str, Any]:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        found = list_refs(repo_path(services.settings.data_dir, repo.id, kind))
        answer = {
            "branches": refs_json(found.branches),
            "converts": refs_json(found.converts),
            "tags": refs_json(found.tags),
        }
        return answer | ({"pullRequests": refs_json(found.pulls)} if include_prs else {})

    @router.post(f"{base}/super-squash/{{rest:path}}")
    def super_squash(owner: str, name: str, rest: str, request: Request, body: Squash | None = None) -> dict[str, Any]:
        repo, caller, branch = _of(services, request, kind, owner, name, "super-squash")
        result = branches.super_squash(services, repo, caller, branch, (body or Squash()).message or "")
        return {"success": True, "commitOid": result.sha}


def _add_branches(router: APIRouter, services: Services, kind: RepoType, base: str) -> None:
    @router.post(f"{base}/branch/{{rest:path}}")
    def create(owner: str, name: str, rest: str, request: Request, body: NewBranch | None = None) -> dict[str, bool]:
        repo, caller, branch = _of(services, request, kind, owner, name, "branch")
        asked = body or NewBranch()
        branches.create_branch(
            services,
            repo,
            caller,
            branch,
            asked.startingPoint,
            is_empty=bool(asked.emptyBranch),
            overwrite=bool(asked.overwrite),
        )
        return {"success": True}

    @router.delete(f"{base}/branch/{{rest:path}}")
    def delete(owner: str, name: str, rest: str, request: Request) -> dict[str, bool]:
        repo, caller, branch = _of(services, request, kind, owner, name, "branch")
        branches.delete_branch(services, repo, caller, branch)
        return {"success": True}


def _add_tags(router: APIRouter, services: Services, kind: RepoType, base: str) -> None:
    @router.post(f"{base}/tag/{{rest:path}}")
    def create(owner: str, name: str, rest: str, request: Request, body: NewTag) -> dict[str, bool]:
        repo, caller, revision = _of(services, request, kind, owner, name, "tag")
        branches.create_tag(services, repo, caller, body.tag, revision, body.message)
        return {"success": True}

    @router.delete(f"{base}/tag/{{rest:path}}")
    def delete(owner: str, name: str, rest: str, request: Request) -> dict[str, bool]:
        repo, caller, tag = _of(services, request, kind, owner, name, "tag")
        branches.delete_tag(services, repo, caller, tag)
        return {"success": True}


def _of(
    services: Services, request: Request, kind: RepoType, owner: str, name: str, marker: str
) -> tuple[Space | Repo, Caller, str]:
    """The repo, the caller, and what follows in the address."""
    caller = signed_in(request)
    repo = find_readable(services, caller, kind, owner, name)
    return repo, caller, whole_revision(request, marker)
