"""The door for runners to the files of repos that Spaces mount. Their side is ``spaceport_runner.mount_source``."""

import hmac
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pygit2
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from spaceport.domain.instance import Role
from spaceport.domain.mount import Mount, mount_token, mounts_of
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, EntryNotFound, NotFound
from spaceport.repos.finding import folder_of
from spaceport.repos.large_files import usable_files
from spaceport.repos.mounting import source_of, tree_of
from spaceport.repos.tree import TreeTooLarge, opened_repo
from spaceport.services import Services

#: A runner asks for 100 at the most.
_MAX_IDS = 1000
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def make_mount_router(services: Services) -> APIRouter:
    """
    ``domain.mount.mount_address``. The token opens one repo to one instance; whether the owner of its Space may have
    the files is looked up with every request.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/internal/mounts/{instance_id}/{key}")
    def listing(instance_id: str, key: str, request: Request) -> Response:
        """Refusals are plain words, which the runner tells the people of the Space."""
        try:
            mount, repo = _opened(services, request, instance_id, key)
            tree = tree_of(services, mount, repo)
        except AccessDenied as error:
            return PlainTextResponse(str(error), 403)
        except (NotFound, TreeTooLarge) as error:
            return PlainTextResponse(str(error), 404)
        files = [(file.path, file.object_id, file.size_bytes) for file in tree.files]
        return JSONResponse({"snapshot": tree.snapshot, "sha": tree.sha, "files": files})

    @router.get("/internal/mounts/{instance_id}/{key}/files")
    def files(instance_id: str, key: str, request: Request, ids: str = "") -> Response:
        """The contents, one behind the other, in the order in which they are asked for."""
        wanted = ids.split(",")
        if len(wanted) > _MAX_IDS or not all(map(_OBJECT_ID.fullmatch, wanted)):
            return PlainTextResponse("ids of files are wanted, with commas between them", 400)
        try:
            _, repo = _opened(services, request, instance_id, key)
        except AccessDenied as error:
            return PlainTextResponse(str(error), 403)
        except NotFound as error:
            return PlainTextResponse(str(error), 404)
        large_files = usable_files(services, repo.id) if any(len(each) == 64 for each in wanted) else {}
        if not all(len(each) == 40 or each in large_files for each in wanted):
            return PlainTextResponse("one of its large files is not there any more", 404)
        content = _contents(services, repo, wanted, large_files)
        return StreamingResponse(content, media_type="application/octet-stream")

    return router


def _opened(services: Services, request: Request, instance_id: str, key: str) -> tuple[Mount, Space | Repo]:
    """Raises: AccessDenied, NotFound."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = mount_token(services.internal_secret, instance_id, key)
    if scheme != "Bearer" or not hmac.compare_digest(token.encode(), expected.encode()):
        raise AccessDenied("this address needs the token of the instance")
    with services.database.read() as tx:
        instance = tx.instances.get(instance_id)
        space = tx.spaces.get(instance.space_id) if instance is not None and instance.role is not Role.GONE else None
        mount = next((each for each in mounts_of(space) if each.key == key), None) if space is not None else None
        if space is None or mount is None:
            raise NotFound("it belongs to the Space no more")
        return mount, source_of(tx, space, mount)


async def _contents(
    services: Services, repo: Space | Repo, wanted: Sequence[str], large_files: dict[str, int]
) -> AsyncIterator[bytes]:
    """Raises: EntryNotFound in the middle: the runner sees that not all has come."""
    folder = folder_of(services, repo)
    for object_id in wanted:
        if len(object_id) == 64:
            async for block in services.objects.read(object_id):
                yield block
        else:
            yield await run_in_threadpool(_file_of_git, folder, object_id)


def _file_of_git(folder: Path, object_id: str) -> bytes:
    """Raises: EntryNotFound."""
    with opened_repo(folder) as git:
        try:
            kind, content = git.odb.read(object_id)
        except (KeyError, pygit2.GitError) as error:
            raise EntryNotFound("a file of the commit is not there") from error
    if kind != pygit2.enums.ObjectType.BLOB:
        raise EntryNotFound("no file has this id")
    return bytes(content)
