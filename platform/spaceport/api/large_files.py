"""
The large files of a repo: listed, given to another repo, and taken away for good.

Source: hub-api.md section 6; huggingface_hub ``hf_api.py``, ``LFSFileInfo`` and ``_duplicate_lfs_files``.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from spaceport.api.finding import signed_in
from spaceport.api.paging import offset_of, page_of
from spaceport.api.repo_info import find_by_present_name, find_readable
from spaceport.api.space_json import date_json
from spaceport.domain.access import Action
from spaceport.domain.repo import RepoType
from spaceport.repos.lfs.removal import HeldFile, held_files, remove_large_files
from spaceport.repos.lfs.sharing import share_large_files
from spaceport.services import Services

#: Clients send that many at a time.
_MAX_FILES = 1000


_Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Deletions(BaseModel):
    """``sha`` are the ``fileOid`` of a list."""

    sha: Annotated[list[_Hash], Field(min_length=1, max_length=_MAX_FILES)]
    rewriteHistory: bool = True


class Batch(BaseModel):
    deletions: Deletions


class Target(BaseModel):
    """``name`` has the namespace in front."""

    type: RepoType
    name: str


class SharedFile(BaseModel):
    """Clients send ``filename`` and ``xetHash``, too: which file it is, its SHA-256 says."""

    sha256: _Hash


class Sharing(BaseModel):
    target: Target
    files: Annotated[list[SharedFile], Field(max_length=_MAX_FILES)]


def make_large_files_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_routes(router, services, kind)
    return router


def _add_routes(router: APIRouter, services: Services, kind: RepoType) -> None:
    path = f"/api/{kind.plural}/{{owner}}/{{name}}/lfs-files"

    @router.get(path)
    def large_files(
        owner: str,
        name: str,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
        cursor: str | None = None,
    ) -> Response:
        """Largest first; for those who may write to the repo."""
        caller, offset = signed_in(request), offset_of(cursor)
        repo = find_readable(services, caller, kind, owner, name)
        found = held_files(services, repo, caller)[offset : offset + limit + 1]
        return page_of(request, [_file_json(each) for each in found[:limit]], limit, offset, len(found))

    @router.post(f"{path}/batch")
    def remove(owner: str, name: str, body: Batch, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        repo = find_readable(services, caller, kind, owner, name)
        remove_large_files(services, repo, caller, body.deletions.sha, body.deletions.rewriteHistory)
        return {"success": True}

    @router.post(f"{path}/duplicate")
    def share(owner: str, name: str, body: Sharing, request: Request) -> dict[str, Any]:
        """The repo of the address is where the files come from."""
        caller = signed_in(request)
        source = find_readable(services, caller, kind, owner, name)
        target_owner, _, target_name = body.target.name.partition("/")
        target = find_by_present_name(services, caller, body.target.type, target_owner, target_name, Action.READ)
        lost = share_large_files(services, source, target, caller, [file.sha256 for file in body.files])
        why = f"{source.full_name} has no such file"
        return {"success": not lost, "failed": [{"sha256": sha256, "error": why} for sha256 in lost]}


def _file_json(held: HeldFile) -> dict[str, Any]:
    return {
        "fileOid": held.sha256,
        "filename": held.path or held.sha256,
        "oid": held.sha256,
        "pushedAt": date_json(held.since),
        "ref": held.ref,
        "size": held.size_bytes,
    }
