"""The files of repos: all of a commit, and those below a folder. Source: hub-api.md section 6."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request

from spaceport.api.hub_path import revision_and_path
from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import EntryNotFound, SpaceNotFound
from spaceport.identity import caller_of
from spaceport.repos.finding import find_any
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree import Entry, GitTree, Kind
from spaceport.services import Services


def make_repo_info_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_tree(router, services, kind)
    return router


def find_readable(services: Services, caller: Caller, kind: RepoType, owner: str, name: str) -> Space | Repo:
    """Raises: SpaceNotFound for what is absent and what is private alike."""
    with services.database.read() as tx:
        repo = find_any(tx, kind, owner, name)
    if repo is None:
        raise SpaceNotFound(f"no {kind} of that name")
    require(caller, Action.READ, repo)
    return repo


def _add_tree(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.get(f"/api/{kind.plural}/{{owner}}/{{name}}/tree/{{rest:path}}")
    def tree(owner: str, name: str, rest: str, request: Request, recursive: bool = False) -> list[dict[str, Any]]:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        revision, path = revision_and_path(request, "tree")
        folder = repo_path(services.settings.data_dir, repo.id, kind)
        with GitTree(folder, resolve_revision(folder, revision)) as commit:
            return tree_json(commit, path.strip("/"), recursive)


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


def tree_json(tree: GitTree, below: str, recursive: bool) -> list[dict[str, Any]]:
    """
    Files and folders below a folder, by path.

    Raises: EntryNotFound when nothing is there.

    Source: hub-api.md section 6.1.
    """
    prefix = f"{below}/" if below else ""
    rows: dict[str, dict[str, Any]] = {}
    for entry in tree.entries():
        shown = entry.path or entry.shown
        if not shown.startswith(prefix):
            continue
        parts = shown[len(prefix) :].split("/")
        for depth in range(1, len(parts)) if recursive else range(1, min(2, len(parts))):
            folder = prefix + "/".join(parts[:depth])
            rows.setdefault(folder, {"type": "directory", "oid": "", "size": 0, "path": folder})
        if recursive or len(parts) == 1:
            rows[shown] = {"type": "file", "oid": entry.object_id, "path": shown, **size_json(tree, entry)}
    if below and not rows:
        raise EntryNotFound(f"no folder {below[:200]!r}")
    return [rows[path] for path in sorted(rows)]
