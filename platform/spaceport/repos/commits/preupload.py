"""Which way the files of a commit to be should take, and which of them need not be sent at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.commits.landing import open_quarantine
from spaceport.repos.commits.path_rules import ATTRIBUTES, IGNORE, ignored_paths, lfs_paths
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.commits.tree_edit import TreeEdit
from spaceport.repos.commits.write import read_rules
from spaceport.repos.files import bad_path
from spaceport.repos.finding import folder_of
from spaceport.repos.pointers import may_be_pointer, parse_pointer
from spaceport.services import Services

#: Larger files go to LFS, whatever their names. Source: hub-api.md section 7.1.
LARGE_BYTES = 10 * 1024**2


@dataclass(frozen=True)
class Announced:
    """A file that a client is about to send; ``sample`` is how it begins."""

    path: str
    size_bytes: int
    sample: bytes


@dataclass(frozen=True)
class Advice:
    """``object_id`` is what is at the path now: a git id, or the SHA-256 of a large file."""

    path: str
    is_large: bool
    is_ignored: bool
    object_id: str | None


def advise_upload(
    services: Services,
    repo: Space | Repo,
    sha: str,
    files: Sequence[Announced],
    attributes: str | None = None,
    ignore: str | None = None,
) -> list[Advice]:
    """
    One advice for each file, in order. ``attributes`` and ``ignore`` stand in for the ``.gitattributes`` and
    ``.gitignore`` of the repo where they are given.

    Raises: RevisionNotFound, BadRequest for rules that git cannot read.
    """
    folder = folder_of(services, repo)
    # What cannot be stored is told by the commit; here it must not lead out of a folder.
    paths = [each.path for each in files if bad_path(each.path) is None]
    limit = min(LARGE_BYTES, services.settings.max_file_bytes)
    with open_quarantine(services, repo) as inside:
        edit = TreeEdit(inside, inside.tree_of(sha))
        rules = read_rules(edit, inside, ATTRIBUTES, paths) | _given(ATTRIBUTES, attributes)
        left_out = read_rules(edit, inside, IGNORE, paths) if ignore is None else _given(IGNORE, ignore)
        large = lfs_paths(folder, rules, paths)
        ignored = ignored_paths(folder, left_out, paths)
        return [
            Advice(
                each.path,
                each.path in large or each.size_bytes > limit or is_binary(each.sample),
                each.path in ignored,
                _current(edit, inside, each.path),
            )
            for each in files
        ]


def is_binary(sample: bytes) -> bool:
    """As git tells it: by a zero byte; and by what is no UTF-8, but for a character that the sample cuts."""
    if b"\0" in sample:
        return True
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"
    return False


def _given(name: str, content: str | None) -> dict[str, bytes]:
    return {} if content is None else {name: content.encode("utf-8", "replace")}


def _current(edit: TreeEdit, inside: Quarantine, path: str) -> str | None:
    item = edit.find(path) if bad_path(path) is None else None
    if item is None or not item.is_file:
        return None
    size_bytes = inside.size_of(item.object_id)
    pointer = parse_pointer(inside.read_blob(item.object_id)) if may_be_pointer(size_bytes) else None
    return pointer.sha256 if pointer else item.object_id
