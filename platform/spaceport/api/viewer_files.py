"""
The viewer's answers about a whole dataset, and its rows as Parquet files.

Source: hub-api.md section 14.2.
"""

import os
from typing import BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from spaceport.api.croissant import croissant_json
from spaceport.api.file_blocks import blocks_of
from spaceport.api.viewer import Found, answer, find, hub_base
from spaceport.api.viewer_route import ViewerRoute
from spaceport.api.viewer_whole import info_json, parquet_files, parquet_json, parquet_name, size_json
from spaceport.domain.byte_range import part_of
from spaceport.errors import EntryNotFound
from spaceport.repos.object_response import HOSTILE
from spaceport.repos.viewer.datasets import table_of, tables_of
from spaceport.repos.viewer.media_cells import PREFIX
from spaceport.repos.viewer.process import open_plain
from spaceport.repos.viewer.viewer import Viewer
from spaceport.services import Services
from spaceport.to_its_end import to_its_end

_API = "/api/datasets/{owner}/{name}"
_PARQUET = "application/vnd.apache.parquet"


def make_viewer_files_router(services: Services, viewer: Viewer) -> APIRouter:
    router = APIRouter(route_class=ViewerRoute, include_in_schema=False)

    @router.get(f"{PREFIX}/parquet")
    async def parquet(request: Request, dataset: str, config: str | None = None) -> Response:
        found = await find(services, viewer, request, dataset)
        abouts = await viewer.abouts(tables_of(found.dataset, config), found.asker)
        return await answer(viewer, found, parquet_json, abouts, hub_base(request))

    @router.get(f"{PREFIX}/size")
    async def size(request: Request, dataset: str, config: str | None = None) -> Response:
        found = await find(services, viewer, request, dataset)
        abouts = await viewer.abouts(tables_of(found.dataset, config), found.asker)
        return await answer(viewer, found, size_json, found.dataset, abouts)

    @router.get(f"{PREFIX}/info")
    async def info(request: Request, dataset: str, config: str | None = None) -> Response:
        found = await find(services, viewer, request, dataset)
        abouts = await viewer.abouts(tables_of(found.dataset, config), found.asker)
        return await answer(viewer, found, info_json, found.dataset, abouts, config)

    @router.get(f"{PREFIX}/croissant")
    async def croissant(request: Request, dataset: str) -> Response:
        return await _croissant(await find(services, viewer, request, dataset), request)

    @router.get(f"{_API}/croissant")
    async def croissant_of_hub(owner: str, name: str, request: Request) -> Response:
        return await _croissant(await find(services, viewer, request, f"{owner}/{name}"), request)

    async def _croissant(found: Found, request: Request) -> Response:
        abouts = await viewer.abouts(tables_of(found.dataset), found.asker)
        return await answer(viewer, found, croissant_json, found.repo, abouts, hub_base(request))

    @router.get(f"{_API}/parquet")
    async def all_files(owner: str, name: str, request: Request) -> Response:
        found = await find(services, viewer, request, f"{owner}/{name}")
        abouts = await viewer.abouts(tables_of(found.dataset), found.asker)
        urls: dict[str, dict[str, list[str]]] = {}
        for file in parquet_files(abouts, hub_base(request)):
            urls.setdefault(file["config"], {}).setdefault(file["split"], []).append(file["url"])
        return JSONResponse(urls)

    @router.get(f"{_API}/parquet/{{config}}")
    async def files_of_config(owner: str, name: str, config: str, request: Request) -> Response:
        found = await find(services, viewer, request, f"{owner}/{name}")
        abouts = await viewer.abouts(tables_of(found.dataset, config), found.asker)
        urls: dict[str, list[str]] = {}
        for file in parquet_files(abouts, hub_base(request)):
            urls.setdefault(file["split"], []).append(file["url"])
        return JSONResponse(urls)

    @router.get(f"{_API}/parquet/{{config}}/{{split}}")
    async def files_of_split(owner: str, name: str, config: str, split: str, request: Request) -> Response:
        found = await find(services, viewer, request, f"{owner}/{name}")
        abouts = await viewer.abouts([table_of(found.dataset, config, split)], found.asker)
        return JSONResponse([file["url"] for file in parquet_files(abouts, hub_base(request))])

    @router.api_route(f"{_API}/parquet/{{config}}/{{split}}/{{number}}.parquet", methods=["GET", "HEAD"])
    async def one_file(owner: str, name: str, config: str, split: str, number: str, request: Request) -> Response:
        found = await find(services, viewer, request, f"{owner}/{name}")
        table = table_of(found.dataset, config, split)
        about = await viewer.about(table, found.asker)
        position = int(number) if number.isdecimal() and len(number) < 6 else len(about.files)
        if position >= len(about.files):
            raise EntryNotFound(f"this split has {len(about.files)} Parquet files, from 0.parquet on")
        if about.origins:
            path = quote(about.origins[position])
            return RedirectResponse(f"/datasets/{found.dataset.full_name}/resolve/{found.dataset.sha}/{path}", 302)
        path_on_disk = viewer.store.folder(*table.key) / "files" / about.files[position]
        try:
            descriptor = await to_its_end(lambda: open_plain(path_on_disk), undo=os.close)
        except OSError as error:
            raise EntryNotFound("this file was just cleared away: ask again") from error
        # Closed with the object, should the reader be gone before the answer begins.
        file = os.fdopen(descriptor, "rb")
        return _file(request, file, f"{config}-{split}-{parquet_name(position)}", found.dataset.sha)

    return router


def _file(request: Request, file: BinaryIO, name: str, sha: str) -> Response:
    size = os.fstat(file.fileno()).st_size
    part = part_of(request.headers.get("range"), size)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    headers = {
        **HOSTILE,
        "Accept-Ranges": "bytes",
        "X-Repo-Commit": sha,
        "X-Revision": sha,
        "ETag": f'"{sha}-{plain}"',
        "Content-Disposition": f'attachment; filename="{plain}";',
    }
    if part is None or request.method == "HEAD":
        file.close()
    if part is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    headers |= part.headers
    status = 206 if part.is_partial else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=_PARQUET)
    return StreamingResponse(blocks_of(file, part.first, part.last), status, headers, _PARQUET)
