"""Files attached to discussions. Source: hub-api.md section 11.2."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from spaceport.api.finding import base_url
from spaceport.errors import EntryNotFound
from spaceport.identity import caller_of
from spaceport.repos.attachments import take_attachment
from spaceport.repos.object_response import HOSTILE, object_response
from spaceport.services import Services

_HEADERS = {**HOSTILE, "Cache-Control": "public, max-age=31536000, immutable"}


def make_attachments_router(services: Services) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/uploads")
    async def upload(request: Request) -> Response:
        """The answer is the address, as plain text."""
        caller = await run_in_threadpool(caller_of, request)
        content_type = request.headers.get("content-type", "")
        made = await take_attachment(services, caller, content_type, request.stream())
        return PlainTextResponse(f"{base_url(request)}/uploads/{made.name}")

    @router.api_route("/uploads/{name}", methods=["GET", "HEAD"])
    def download(name: str, request: Request) -> Response:
        with services.database.read() as tx:
            found = tx.attachments.get(name.partition(".")[0])
        if found is None or found.name != name:
            raise EntryNotFound("no such attachment")
        return object_response(services.objects, request, found.blob_id, found.size_bytes, _HEADERS, found.media_type)

    return router
