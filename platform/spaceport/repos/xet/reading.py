"""
Downloads in chunks: how a file is put together, and the signed addresses of what it is put together from.

Source: hub-api.md section 7.5.
"""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from spaceport.callers import caller_for
from spaceport.domain.access import Action, can
from spaceport.domain.account import ANONYMOUS
from spaceport.domain.blob import Blob
from spaceport.domain.byte_range import Part, part_of
from spaceport.domain.repo import RepoType
from spaceport.errors import AccessDenied, EntryNotFound
from spaceport.interfaces import Objects, Transaction
from spaceport.repos.finding import find_by_id
from spaceport.repos.lfs.ticket import LIFETIME_SECONDS, Operation, TransferTicket
from spaceport.repos.lfs.ticket import seal as seal_ticket
from spaceport.repos.lfs.ticket import unseal as unseal_ticket
from spaceport.repos.object_response import HOSTILE
from spaceport.repos.xet.framing import FramedXorb, Framer, xorb_count
from spaceport.repos.xet.hashes import from_url_form
from spaceport.repos.xet.reconstruction import Address, reconstruction_v1, reconstruction_v2
from spaceport.repos.xet.token import Right, XetToken, unseal
from spaceport.services import Services


def add_reading(router: APIRouter, services: Services, cas_path: str) -> None:
    base = f"{cas_path}/{{generation}}"

    @router.get(f"{base}/v1/reconstructions/{{name}}")
    @router.get(f"{base}/reconstructions/{{name}}")
    def first_version(generation: str, name: str, request: Request) -> Response:
        return _reconstruct(services, request, cas_path, name, 1)

    @router.get(f"{base}/v2/reconstructions/{{name}}")
    def second_version(generation: str, name: str, request: Request) -> Response:
        return _reconstruct(services, request, cas_path, name, 2)

    @router.get(f"{cas_path}/framed/{{oid}}/{{number}}")
    def framed(oid: str, number: int, request: Request, ticket: str = "") -> Response:
        """Clients send no token here. What the address was signed for must still be the repo's."""
        now = services.clock.now().timestamp()
        opened = unseal_ticket(ticket, services.internal_secret, now, Operation.DOWNLOAD, oid)
        with services.database.read() as tx:
            blob = tx.blobs.get(oid) if tx.blobs.is_granted(opened.repo_id, oid) else None
        if blob is None or not 0 <= number < xorb_count(blob.size_bytes):
            raise EntryNotFound("this repo has no such file any more")
        return _framed_response(services.objects, request, oid, FramedXorb(blob.size_bytes, number))


def _reconstruct(services: Services, request: Request, cas_path: str, name: str, version: int) -> Response:
    now = services.clock.now().timestamp()
    token = unseal(request.headers.get("authorization"), services.internal_secret, now, Right.READ)
    from_url_form(name)
    with services.database.read() as tx:
        _require_reader(tx, token)
        blob = tx.blobs.by_xet_name(token.repo_id, name)
    if blob is None:
        raise EntryNotFound("the repo of this xet token has no file of that hash")
    part = part_of(request.headers.get("range"), blob.size_bytes)
    if part is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{blob.size_bytes}"})
    address = _addresses(services, request, cas_path, token, blob)
    make = reconstruction_v1 if version == 1 else reconstruction_v2
    return JSONResponse(make(blob.id, part, address), headers={"Cache-Control": "no-store"})


def _require_reader(tx: Transaction, token: XetToken) -> None:
    """
    The repo may have become private, gated or disabled since the token was made, or be gone.

    Raises: AccessDenied.
    """
    repo = tx.repos.get(token.repo_id) or find_by_id(tx, RepoType.SPACE, token.repo_id)
    user = tx.accounts.user(token.user_id) if token.user_id else None
    caller = caller_for(tx, user) if user is not None else ANONYMOUS
    if repo is None or not can(caller, Action.FETCH, repo):
        raise AccessDenied("this xet token was for a repo whose files you may not read any more")


def _addresses(services: Services, request: Request, cas_path: str, token: XetToken, blob: Blob) -> Address:
    expires_at = int(services.clock.now().timestamp()) + LIFETIME_SECONDS[Operation.DOWNLOAD]
    ticket = TransferTicket(Operation.DOWNLOAD, token.repo_id, token.user_id, blob.id, blob.size_bytes, expires_at)
    start = f"{str(request.base_url).rstrip('/')}{cas_path}/framed/{blob.id}"
    sealed = seal_ticket(ticket, services.internal_secret)
    return lambda number: f"{start}/{number}?ticket={sealed}"


def _framed_response(objects: Objects, request: Request, sha256: str, xorb: FramedXorb) -> Response:
    headers = {**HOSTILE, "Accept-Ranges": "bytes", "Cache-Control": "private"}
    part = part_of(request.headers.get("range"), xorb.framed_bytes)
    if part is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{xorb.framed_bytes}"})
    content = _framed(objects, sha256, xorb, part)
    status = 206 if part.is_partial else 200
    return StreamingResponse(content, status, headers | part.headers, "application/octet-stream")


async def _framed(objects: Objects, sha256: str, xorb: FramedXorb, part: Part) -> AsyncIterator[bytes]:
    """Block by block, as the file is read: memory does not grow with what is asked for."""
    framer = Framer(xorb, part.first, part.last)
    first, end = xorb.raw_before(part.first), xorb.raw_before(part.last + 1)
    if first < end:
        async for block in objects.read(sha256, xorb.start + first, xorb.start + end - 1):
            yield framer.feed(block)
    # A part may end within a header.
    yield framer.rest()
