"""Taking in what people attach to discussions."""

from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from spaceport.domain.account import Caller
from spaceport.domain.attachment import (
    MAX_PERSON_BYTES,
    START_BYTES,
    Attachment,
    AttachmentType,
    check_start,
    check_type,
)
from spaceport.domain.blob import StoredBlob
from spaceport.domain.names import new_id
from spaceport.errors import AccessDenied, BadRequest, NotAuthenticated, Unavailable
from spaceport.interfaces import Transaction
from spaceport.repos import disk_room
from spaceport.repos.large_files import hold_blob, require_bytes
from spaceport.services import Services


async def take_attachment(
    services: Services, caller: Caller, content_type: str, source: AsyncIterator[bytes]
) -> Attachment:
    """Raises: NotAuthenticated, AccessDenied, BadRequest, NoRoom, Unavailable."""
    kind = check_type(content_type)
    await run_in_threadpool(_check_person, services, caller)
    with_room = disk_room.with_room(services.settings, services.objects.staging, source)
    stored = await services.objects.put(_checked(kind, with_room))
    return await run_in_threadpool(_note, services, caller, kind, stored)


async def _checked(kind: AttachmentType, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, as long as they look like what they are said to be. Raises: BadRequest."""
    start, size, is_checked = b"", 0, False
    async for chunk in source:
        size += len(chunk)
        if size > kind.max_bytes:
            raise BadRequest(f"an attachment of this type may have {kind.max_bytes // 1024**2} MiB")
        if not is_checked:
            start += chunk[:START_BYTES]
            if len(start) >= START_BYTES:
                check_start(kind, start)
                is_checked = True
        yield chunk
    if not is_checked:
        check_start(kind, start)


def _check_person(services: Services, caller: Caller) -> None:
    if caller.user is None:
        raise NotAuthenticated("sign in to attach files")
    if not caller.may_write_anything:
        raise AccessDenied("this token may only read: make one with the role write to attach files")
    with services.database.read() as tx:
        _check_sum(tx, caller.user.id, 1)


def _check_sum(tx: Transaction, user_id: str, more_bytes: int) -> None:
    if tx.attachments.bytes_of(user_id) + more_bytes > MAX_PERSON_BYTES:
        raise AccessDenied(f"your attachments have {MAX_PERSON_BYTES // 1024**3} GiB together, which is the limit")


def _note(services: Services, caller: Caller, kind: AttachmentType, stored: StoredBlob) -> Attachment:
    assert caller.user is not None
    now = services.clock.now()
    made = Attachment(new_id(), stored.sha256, kind.media_type, stored.size_bytes, caller.user.id, now)
    with services.database.begin() as tx:
        # Others of the same person may have come in meanwhile.
        _check_sum(tx, caller.user.id, stored.size_bytes)
        hold_blob(services, tx, stored)
        tx.attachments.add(made)
    try:
        require_bytes(services, stored.sha256)
    except Unavailable:
        with services.database.begin() as tx:
            tx.attachments.remove(made.id)
        raise
    return made
