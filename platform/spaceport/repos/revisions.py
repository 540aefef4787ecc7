"""From what clients call a revision to a commit."""

import re
from pathlib import Path

import pygit2

from spaceport.errors import RevisionNotFound
from spaceport.repos.tree import open_repo

_SHORT_OR_FULL_SHA = re.compile(r"[0-9a-f]{7,40}")


def resolve_revision(repo_path: Path, revision: str) -> str:
    """
    The commit of a branch, a tag, a full ref, or a full or short commit id; a branch wins over a tag.

    Never hands the text to git's own revision syntax, which could read any object of the repo.

    Raises: RevisionNotFound.

    Source: hub-api.md section 2.2.
    """
    try:
        repo = open_repo(repo_path)
    except pygit2.GitError as error:
        raise RevisionNotFound(f"no revision {revision[:100]!r}") from error
    try:
        candidates = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if revision.startswith(("refs/heads/", "refs/tags/", "refs/pr/", "refs/convert/")):
            candidates.insert(0, revision)
        for name in candidates:
            if pygit2.reference_is_valid_name(name) and name in repo.references:
                return str(repo.references[name].peel(pygit2.Commit).id)
        if _SHORT_OR_FULL_SHA.fullmatch(revision) and revision in repo:
            return str(repo[revision].peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise RevisionNotFound(f"no revision {revision[:100]!r}") from error
    finally:
        repo.free()
    raise RevisionNotFound(f"no revision {revision[:100]!r}")
