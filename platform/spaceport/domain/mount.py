"""A repo of this hub that an app sees as a folder: what may be asked for, and where in the app it may be. Pure."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, NotSupported

#: Of one Space.
MAX_MOUNTS = 16
_MAX_PATH_LENGTH = 255
#: Folders at the top of an app's file system that are the system's, the app's own, or made anew for each start.
_TAKEN = frozenset(
    (
        *("app", "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32"),
        *("opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"),
    )
)
#: What the Hub shows of a source that the reader may not see.
HIDDEN_SOURCE = "****/******"
#: Where storage is.
DATA = "/data"


@dataclass(frozen=True)
class Mount:
    """
    ``source_id`` is the repo, whatever it is called by now; ``source`` its name when this was set. ``revision`` (a
    branch, tag or commit) is looked up at each start; ``path`` is a folder of the repo, empty for all of it. Nobody
    writes to a mounted repo.

    Source: hub-api.md section 10.1; huggingface_hub ``_space_api.py`` (``Volume``).
    """

    type: RepoType
    source: str
    mount_path: str
    revision: str = "main"
    path: str = ""
    source_id: str = ""

    @property
    def words(self) -> str:
        return f"the {'Space' if self.type is RepoType.SPACE else self.type} {self.source}"

    @property
    def key(self) -> str:
        """Names it in addresses; another set of values has another one."""
        return hashlib.sha256(json.dumps(row_of(self), sort_keys=True).encode()).hexdigest()[:24]


def row_of(mount: Mount) -> dict[str, Any]:
    """As the table of Spaces keeps it."""
    return asdict(mount) | {"type": str(mount.type)}


def mounts_of(space: Space) -> list[Mount]:
    """In the order in which they were given."""
    return [Mount(**row | {"type": RepoType(row["type"])}) for row in space.mounts]


def mount_token(internal_secret: str, instance_id: str, key: str) -> str:
    """A token that opens this repo to the runner of this instance, for as long as the instance is not gone."""
    return hmac.new(internal_secret.encode(), f"mount:{instance_id}:{key}".encode(), hashlib.sha256).hexdigest()


def mount_address(instance_id: str, key: str) -> str:
    """Path on the hub that a runner asks for the files of a mounted repo."""
    return f"/internal/mounts/{instance_id}/{key}"


def wanted_mount(
    kind: str,
    source: str,
    mount_path: str,
    revision: str | None = None,
    path: str | None = None,
    read_only: bool | None = None,
) -> Mount:
    """
    What somebody asks for, as far as it can be checked without looking at the repo.

    Raises: BadRequest, NotSupported.
    """
    if kind == "bucket":
        raise NotSupported(
            "this Spaceport has no buckets: mount a model, dataset or Space, and keep what the app writes in the "
            "Space's storage at /data"
        )
    if kind not in list(RepoType):
        raise BadRequest(f'"type" of a volume must be one of [{", ".join(RepoType)}]; given: {kind[:50]}')
    if source.count("/") != 1:
        raise BadRequest(f'"source" of a volume is the owner/name of a repo; given: {source[:200]}')
    if read_only is False:
        raise BadRequest(f"{source[:200]} can be mounted read-only: nobody writes to a repo but with a commit")
    return Mount(
        RepoType(kind), source, checked_mount_path(mount_path), revision or "main", _folder_of_repo(path or "")
    )


def checked_mount_path(text: str) -> str:
    """Without a slash at its end. Raises: BadRequest."""
    parts = text.rstrip("/").split("/")
    problem = None
    if not text.startswith("/") or len(parts) < 2:
        problem = "the path must begin with / and be more than that"
    elif len(text) > _MAX_PATH_LENGTH or not text.isprintable():
        problem = f"a path has at most {_MAX_PATH_LENGTH} characters, all of them printable"
    elif any(part in ("", ".", "..") for part in parts[1:]):
        problem = "the path must go straight down, without .. and empty names"
    elif parts[1] in _TAKEN:
        problem = f"/{parts[1]} belongs to the system or the app"
    if problem:
        raise BadRequest(
            f"nothing can be mounted at {text[:_MAX_PATH_LENGTH]!r}: {problem}; choose a folder of its own, such as "
            "/models or /mnt/numbers"
        )
    return "/".join(parts)


def check_mounts(mounts: Sequence[Mount], has_storage: bool) -> None:
    """All mounts of a Space side by side. Raises: BadRequest."""
    if len(mounts) > MAX_MOUNTS:
        raise BadRequest(f"a Space has at most {MAX_MOUNTS} volumes; given: {len(mounts)}")
    for number, mount in enumerate(mounts):
        if has_storage and _holds(DATA, mount.mount_path):
            raise BadRequest(f"{mount.mount_path} is the storage of this Space: mount {mount.source} elsewhere")
        for other in mounts[:number]:
            if _holds(other.mount_path, mount.mount_path) or _holds(mount.mount_path, other.mount_path):
                raise BadRequest(
                    f"{other.source} at {other.mount_path} and {mount.source} at {mount.mount_path} are in each "
                    "other's way: give each a folder of its own"
                )


def in_the_way_of_storage(mounts: Sequence[Mount]) -> Mount | None:
    """What is mounted where a Space's storage would be."""
    return next((mount for mount in mounts if _holds(DATA, mount.mount_path)), None)


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _folder_of_repo(text: str) -> str:
    """Raises: BadRequest."""
    folder = text.strip("/")
    if len(folder) > _MAX_PATH_LENGTH or any(part in ("", ".", "..") for part in folder.split("/") if folder):
        raise BadRequest(f'"path" of a volume is a folder in the repo; given: {text[:_MAX_PATH_LENGTH]!r}')
    return folder
