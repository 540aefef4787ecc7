"""Commits over the API: what to send how, and the commit itself. Source: hub-api.md sections 7.1 and 7.2."""

import base64
import binascii
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from spaceport.api.finding import base_url, signed_in
from spaceport.api.repo_info import find_readable
from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, RevisionNotFound
from spaceport.hub_path import whole_revision
from spaceport.repos.commits.landing import open_quarantine
from spaceport.repos.commits.ndjson import parse_commit
from spaceport.repos.commits.preupload import Advice, Announced, advise_upload
from spaceport.repos.commits.propose import propose_commit
from spaceport.repos.commits.rights import require_commit
from spaceport.repos.commits.write import write_commit
from spaceport.repos.discussions.finding import require_discussions
from spaceport.repos.finding import kind_of
from spaceport.repos.paths import repo_path
from spaceport.repos.refs import branch_ref, read_ref
from spaceport.repos.spool import spooled
from spaceport.services import Services

#: Clients ask for 256 at a time.
_MAX_FILES = 1000
_MAX_SAMPLE_CHARACTERS = 4096
_MAX_PATH_CHARACTERS = 4096
_MAX_RULES_CHARACTERS = 1024**2
#: For the document of the API.
_COMMIT_BODY = {
    "requestBody": {
        "required": True,
        "description": "One JSON object a line: a header, then what becomes of files",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
}
_TOO_LONG = ": make several commits, and send large files as lfsFile"


class FileToSend(BaseModel):
    path: Annotated[str, Field(max_length=_MAX_PATH_CHARACTERS)]
    size: Annotated[int, Field(ge=0, lt=2**63)] = 0
    sample: Annotated[str, Field(max_length=_MAX_SAMPLE_CHARACTERS)] = ""


class Preupload(BaseModel):
    """``gitAttributes`` and ``gitIgnore`` are those of the commit to come."""

    files: Annotated[list[FileToSend], Field(max_length=_MAX_FILES)]
    gitAttributes: Annotated[str | None, Field(max_length=_MAX_RULES_CHARACTERS)] = None
    gitIgnore: Annotated[str | None, Field(max_length=_MAX_RULES_CHARACTERS)] = None


def make_uploads_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_preupload(router, services, kind)
        _add_commit(router, services, kind)
    return router


def _add_preupload(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.post(f"/api/{kind.plural}/{{owner}}/{{name}}/preupload/{{rest:path}}")
    def preupload(
        owner: str, name: str, rest: str, asked: Preupload, request: Request, create_pr: bool = False
    ) -> dict[str, Any]:
        repo, _, revision = _open(services, request, kind, owner, name, "preupload", create_pr)
        sha = read_ref(repo_path(services.settings.data_dir, repo.id, kind), branch_ref(revision))
        if sha is None:
            raise RevisionNotFound(f"no branch {revision[:100]!r}")
        files = [Announced(each.path, each.size, _sample(each.sample)) for each in asked.files]
        advices = advise_upload(services, repo, sha, files, asked.gitAttributes, asked.gitIgnore)
        return {"files": [advice_json(each) for each in advices], "commitOid": sha}


def _add_commit(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.post(f"/api/{kind.plural}/{{owner}}/{{name}}/commit/{{rest:path}}", openapi_extra=_COMMIT_BODY)
    async def commit(owner: str, name: str, rest: str, request: Request, create_pr: bool = False) -> dict[str, Any]:
        """``hot_reload`` is for the Hub's own dev mode: a commit to a Space deploys it as always."""
        repo, caller, revision = await run_in_threadpool(
            _open, services, request, kind, owner, name, "commit", create_pr
        )
        # Base64 of as much as a push may bring.
        limit = services.settings.max_push_bytes * 4 // 3
        async with spooled(request, services.settings, services.objects.staging, limit, _TOO_LONG) as body:
            return await run_in_threadpool(_commit, services, request, repo, caller, revision, create_pr, body)


def advice_json(advice: Advice) -> dict[str, Any]:
    return {
        "path": advice.path,
        "uploadMode": "lfs" if advice.is_large else "regular",
        "shouldIgnore": advice.is_ignored,
        "oid": advice.object_id,
    }


def _open(
    services: Services, request: Request, kind: RepoType, owner: str, name: str, marker: str, create_pr: bool
) -> tuple[Space | Repo, Caller, str]:
    """Repo, caller and revision, if a commit may come; told before anybody sends it."""
    caller = signed_in(request)
    repo = find_readable(services, caller, kind, owner, name)
    revision = whole_revision(request, marker)
    if create_pr:
        require_discussions(caller, repo, Action.DISCUSS)
        branch_ref(revision)
    else:
        require_commit(services, repo, caller, branch_ref(revision))
    return repo, caller, revision


def _commit(
    services: Services,
    request: Request,
    repo: Space | Repo,
    caller: Caller,
    revision: str,
    create_pr: bool,
    body: Path,
) -> dict[str, Any]:
    page = f"{base_url(request)}/{kind_of(repo).prefix}{repo.full_name}"
    with open_quarantine(services, repo) as inside, body.open("rb") as lines:
        asked = parse_commit(lines, inside.write_blob, services.settings.max_file_bytes)
        if create_pr:
            discussion, sha = propose_commit(
                services,
                repo,
                caller,
                revision,
                asked.operations,
                asked.summary,
                asked.description,
                asked.parent,
                inside,
            )
            return _answer(page, sha) | {"pullRequestUrl": f"{page}/discussions/{discussion.number}"}
        result = write_commit(
            services,
            repo,
            caller,
            revision,
            asked.operations,
            asked.summary,
            asked.description,
            asked.parent,
            inside,
        )
    return _answer(page, result.sha, "\n".join(result.notes))


def _answer(page: str, sha: str, notes: str = "") -> dict[str, Any]:
    return {"success": True, "commitOid": sha, "commitUrl": f"{page}/commit/{sha}", "hookOutput": notes}


def _sample(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest('"sample" must be base64') from error
