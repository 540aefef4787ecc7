"""A repo that the caller may read, and all its files at a commit. Source: hub-api.md section 5.2."""

from pathlib import Path
from typing import Any

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import SpaceMoved, SpaceNotFound
from spaceport.renames import named_any
from spaceport.repos.tree import Entry, GitTree, Kind
from spaceport.services import Services


def find_readable(services: Services, caller: Caller, kind: RepoType, owner: str, name: str) -> Space | Repo:
    """Raises: SpaceNotFound for what is absent and what is private alike; SpaceMoved."""
    with services.database.read() as tx:
        repo = named_any(tx, caller, kind, owner, name)
    if repo is None:
        raise SpaceNotFound(f"no {kind} of that name")
    require(caller, Action.READ, repo)
    return repo


def find_by_present_name(
    services: Services, caller: Caller, kind: RepoType, owner: str, name: str, action: Action
) -> Space | Repo:
    """
    For names that stand in a body: a redirect could not lead anywhere, and nothing is deleted by an old name.

    Raises: SpaceNotFound, and as ``require``.
    """
    try:
        repo = find_readable(services, caller, kind, owner, name)
    except SpaceMoved as error:
        raise SpaceNotFound(str(error)) from error
    require(caller, action, repo)
    return repo


def siblings_json(folder: Path, sha: str, blobs: bool) -> list[dict[str, Any]]:
    """All files of a commit, with their sizes and ids when ``blobs`` asks for them."""
    with GitTree(folder, sha) as tree:
        entries = sorted(tree.entries(), key=lambda entry: entry.shown)
        if not blobs:
            return [{"rfilename": entry.path or entry.shown} for entry in entries]
        sizes = [(entry, size_json(tree, entry)) for entry in entries]
    rows = []
    for entry, size in sizes:
        row = {"rfilename": entry.path or entry.shown, "size": size["size"], "blobId": entry.object_id}
        if "lfs" in size:
            row["lfs"] = {"sha256": size["lfs"]["oid"], **{key: size["lfs"][key] for key in ("size", "pointerSize")}}
        rows.append(row)
    return rows


def size_json(tree: GitTree, entry: Entry) -> dict[str, Any]:
    """``size`` of a file, and ``lfs`` where a pointer stands for it: its own size then, not the pointer's."""
    pointer = tree.pointer(entry.object_id, entry.size_bytes) if entry.kind is Kind.FILE else None
    if pointer is None:
        return {"size": entry.size_bytes}
    lfs = {"oid": pointer.sha256, "size": pointer.size_bytes, "pointerSize": entry.size_bytes}
    return {"size": pointer.size_bytes, "lfs": lfs}
