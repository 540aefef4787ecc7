"""
The files of a repo at a revision: ``/{prefix}{id}/resolve/{rev}/{path}``, and ``raw`` in place of ``resolve``.

Source: hub-api.md section 8.
"""

import re
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import Response

from spaceport.api.errors import missing_entry
from spaceport.api.finding import base_url
from spaceport.api.repo_info import find_readable
from spaceport.domain.access import Action, require
from spaceport.domain.byte_range import part_of
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import EntryNotFound
from spaceport.hub_path import revision_and_path
from spaceport.identity import asker_of, caller_of
from spaceport.repos.downloads import Downloads
from spaceport.repos.object_response import HOSTILE, PLAIN_TEXT, media_type_of_file, object_response
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree import Blob, GitTree
from spaceport.services import Services

_SHA = re.compile(r"[0-9a-f]{40}")


def make_resolve_router(services: Services, downloads: Downloads) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for kind in RepoType:
        _add_route(router, services, kind, downloads)
    return router


def _add_route(router: APIRouter, services: Services, kind: RepoType, downloads: Downloads) -> None:
    base = f"/{kind.prefix}{{owner}}/{{name}}"

    @router.api_route(f"{base}/resolve/{{rest:path}}", methods=["GET", "HEAD"])
    def resolve(owner: str, name: str, rest: str, request: Request, download: bool = False) -> Response:
        """Large files as themselves."""
        caller = caller_of(request)
        repo = find_readable(services, caller, kind, owner, name)
        response = _respond(services, request, kind, repo, "resolve", download)
        if response.status_code in (200, 206) and _is_counted(request):
            sha = response.headers["X-Repo-Commit"]
            response.background = BackgroundTask(downloads.count, repo, sha, asker_of(request))
        return response

    @router.api_route(f"{base}/raw/{{rest:path}}", methods=["GET", "HEAD"])
    def raw(owner: str, name: str, rest: str, request: Request) -> Response:
        """What is in git: of large files the pointer."""
        repo = find_readable(services, caller_of(request), kind, owner, name)
        return _respond(services, request, kind, repo, "raw", False)


def _is_counted(request: Request) -> bool:
    """Source: hub-api.md section 8.1."""
    if request.headers.get("x-hf-download-counter") != "1":
        return False
    return request.method == "GET" or request.url.path.endswith("/config.json")


def _respond(
    services: Services, request: Request, kind: RepoType, repo: Space | Repo, marker: str, download: bool
) -> Response:
    require(caller_of(request), Action.FETCH, repo)
    revision, path = revision_and_path(request, marker)
    folder = repo_path(services.settings.data_dir, repo.id, kind)
    sha = resolve_revision(folder, revision)
    headers = _headers(sha, path, _SHA.fullmatch(revision) is not None, download)
    with GitTree(folder, sha) as tree:
        try:
            blob = tree.file(path)
            if marker == "raw":
                return _answer(request, tree, blob, headers, PLAIN_TEXT)
            pointer = tree.pointer(blob.object_id, blob.size_bytes)
            if pointer is None:
                return _answer(request, tree, blob, headers, media_type_of_file(path))
        except EntryNotFound as error:
            return missing_entry(str(error), sha)
    with services.database.read() as tx:
        grant = tx.blobs.grants_to(repo.id, [pointer.sha256]).get(pointer.sha256)
    if grant is None:
        return missing_entry("this repo does not have the large file that is meant here", sha)
    headers |= {
        "ETag": f'"{pointer.sha256}"',
        "X-Linked-Etag": f'"{pointer.sha256}"',
        "X-Linked-Size": str(pointer.size_bytes),
        # With these two, clients that have hf_xet download in chunks.
        "X-Xet-Hash": grant.xet_name,
        "Link": f'<{base_url(request)}/api/{kind.plural}/{repo.full_name}/xet-read-token/{sha}>; rel="xet-auth"',
    }
    media_type = media_type_of_file(path)
    return object_response(services.objects, request, pointer.sha256, pointer.size_bytes, headers, media_type)


def _headers(sha: str, path: str, is_fixed: bool, download: bool) -> dict[str, str]:
    return {
        **HOSTILE,
        "X-Repo-Commit": sha,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable" if is_fixed else "no-cache",
        "Vary": "Origin, Authorization",
        "Content-Disposition": _disposition(path, download),
    }


def _answer(request: Request, tree: GitTree, blob: Blob, headers: dict[str, str], media_type: str) -> Response:
    part = part_of(request.headers.get("range"), blob.size_bytes)
    headers = headers | {"ETag": f'"{blob.object_id}"'}
    if part is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{blob.size_bytes}"})
    headers |= part.headers
    status = 206 if part.is_partial else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return Response(tree.read(blob.object_id)[part.first : part.last + 1], status, headers, media_type)


def _disposition(path: str, download: bool) -> str:
    """Clients look for ``filename="...";`` with the semicolon."""
    name = path.rpartition("/")[2]
    plain = "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else "_" for c in name)
    kind = "attachment" if download else "inline"
    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}; filename=\"{plain}\";"
