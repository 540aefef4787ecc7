"""The signed addresses themselves: bytes come in, in one piece or in parts, and go out."""

import errno

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from spaceport.domain.blob import Blob, StoredBlob
from spaceport.errors import BadRequest, NoRoom, SpaceportError, Unavailable
from spaceport.repos.disk_room import check_room, check_uncommitted, with_room
from spaceport.repos.large_files import keep_large_file
from spaceport.repos.lfs import parts
from spaceport.repos.lfs.door import lfs_error, lfs_json
from spaceport.repos.lfs.ticket import Operation, TransferTicket, unseal
from spaceport.repos.object_response import HOSTILE, object_response
from spaceport.repos.spool import announced_bytes
from spaceport.services import Services

#: Uploads in parts, of one type of repo, that are checked at a time: hashing leaves the threads of others alone.
_JOINED_AT_ONCE = 2


class Completion(BaseModel):
    """What ends an upload in parts. Only the bytes count, so the tags of the parts are not looked at."""

    oid: str
    parts: list[dict[str, object]]


class Verification(BaseModel):
    oid: str
    size: int


def make_transfer_router(router: APIRouter, services: Services, base: str) -> None:
    """The ticket in the address decides, whatever the repo is called by now."""
    address = f"{base}/objects/{{oid}}"
    limiter = CapacityLimiter(_JOINED_AT_ONCE)

    @router.put(address)
    async def upload(owner: str, name: str, oid: str, request: Request, ticket: str = "", part: int = 0) -> Response:
        try:
            opened = _open(services, ticket, Operation.UPLOAD, oid)
            if opened.chunk_bytes:
                return await _take_part(services, opened, part, request)
            _check_length(request, opened.size_bytes)
            await run_in_threadpool(_check_room, services, opened, opened.size_bytes)
            source = with_room(services.settings, services.objects.staging, request.stream())
            stored = await services.objects.put(source, opened.sha256, opened.size_bytes)
            await run_in_threadpool(_keep, services, opened, stored)
        except SpaceportError as error:
            return _refused(error)
        except ClientDisconnect:
            # Nobody reads this answer; what came in parts is kept for the next try.
            return Response(status_code=400)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            return lfs_error(507, "the hub's disk is full: ask the admin")
        return Response(status_code=200, headers={"ETag": f'"{oid}"'})

    @router.post(address)
    async def complete(owner: str, name: str, oid: str, completion: Completion, ticket: str = "") -> Response:
        try:
            opened = _open(services, ticket, Operation.UPLOAD, oid)
            numbers = [part.get("partNumber") for part in completion.parts]
            if sorted(numbers, key=str) != sorted(range(1, parts.count(opened) + 1), key=str):
                raise BadRequest(f"{parts.count(opened)} parts are needed, each named once by its partNumber")
            await run_sync(_join, services, opened, limiter=limiter)
        except SpaceportError as error:
            return _refused(error)
        return lfs_json({"oid": oid, "size": opened.size_bytes})

    @router.post(f"{address}/verify")
    def verify(owner: str, name: str, oid: str, asked: Verification, ticket: str = "") -> Response:
        try:
            opened = _open(services, ticket, Operation.VERIFY, oid)
        except SpaceportError as error:
            return _refused(error)
        blob = _granted(services, opened)
        if blob is None:
            return lfs_error(404, "the file did not arrive: send it again")
        if asked.oid != oid or asked.size != blob.size_bytes:
            return lfs_error(422, f"the file has {blob.size_bytes} bytes, not {asked.size}")
        return lfs_json({"oid": oid, "size": blob.size_bytes})

    @router.api_route(address, methods=["GET", "HEAD"])
    def download(owner: str, name: str, oid: str, request: Request, ticket: str = "") -> Response:
        try:
            opened = _open(services, ticket, Operation.DOWNLOAD, oid)
        except SpaceportError as error:
            return _refused(error)
        blob = _granted(services, opened)
        if blob is None:
            return lfs_error(404, "this repo has no such file any more")
        headers = {**HOSTILE, "ETag": f'"{oid}"', "Cache-Control": "private"}
        return object_response(services.objects, request, oid, blob.size_bytes, headers, "application/octet-stream")


def _open(services: Services, ticket: str, operation: Operation, oid: str) -> TransferTicket:
    return unseal(ticket, services.internal_secret, services.clock.now().timestamp(), operation, oid)


def _granted(services: Services, ticket: TransferTicket) -> Blob | None:
    with services.database.read() as tx:
        return tx.blobs.get(ticket.sha256) if tx.blobs.is_granted(ticket.repo_id, ticket.sha256) else None


def _keep(services: Services, ticket: TransferTicket, stored: StoredBlob) -> None:
    keep_large_file(services, ticket.repo_id, stored, ticket.user_id, is_guest=ticket.is_guest)


def _join(services: Services, ticket: TransferTicket) -> None:
    # Asked again when the answer was lost. Whether somebody else has the file must not matter.
    if _granted(services, ticket) is None:
        _keep(services, ticket, parts.join(services.objects, ticket))


def _check_room(services: Services, ticket: TransferTicket, more_bytes: int) -> None:
    """Raises: NoRoom, AccessDenied."""
    staging = services.objects.staging
    check_room(services.settings, staging, more_bytes)
    if _granted(services, ticket) is None:
        check_uncommitted(services, ticket.user_id, more_bytes, parts.bytes_of(staging, ticket.user_id))


async def _take_part(services: Services, ticket: TransferTicket, number: int, request: Request) -> Response:
    first, length = parts.place(ticket, number)
    _check_length(request, length)
    await run_in_threadpool(_check_room, services, ticket, length)
    source = with_room(services.settings, services.objects.staging, request.stream())
    tag = await parts.write(services.objects.staging, ticket, first, length, source)
    return Response(status_code=200, headers={"ETag": f'"{tag}"'})


def _check_length(request: Request, expected_bytes: int) -> None:
    """Said before the bytes are read, where the client tells how many will come."""
    announced = announced_bytes(request)
    if announced is not None and announced != expected_bytes:
        raise BadRequest(f"{announced:,} bytes are about to come, {expected_bytes:,} were announced")


def _refused(error: SpaceportError) -> Response:
    statuses = {BadRequest: 400, Unavailable: 503, NoRoom: 507}
    return lfs_error(next((status for kind, status in statuses.items() if isinstance(error, kind)), 403), str(error))
