"""Files and folders of a revision: in pages, or by their paths. Source: hub-api.md sections 6 and 6.1."""

import json
from itertools import islice
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from spaceport.api.errors import missing_entry
from spaceport.api.paging import next_link
from spaceport.api.repo_info import find_readable
from spaceport.api.space_json import date_json
from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest, EntryNotFound
from spaceport.hub_path import revision_and_path, whole_revision
from spaceport.identity import caller_of
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree_listing import Listed, TreeListing
from spaceport.services import Services

#: Rows of a page, unless fewer are asked for. Source: hub-api.md section 6.1.
_PAGE, _EXPANDED_PAGE = 1000, 50
_MAX_PATHS = 10_000
_MAX_BODY_BYTES = 4 * 1024**2
#: Nobody here scans files; clients need all three keys.
_UNSCANNED = {"status": "unscanned", "avScan": None, "pickleImportScan": None}


def make_tree_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_tree(router, services, kind)
        _add_paths_info(router, services, kind)
    return router


def _add_tree(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.get(f"/api/{kind.plural}/{{owner}}/{{name}}/tree/{{rest:path}}")
    def tree(
        owner: str,
        name: str,
        rest: str,
        request: Request,
        recursive: bool = False,
        expand: bool = False,
        limit: int = _PAGE,
        cursor: str = "",
    ) -> Response:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        revision, path = revision_and_path(request, "tree")
        folder = repo_path(services.settings.data_dir, repo.id, kind)
        sha, offset = _place(cursor)
        # A page after the first is of the same commit, even where the branch moved on.
        sha = resolve_revision(folder, sha or revision)
        size = max(1, min(limit, _EXPANDED_PAGE if expand else _PAGE))
        with TreeListing(folder, sha) as listing:
            try:
                found = list(islice(listing.rows(path.strip("/"), recursive), offset, offset + size + 1))
            except EntryNotFound as error:
                return missing_entry(str(error), sha)
            rows = _rows_json(services, repo.id, listing, found[:size], expand)
        response = JSONResponse(rows)
        if len(found) > size:
            response.headers["Link"] = next_link(request, cursor=f"{sha}-{offset + size}")
        return response


#: For the document of the API: Python clients send a form, those of JavaScript JSON.
_PATHS_SCHEMA = {
    "schema": {
        "type": "object",
        "properties": {"paths": {"type": "array", "items": {"type": "string"}}, "expand": {"type": "boolean"}},
    }
}
_PATHS_BODY = {
    "requestBody": {"content": {"application/x-www-form-urlencoded": _PATHS_SCHEMA, "application/json": _PATHS_SCHEMA}}
}


def _add_paths_info(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.post(f"/api/{kind.plural}/{{owner}}/{{name}}/paths-info/{{rest:path}}", openapi_extra=_PATHS_BODY)
    async def paths_info(owner: str, name: str, rest: str, request: Request) -> list[dict[str, Any]]:
        paths, expand = _asked(request, await _body(request))
        return await run_in_threadpool(answer, owner, name, request, paths, expand)

    def answer(owner: str, name: str, request: Request, paths: list[str], expand: bool) -> list[dict[str, Any]]:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        folder = repo_path(services.settings.data_dir, repo.id, kind)
        sha = resolve_revision(folder, whole_revision(request, "paths-info"))
        with TreeListing(folder, sha) as listing:
            found = {row.raw: row for path in paths if (row := listing.find(path.strip("/"))) is not None}
            return _rows_json(services, repo.id, listing, list(found.values()), expand)


def _rows_json(
    services: Services, repo_id: str, listing: TreeListing, rows: list[Listed], expand: bool
) -> list[dict[str, Any]]:
    """Entries as clients read them; with ``expand`` the last commit of each."""
    commits = listing.last_commits(rows) if expand and rows else {}
    entries = [_entry(listing, row) for row in rows]
    _add_xet_names(services, repo_id, entries)
    for row, entry in zip(rows, entries, strict=True):
        if row.raw in commits:
            commit = commits[row.raw]
            entry["lastCommit"] = {"id": commit.sha, "title": commit.title, "date": date_json(commit.at)}
        if expand and not row.is_folder:
            entry["securityFileStatus"] = _UNSCANNED
    return entries


def _add_xet_names(services: Services, repo_id: str, entries: list[dict[str, Any]]) -> None:
    """Where large files may be downloaded in chunks; not for those that the repo lost."""
    large = [entry for entry in entries if "lfs" in entry]
    if not large:
        return
    with services.database.read() as tx:
        grants = tx.blobs.grants_to(repo_id, [entry["lfs"]["oid"] for entry in large])
    for entry in large:
        if (grant := grants.get(entry["lfs"]["oid"])) is not None:
            entry["xetHash"] = grant.xet_name


def _entry(listing: TreeListing, row: Listed) -> dict[str, Any]:
    """The size of a large file is its own, not the one of the pointer that stands for it."""
    if row.is_folder:
        return {"type": "directory", "oid": row.object_id, "size": 0, "path": row.path}
    size = listing.size_bytes(row)
    entry: dict[str, Any] = {"type": "file", "oid": row.object_id, "size": size, "path": row.path}
    if (pointer := listing.pointer(row, size)) is not None:
        entry["size"] = pointer.size_bytes
        entry["lfs"] = {"oid": pointer.sha256, "size": pointer.size_bytes, "pointerSize": size}
    return entry


def _place(cursor: str) -> tuple[str, int]:
    """The commit and the first row of a page. Raises: BadRequest."""
    if not cursor:
        return "", 0
    sha, _, offset = cursor.partition("-")
    if len(sha) != 40 or not (offset.isascii() and offset.isdigit() and len(offset) < 10):
        raise BadRequest('"cursor" is the one of a Link header')
    return sha, int(offset)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            raise BadRequest(f"the body has more than {_MAX_BODY_BYTES:,} bytes: ask for fewer paths")
    return bytes(body)


def _asked(request: Request, body: bytes) -> tuple[list[str], bool]:
    """Paths, and whether more is wanted of each; from JSON or from a form. Raises: BadRequest."""
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            found = json.loads(body)
            paths, expand = (found.get("paths"), found.get("expand")) if isinstance(found, dict) else (None, None)
        else:
            form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=2 * _MAX_PATHS)
            paths, expand = form.get("paths", []), form.get("expand", [""])[0].lower() == "true"
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body can be read neither as JSON nor as a form") from error
    paths = [paths] if isinstance(paths, str) else paths
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise BadRequest('"paths" must be a list of paths')
    if len(paths) > _MAX_PATHS:
        raise BadRequest(f"{_MAX_PATHS:,} paths can be asked for at once")
    return paths, bool(expand)
