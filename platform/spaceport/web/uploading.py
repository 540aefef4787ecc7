"""Files that came with a form, as operations of a commit: small texts into git, the others beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.commits.operations import AddBlob, AddLarge, Operation, check_path
from spaceport.repos.commits.preupload import Announced, advise_upload
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.disk_room import check_uncommitted
from spaceport.repos.large_files import keep_large_file
from spaceport.services import Services
from spaceport.web.upload_intake import SentFile

#: What tells a text from other files. Source: hub-api.md section 7.1.
_SAMPLE_BYTES = 512


@dataclass(frozen=True)
class Upload:
    """A file with its path in the repo."""

    path: str
    file: Path


def uploads_of(files: Sequence[SentFile], folder: str) -> list[Upload]:
    """
    Below a folder of the repo; of two with one path the later one.

    Raises: BadPath.
    """
    found = {}
    for each in files:
        path = f"{folder}/{each.name}".strip("/")
        check_path(path)
        found[path] = Upload(path, each.path)
    return list(found.values())


def operations_of(
    services: Services, repo: Space | Repo, caller: Caller, sha: str, uploads: Sequence[Upload], inside: Quarantine
) -> list[Operation]:
    """
    The files are taken in, and gone from where they were where they are large. ``sha`` is the commit with the rules
    that say which are.

    Raises: BadRequest, AccessDenied, Unavailable.
    """
    announced = [Announced(each.path, each.file.stat().st_size, _start(each.file)) for each in uploads]
    advices = advise_upload(services, repo, sha, announced)
    large = [advice.is_large for advice in advices]
    user_id = caller.user.id if caller.user else ""
    more_bytes = sum(each.size_bytes for each, is_large in zip(announced, large, strict=True) if is_large)
    check_uncommitted(services, user_id, more_bytes)
    operations: list[Operation] = []
    for each, is_large in zip(uploads, large, strict=True):
        if is_large:
            stored = services.objects.adopt(each.file)
            keep_large_file(services, repo.id, stored, user_id, is_guest=not can(caller, Action.WRITE, repo))
            operations.append(AddLarge(each.path, stored.sha256, stored.size_bytes))
        else:
            operations.append(AddBlob(each.path, inside.write_blob(each.file.read_bytes())))
    return operations


def _start(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_SAMPLE_BYTES)
