"""A copy of a repo's git folder, under an id of its own."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pygit2

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import Unavailable
from spaceport.repos.creation import write_own_attributes
from spaceport.repos.finding import folder_of, kind_of
from spaceport.repos.git_command import git_arguments, git_environment
from spaceport.repos.paths import hooks_dir, repo_path, repos_dir
from spaceport.repos.publish import main_sha
from spaceport.repos.tree import open_repo
from spaceport.services import Services

#: How long copying a repo may take.
_CLONE_SECONDS = 600


def copy_git(
    services: Services, source: Space | Repo, new_id: str, finish: Callable[[Any], None] | None = None
) -> str | None:
    """
    Branches and tags under a name that nobody reads; then ``finish``, with the open repo, and the rename.

    Returns where ``main`` is. Raises: Unavailable.
    """
    data_dir, kind = services.settings.data_dir, kind_of(source)
    temporary = repos_dir(data_dir, kind) / f".{new_id}.new"
    # Without --no-local git links the object files themselves, those that no branch leads to included.
    options = ("clone", "--quiet", "--bare", "--no-local", "--template=")
    arguments = git_arguments(hooks_dir(data_dir), services.settings.max_push_bytes)
    try:
        subprocess.run(
            [*arguments, *options, str(folder_of(services, source)), str(temporary)],
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CLONE_SECONDS,
            check=True,
        )
        _tidy(temporary, finish)
        temporary.rename(repo_path(data_dir, new_id, kind))
    except (subprocess.SubprocessError, pygit2.GitError, OSError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise Unavailable(f"the repo of {source.full_name} could not be copied: try again") from error
    return main_sha(services, new_id, kind)


def _tidy(folder: Path, finish: Callable[[Any], None] | None) -> None:
    write_own_attributes(folder)
    repo = open_repo(folder)
    try:
        repo.remotes.delete("origin")
        if finish is not None:
            finish(repo)
    finally:
        repo.free()
