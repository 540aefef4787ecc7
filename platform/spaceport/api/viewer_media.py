"""Images and sounds of tables: their signed addresses, and what answers there."""

import os
import re
from io import BytesIO
from typing import BinaryIO

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from spaceport.api.file_blocks import blocks_of
from spaceport.domain.access import Action, can
from spaceport.domain.account import ANONYMOUS
from spaceport.domain.byte_range import part_of
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import EntryNotFound
from spaceport.repos.finding import find_of_any_type, folder_of
from spaceport.repos.object_response import HOSTILE, object_response
from spaceport.repos.tree import GitTree
from spaceport.repos.viewer.asset_ticket import AssetTicket, unseal
from spaceport.repos.viewer.media_cells import PREFIX
from spaceport.repos.viewer.media_type import extension_of, media_type_of
from spaceport.repos.viewer.process import open_plain
from spaceport.repos.viewer.viewer import Viewer
from spaceport.services import Services

_ASSET = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,8}")
_START_BYTES = 64
_HEADERS = {
    **HOSTILE,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=3600, immutable",
}


def make_viewer_media_router(services: Services, viewer: Viewer) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route(f"{PREFIX}/assets/{{signed}}", methods=["GET", "HEAD"])
    def asset(signed: str, request: Request) -> Response:
        ticket = unseal(signed, services.internal_secret, services.clock.now().timestamp())
        gone = EntryNotFound("this picture or sound is not here any more: ask for the rows again")
        with services.database.read() as tx:
            repo = find_of_any_type(tx, ticket.repo_id)
        if repo is None or repo.is_disabled or (ticket.is_public and not can(ANONYMOUS, Action.FETCH, repo)):
            raise gone
        if ticket.path:
            return _of_repo(services, request, repo, ticket)
        if not _ASSET.fullmatch(ticket.asset):
            raise gone
        try:
            folder = viewer.store.folder(ticket.repo_id, ticket.sha, *ticket.split)
            file = os.fdopen(open_plain(folder / "assets" / ticket.asset), "rb")
        except OSError as error:
            raise gone from error
        return _sent(request, file, os.fstat(file.fileno()).st_size)

    return router


def _of_repo(services: Services, request: Request, repo: Space | Repo, ticket: AssetTicket) -> Response:
    with GitTree(folder_of(services, repo), ticket.sha) as tree:
        blob = tree.file(ticket.path)
        pointer = tree.pointer(blob.object_id, blob.size_bytes)
        if pointer is None:
            return _sent(request, BytesIO(tree.read(blob.object_id)), blob.size_bytes)
    with services.database.read() as tx:
        stored = tx.blobs.get(pointer.sha256) if tx.blobs.is_granted(repo.id, pointer.sha256) else None
    if stored is None or stored.size_bytes != pointer.size_bytes:
        raise EntryNotFound("the repo does not have this file")
    with services.objects.open_file(pointer.sha256) as file:
        media_type = media_type_of(extension_of(file.read(_START_BYTES) or b""))
    return object_response(services.objects, request, pointer.sha256, pointer.size_bytes, _HEADERS, media_type)


def _sent(request: Request, file: BinaryIO, size_bytes: int) -> Response:
    part = part_of(request.headers.get("range"), size_bytes)
    media_type = media_type_of(extension_of(file.read(_START_BYTES)))
    if part is None or request.method == "HEAD":
        file.close()
    if part is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size_bytes}"})
    headers = _HEADERS | part.headers
    status = 206 if part.is_partial else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(blocks_of(file, part.first, part.last), status, headers, media_type)
