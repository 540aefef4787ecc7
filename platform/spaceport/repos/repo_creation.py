"""A new model or dataset: its row, and its repo with the first commit."""

import shutil
from typing import Any

import pygit2

from spaceport.domain.account import Caller
from spaceport.domain.names import check_name, new_id
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import AlreadyExists
from spaceport.repos.creation import (
    FIRST_MESSAGE,
    binary_attributes,
    namespace_of,
    signature_of,
    write_own_attributes,
)
from spaceport.repos.paths import repo_path, repos_dir
from spaceport.services import Services


def create_repo(
    services: Services, caller: Caller, kind: RepoType, name: str, owner: str | None = None, private: bool = False
) -> Repo:
    """
    Make a model or dataset. The repo is there before the row, as with Spaces.

    Raises: NotAuthenticated, AccessDenied, InvalidName, UserNotFound, AlreadyExists.
    """
    namespace = namespace_of(services, caller, owner)
    check_name(name, f"{kind} name")
    now, repo_id = services.clock.now(), new_id()
    sha = _make_repo(services, kind, repo_id, namespace.name)
    repo = Repo(repo_id, kind, namespace.id, namespace.name, name, private, now, now, sha)
    try:
        with services.database.begin() as tx:
            if tx.repos.by_name(kind, namespace.name, name) is not None:
                raise AlreadyExists(f"You already created this {kind} repo: {repo.full_name}")
            tx.repos.add(repo)
    except BaseException:
        shutil.rmtree(repo_path(services.settings.data_dir, repo_id, kind), ignore_errors=True)
        raise
    return repo


def remove_repo(services: Services, repo_id: str) -> None:
    """The row goes now, and with it every way to the repo; the folder follows by way of the trash."""
    with services.database.begin() as tx:
        tx.repos.remove(repo_id)


def _make_repo(services: Services, kind: RepoType, repo_id: str, author: str) -> str:
    """Build the repo under a name that nobody reads, then rename it; returns the commit."""
    final = repo_path(services.settings.data_dir, repo_id, kind)
    temporary = repos_dir(services.settings.data_dir, kind) / f".{repo_id}.new"
    temporary.parent.mkdir(parents=True, exist_ok=True)
    repo: Any = pygit2.init_repository(str(temporary), bare=True, initial_head="main")
    try:
        write_own_attributes(temporary)
        builder = repo.TreeBuilder()
        builder.insert(".gitattributes", repo.create_blob(binary_attributes().encode()), pygit2.enums.FileMode.BLOB)
        signature = signature_of(author)
        sha = str(repo.create_commit("refs/heads/main", signature, signature, FIRST_MESSAGE, builder.write(), []))
    finally:
        repo.free()
    temporary.rename(final)
    return sha
