"""
The LFS addresses below each repo: the batch, and the locks that this hub does not keep.

Source: git-lfs docs/api; hub-api.md section 7.6.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from spaceport.domain.access import Action, can
from spaceport.domain.repo import RepoType
from spaceport.owner_usage import storage_left
from spaceport.repos.disk_room import describe_limit, free_bytes, uncommitted_room
from spaceport.repos.lfs import parts
from spaceport.repos.lfs.batch import Address, Asked, UploadLimits, answer_downloads, answer_uploads
from spaceport.repos.lfs.door import lfs_error, lfs_json, open_repo
from spaceport.repos.lfs.ticket import LIFETIME_SECONDS, Operation, TransferTicket, seal
from spaceport.repos.lfs.transfer import make_transfer_router
from spaceport.services import Services

#: Clients ask for 100 to 256 files at a time.
_MAX_OBJECTS = 1000
_MAX_BODY_BYTES = 1024**2
#: git-lfs calls it one way, huggingface.js (``src/lib/commit.ts``) the other.
_SHA256 = ("sha256", "sha_256")
_NO_LOCKS = "this hub keeps no locks on files"


class _Object(BaseModel):
    oid: str
    size: Annotated[int, Field(ge=0, lt=2**63)]


class _Ref(BaseModel):
    name: str = ""


class Batch(BaseModel):
    """What clients send; ``transfers`` may be left out."""

    operation: str
    objects: Annotated[list[_Object], Field(max_length=_MAX_OBJECTS)]
    transfers: list[str] = Field(default_factory=lambda: ["basic"])
    ref: _Ref | None = None
    hash_algo: str = "sha256"


def make_lfs_router(services: Services) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for kind in RepoType:
        base = f"/{kind.prefix}{{owner}}/{{name}}/info/lfs"
        _add_batch(router, services, kind, base)
        _add_locks(router, services, kind, base)
        make_transfer_router(router, services, base)
    return router


def _add_batch(router: APIRouter, services: Services, kind: RepoType, base: str) -> None:
    @router.post(f"{base}/objects/batch")
    async def batch(owner: str, name: str, request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY_BYTES:
                return lfs_error(413, f"a batch has at most {_MAX_OBJECTS} files")
        return await run_in_threadpool(_answer, services, request, kind, owner, name, bytes(body))


def _add_locks(router: APIRouter, services: Services, kind: RepoType, base: str) -> None:
    # git-lfs goes on without locks when their address is not found. Source: git-lfs docs/api/locking.md.
    @router.get(f"{base}/locks")
    @router.post(f"{base}/locks")
    @router.post(f"{base}/locks/verify")
    def locks(owner: str, name: str, request: Request) -> Response:
        found = open_repo(services, request, kind, owner, name, "download")
        return found if isinstance(found, Response) else lfs_error(404, _NO_LOCKS)


def _answer(services: Services, request: Request, kind: RepoType, owner: str, name: str, body: bytes) -> Response:
    try:
        asked = Batch.model_validate_json(body)
    except ValidationError as error:
        problem = error.errors()[0]
        return lfs_error(422, f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}")
    if asked.operation not in (Operation.UPLOAD, Operation.DOWNLOAD):
        return lfs_error(422, "operation must be upload or download")
    if asked.hash_algo not in _SHA256:
        return lfs_error(409, "hash_algo must be sha256")
    found = open_repo(services, request, kind, owner, name, asked.operation, asked.ref.name if asked.ref else "")
    if isinstance(found, Response):
        return found
    repo, caller = found
    user_id, is_guest = caller.user.id if caller.user else "", not can(caller, Action.WRITE, repo)
    address = _address_maker(services, request, repo.id, user_id, is_guest, f"/{kind.prefix}{owner}/{name}")
    files = [Asked(each.oid, each.size) for each in asked.objects]
    granted = _granted(services, repo.id, files, renew=asked.operation == Operation.UPLOAD)
    if asked.operation == Operation.DOWNLOAD:
        return lfs_json(_batch(answer_downloads(files, granted, address)))
    limits = _limits(services, user_id, None if is_guest else repo.owner_id)
    answers = answer_uploads(files, granted, limits, "multipart" in asked.transfers, address)
    return lfs_json(_batch(answers))


def _batch(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Uploads in parts are called basic, too: clients tell them by ``chunk_size``."""
    return {"transfer": "basic", "objects": objects, "hash_algo": "sha256"}


def _granted(services: Services, repo_id: str, files: list[Asked], renew: bool) -> dict[str, Any]:
    with services.database.read() as tx:
        blobs = {each.oid: tx.blobs.get(each.oid) for each in files if tx.blobs.is_granted(repo_id, each.oid)}
    granted = {oid: blob for oid, blob in blobs.items() if blob is not None}
    if renew and granted:
        # A commit that names it is on its way: it must not be collected before.
        with services.database.begin() as tx:
            granted = {oid: blob for oid, blob in granted.items() if tx.blobs.renew(repo_id, oid)}
    return granted


def _limits(services: Services, user_id: str, owner_id: str | None) -> UploadLimits:
    """The quota is that of ``owner_id``; None where files do not count for the owner before they are merged."""
    settings, staging = services.settings, services.objects.staging
    left_bytes = uncommitted_room(services, user_id, parts.bytes_of(staging, user_id))
    left_words = describe_limit(settings.max_uncommitted_bytes_per_user)
    with services.database.read() as tx:
        stored_left = storage_left(tx, settings, owner_id) if owner_id is not None else None
    if stored_left is not None and stored_left < left_bytes:
        left_bytes, left_words = stored_left, "the owner's quota for storage is full: ask the admin for more"
    return UploadLimits(
        settings.max_large_file_bytes,
        settings.upload_part_bytes,
        free_bytes=free_bytes(settings, staging),
        left_bytes=left_bytes,
        left_words=left_words,
    )


def _address_maker(
    services: Services, request: Request, repo_id: str, user_id: str, is_guest: bool, path: str
) -> Address:
    base, now = str(request.base_url).rstrip("/"), services.clock.now().timestamp()

    def address(operation: Operation, oid: str, size: int, chunk_bytes: int) -> str:
        expires_at = int(now + LIFETIME_SECONDS[operation])
        ticket = TransferTicket(operation, repo_id, user_id, oid, size, expires_at, chunk_bytes, is_guest)
        ending = "/verify" if operation is Operation.VERIFY else ""
        return f"{base}{path}/info/lfs/objects/{oid}{ending}?ticket={seal(ticket, services.internal_secret)}"

    return address
