"""The files of one commit as a tar, for the runner that builds it: large files as themselves."""

import hmac
import re
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from spaceport.domain.source import source_token
from spaceport.errors import RevisionNotFound
from spaceport.repos.filled_archive import filled_archive
from spaceport.repos.git_command import git_arguments, git_environment
from spaceport.repos.git_process import GitCommand, GitResponse
from spaceport.repos.large_files import usable_files
from spaceport.repos.paths import hooks_dir, repo_path
from spaceport.repos.tree import GitTree, TreeTooLarge
from spaceport.services import Services

_ID = re.compile(r"[0-9a-f]{24}")
_SHA = re.compile(r"[0-9a-f]{40}")
_LIMIT_SECONDS = 600.0


def make_archive_router(services: Services) -> APIRouter:
    """``domain.source.source_path``; the token opens one commit of one Space and nothing else."""
    router = APIRouter(include_in_schema=False)

    @router.get("/internal/commits/{space_id}/{sha}.tar")
    def archive(space_id: str, sha: str, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        expected = source_token(services.internal_secret, space_id, sha)
        is_right = scheme == "Bearer" and hmac.compare_digest(token.encode(), expected.encode())
        if not is_right or not _ID.fullmatch(space_id) or not _SHA.fullmatch(sha):
            return PlainTextResponse("this address needs the token of the commit\n", 401)
        repo = repo_path(services.settings.data_dir, space_id)
        if not repo.is_dir():
            return PlainTextResponse("the Space is gone\n", 404)
        command = GitCommand(
            arguments=[
                *git_arguments(hooks_dir(services.settings.data_dir), services.settings.max_push_bytes),
                f"--git-dir={repo}",
                "archive",
                "--format=tar",
                sha,
            ],
            environment=git_environment(),
            limit_seconds=_LIMIT_SECONDS,
            must_succeed=True,
        )
        large_files = usable_files(services, space_id)
        if not large_files or not _names_large_files(repo, sha):
            return GitResponse(command, "application/x-tar")
        content = filled_archive(command.arguments, command.environment, services.objects, large_files)
        return StreamingResponse(content, media_type="application/x-tar")

    return router


def _names_large_files(repo: Path, sha: str) -> bool:
    try:
        with GitTree(repo, sha) as tree:
            return any(tree.pointer(entry.object_id, entry.size_bytes) for entry in tree.entries())
    except (RevisionNotFound, TreeTooLarge):
        return False
