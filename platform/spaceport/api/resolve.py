"""The files of a repo at a revision: ``/{prefix}{id}/resolve/{rev}/{path}``. Source: hub-api.md section 8.1."""

import mimetypes
import re
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from spaceport.api.errors import error_response
from spaceport.api.hub_path import revision_and_path
from spaceport.api.repo_info import find_readable
from spaceport.domain.repo import RepoType
from spaceport.errors import EntryNotFound
from spaceport.identity import caller_of
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree import Blob, GitTree
from spaceport.services import Services

#: Files are whatever somebody pushed: a browser that shows one must not run it.
_HOSTILE = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_SHA = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Part:
    """Bytes ``first`` to ``last`` of ``size_bytes``, both counted; the whole file unless ``is_partial``."""

    first: int
    last: int
    size_bytes: int
    is_partial: bool = False

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Content-Length": str(self.last - self.first + 1)}
        if self.is_partial:
            headers["Content-Range"] = f"bytes {self.first}-{self.last}/{self.size_bytes}"
        return headers


def part_of(header: str | None, size_bytes: int) -> Part | None:
    """
    What a ``Range`` header asks for; None when it lies outside of the file.

    Anything but one range of bytes is not understood and gets the whole file.

    Source: RFC 9110 section 14.2.
    """
    whole = Part(0, size_bytes - 1, size_bytes)
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or not (found[1] or found[2]):
        return whole
    if not found[1]:
        length = int(found[2])
        return Part(max(0, size_bytes - length), size_bytes - 1, size_bytes, True) if length and size_bytes else None
    first, last = int(found[1]), int(found[2]) if found[2] else size_bytes - 1
    if found[2] and last < first:
        return whole
    return Part(first, min(last, size_bytes - 1), size_bytes, True) if first < size_bytes else None


def make_resolve_router(services: Services) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for kind in RepoType:
        _add_route(router, services, kind)
    return router


def _add_route(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.api_route(f"/{kind.prefix}{{owner}}/{{name}}/resolve/{{rest:path}}", methods=["GET", "HEAD"])
    def resolve(owner: str, name: str, rest: str, request: Request, download: bool = False) -> Response:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        revision, path = revision_and_path(request, "resolve")
        folder = repo_path(services.settings.data_dir, repo.id, kind)
        sha = resolve_revision(folder, revision)
        is_fixed = _SHA.fullmatch(revision) is not None
        with GitTree(folder, sha) as tree:
            try:
                blob = tree.file(path)
            except EntryNotFound as error:
                # With the commit beside it clients remember that this commit has no such file.
                response = error_response(404, str(error), "EntryNotFound")
                response.headers["X-Repo-Commit"] = sha
                return response
            return _answer(request, tree, blob, sha, path, is_fixed, download)


def _answer(
    request: Request, tree: GitTree, blob: Blob, sha: str, path: str, is_fixed: bool, download: bool
) -> Response:
    part = part_of(request.headers.get("range"), blob.size_bytes)
    headers = {
        **_HOSTILE,
        "X-Repo-Commit": sha,
        "ETag": f'"{blob.object_id}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable" if is_fixed else "no-cache",
        "Vary": "Origin, Authorization",
        "Content-Disposition": _disposition(path, download),
    }
    if part is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{blob.size_bytes}"})
    headers |= part.headers
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
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
