"""Which files may be in a repo at all: sizes, names, links."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from spaceport.repos.pointers import Pointer, may_be_pointer, parse_pointer
from spaceport.repos.tree import Entry, Kind, TreeReader, TreeTooLarge

#: Control characters, and those that make a name read as another one. Source: Unicode Standard Annex 9 (explicit
#: formatting of direction); marks and joiners, which languages and emoji need, are none of them.
_MISLEADING = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: File systems that skip characters, or read ends of names in their own way, take such names for ``.git``: git refuses
#: them in a push. Source: ``next_hfs_char`` in git's utf8.c, ``is_ntfs_dotgit`` in its path.c.
_SKIPPED_BY_HFS = re.compile(r"[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_GIT_FOLDER = re.compile(r"(?:\.git|git~1)[ .]*(?::.*)?", re.IGNORECASE)
PUSH_LFS_FIRST = "push the LFS files first: git lfs push --all origin"
_MAX_SHOWN = 10
_MAX_SYMLINKS = 1000
_MAX_PATH_BYTES = 1000
#: Source: the limit of a name of ext4, XFS and the others.
_MAX_NAME_BYTES = 255


@dataclass(frozen=True)
class Limits:
    """
    Of one commit. ``max_file_bytes`` holds for each file in plain git.

    ``large_files`` are those that the repo may use, bytes by SHA-256; None where nobody can say.
    """

    max_file_bytes: int
    max_files: int = 50_000
    large_files: Mapping[str, int] | None = None


def check_entries(tree: TreeReader, limits: Limits) -> tuple[list[str], list[Entry]]:
    """Problems of the files of a commit, one line each (a few of each kind), and the files."""
    entries: list[Entry] = []
    try:
        for entry in tree.entries():
            entries.append(entry)
            if len(entries) > limits.max_files:
                return [f"the commit has more than {limits.max_files:,} files"], entries
    except TreeTooLarge as error:
        return [str(error)], entries
    problems = _shown(
        [f"the path {entry.shown!r} cannot be stored: {why}" for entry in entries if (why := _why_bad(entry))]
    )
    problems += _check_sizes(entries, limits.max_file_bytes)
    problems += _check_kinds(tree, entries)
    problems += _check_pointers(tree, entries, limits.large_files)
    return problems, entries


def describe_twins(entries: Sequence[Entry]) -> list[str]:
    """
    One line for each file that takes the place of another one where names are compared without case, or without regard
    to how an accent is written: a checkout on macOS or Windows has only one of them. No reason to refuse anything.
    """
    first: dict[str, Entry] = {}
    lines = []
    for entry in entries:
        other = first.setdefault(normalize("NFC", entry.path or entry.shown).casefold(), entry)
        if other is not entry:
            lines.append(f"{other.shown!a} and {entry.shown!a} are one file on macOS and Windows: rename one")
    return _shown(lines)


def describe_hidden_files(sizes_bytes: Sequence[int], limit_bytes: int) -> str:
    """One line for files over the limit that the newest commit does not show, but earlier ones or other branches do."""
    sizes = ", ".join(_mebibytes(size) for size in sorted(sizes_bytes, reverse=True)[:_MAX_SHOWN])
    above = f"{max(1, limit_bytes // 1024**2)}MB"
    return (
        f"earlier commits or other branches of this push hold files over {_mebibytes(limit_bytes)} ({sizes}): take "
        f"them out of the history with git lfs migrate import --everything --above={above}, or push a fresh history"
    )


def describe_missing_files(pointers: Sequence[Pointer]) -> list[str]:
    """For pointers that the newest commit does not show, but earlier ones or other branches do."""
    lines = [f"sha256 {pointer.sha256}, {_mebibytes(pointer.size_bytes)}" for pointer in pointers]
    start = "earlier commits or other branches of this push name LFS files that this repo does not have: "
    return [start + ", ".join(_shown(lines)), PUSH_LFS_FIRST]


def is_usable(pointer: Pointer, large_files: Mapping[str, int]) -> bool:
    return large_files.get(pointer.sha256) == pointer.size_bytes


def bad_path(path: str) -> str | None:
    """Why nothing can be stored at this path; None where it can."""
    if _MISLEADING.search(path):
        return "it holds control characters, or some that turn the direction of the text around"
    # Windows parts paths at \, too. Further inside it is taken, as on the public Hub: clients do not download it there
    # (tests of huggingface_hub upload such a file to see that).
    leads_out = path.startswith("..\\")
    if leads_out or any(part in ("", ".", "..") or _is_git_folder(part) for part in path.split("/")):
        return "'..' and '.git' are not allowed in it"
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return "it is not UTF-8"
    if len(encoded) > _MAX_PATH_BYTES:
        return "it is too long"
    is_long = any(len(part.encode()) > _MAX_NAME_BYTES for part in path.split("/"))
    return f"a name in it has more than {_MAX_NAME_BYTES} bytes" if is_long else None


def shown_path(raw: bytes) -> str:
    """A path as it is, so that it can be asked for; but for what nothing can be stored at, see ``bad_path``."""
    return _MISLEADING.sub("?", raw.decode("utf-8", "replace"))


def describe_large_objects(sizes_bytes: Sequence[int], limit_bytes: int) -> str:
    """One line for commits, tags and folders that nobody makes by accident; they are read whole, so refused."""
    largest = _mebibytes(max(sizes_bytes))
    return f"a commit message, a tag or a list of files has {largest}; the limit is {_mebibytes(limit_bytes)}"


def _is_git_folder(name: str) -> bool:
    return any(_GIT_FOLDER.fullmatch(part) for part in _SKIPPED_BY_HFS.sub("", name).split("\\"))


def _why_bad(entry: Entry) -> str | None:
    return "it is not UTF-8" if entry.path is None else bad_path(entry.path)


def _check_sizes(entries: list[Entry], limit: int) -> list[str]:
    large = sorted((entry for entry in entries if entry.size_bytes > limit), key=lambda entry: -entry.size_bytes)
    if not large:
        return []
    include = ",".join(entry.path or entry.shown for entry in large[:_MAX_SHOWN])
    lines = [f"{entry.shown} has {_mebibytes(entry.size_bytes)}; the limit is {_mebibytes(limit)}" for entry in large]
    command = f"git lfs migrate import --include={shlex.quote(include)}"
    return [*_shown(lines), f"move large files out of plain git: {command}"]


def _check_kinds(tree: TreeReader, entries: list[Entry]) -> list[str]:
    submodules = [entry.shown for entry in entries if entry.kind is Kind.SUBMODULE]
    symlinks = [entry for entry in entries if entry.kind is Kind.SYMLINK]
    problems = _shown([f"{path} is a git submodule: put the files themselves into the repo" for path in submodules])
    if len(symlinks) > _MAX_SYMLINKS:
        return [*problems, f"the commit has more than {_MAX_SYMLINKS:,} symbolic links"]
    outside = [entry.shown for entry in symlinks if _leads_outside(entry, tree)]
    return problems + _shown([f"{path} is a symbolic link that leads out of the repo" for path in outside])


def _check_pointers(tree: TreeReader, entries: list[Entry], large_files: Mapping[str, int] | None) -> list[str]:
    if large_files is None:
        return []
    candidates = [entry for entry in entries if entry.kind is Kind.FILE and may_be_pointer(entry.size_bytes)]
    pointers = [(entry.shown, parse_pointer(tree.read(entry.object_id))) for entry in candidates]
    missing = [path for path, pointer in pointers if pointer and not is_usable(pointer, large_files)]
    lines = _shown([f"{path} is a Git LFS pointer to a file that this repo does not have" for path in missing])
    return [*lines, PUSH_LFS_FIRST] if missing else []


def _leads_outside(entry: Entry, tree: TreeReader) -> bool:
    if entry.size_bytes > _MAX_PATH_BYTES or entry.path is None:
        return True
    target = tree.read(entry.object_id).decode("utf-8", "replace")
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), target))
    return target.startswith("/") or reached == ".." or reached.startswith("../") or "\0" in target


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.1f} MiB"


def _shown(lines: list[str]) -> list[str]:
    more = len(lines) - _MAX_SHOWN
    return [*lines[:_MAX_SHOWN], f"... and {more} more like this"] if more > 0 else lines
