"""Where in a repo a page of its files stands, and where else there is to go."""

from typing import Any

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.branches import list_refs
from spaceport.repos.finding import folder_of
from spaceport.services import Services
from spaceport.web.file_view import url_of

#: Branches and tags to choose from; others are reached by address.
_MAX_REFS = 100


def place_of(services: Services, repo: Space | Repo, revision: str, sha: str, path: str) -> dict[str, Any]:
    """What ``_file_crumbs.html`` needs. Raises: RevisionNotFound."""
    refs = list_refs(folder_of(services, repo))
    names = path.split("/") if path else []
    return {
        "revision": revision,
        "revision_url": url_of(revision),
        "sha": sha,
        "file_path": path,
        "path_url": url_of(path, keep="/"),
        "crumbs": [(name, url_of("/".join(names[: place + 1]), keep="/")) for place, name in enumerate(names)],
        "branches": [ref.name for ref in refs.branches[:_MAX_REFS]],
        "tags_of_repo": [ref.name for ref in refs.tags[:_MAX_REFS]],
    }
