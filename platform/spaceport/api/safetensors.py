"""The headers of all safetensors files of a model at once. Source: hub-api.md section 8.2."""

from typing import Any

from fastapi import APIRouter, Request

from spaceport.api.repo_info import find_readable
from spaceport.domain.access import Action, require
from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest, EntryNotFound
from spaceport.identity import caller_of
from spaceport.repos.large_files import usable_files
from spaceport.repos.metadata import LargeFiles, TreeFiles
from spaceport.repos.metadata.repo_files import read_json
from spaceport.repos.metadata.safetensors import header_of, shards_of
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree import GitTree
from spaceport.services import Services

#: Tensors that are told of by one answer.
_MAX_TENSORS = 200_000


def make_safetensors_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/api/models/{owner}/{name}/safetensors-metadata/{path:path}")
    def headers(owner: str, name: str, path: str, request: Request) -> dict[str, Any]:
        """Of a file on ``main``, or of all that an index names."""
        caller = caller_of(request)
        repo = find_readable(services, caller, RepoType.MODEL, owner, name)
        require(caller, Action.FETCH, repo)
        folder = repo_path(services.settings.data_dir, repo.id, RepoType.MODEL)
        large = LargeFiles(services.objects, usable_files(services, repo.id))
        with GitTree(folder, resolve_revision(folder, "main")) as tree:
            return _headers_json(TreeFiles(tree, list(tree.entries()), large), path)

    return router


def _headers_json(files: TreeFiles, path: str) -> dict[str, Any]:
    """Without the names of tensors in an index, which the headers repeat. Raises: EntryNotFound, BadRequest."""
    if path not in files.paths:
        raise EntryNotFound(f"no file {path[:200]!r} in this commit")
    is_index = path.endswith(".index.json")
    found: dict[str, dict[str, Any]] = {}
    for shard in shards_of(files, path) if is_index else [path]:
        header = header_of(files, shard)
        if header is None:
            raise BadRequest(f"{shard[:200]} is no safetensors file, or not here")
        found[shard] = header
        if sum(map(len, found.values())) > _MAX_TENSORS:
            raise BadRequest(f"these files have more than {_MAX_TENSORS:,} tensors: ask for one file at a time")
    if not is_index:
        return {"headers": found}
    index = {key: value for key, value in read_json(files, path).items() if key != "weight_map"}
    return {"headers": found, "index": index}
