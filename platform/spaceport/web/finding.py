"""Spaces, builds and releases by what an address names, for who may see them."""

from collections.abc import Sequence

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.build import Build
from spaceport.domain.release import Release
from spaceport.domain.repo import Repo
from spaceport.domain.space import Desired, Space
from spaceport.errors import BuildNotFound, NotFound, SpaceNotFound
from spaceport.interfaces import Transaction
from spaceport.renames import named


def find_space(tx: Transaction, caller: Caller, owner: str, name: str, action: Action = Action.READ) -> Space:
    """
    The Space of that name.

    Raises: SpaceNotFound also for one that the caller may not see or that is being deleted; SpaceMoved;
    NotAuthenticated; AccessDenied.
    """
    space = named(tx, caller, owner, name)
    if space is None or space.desired is Desired.DELETED:
        raise SpaceNotFound(f"no Space {owner}/{name}")
    require(caller, action, space)
    return space


def find_build(tx: Transaction, space: Space, build_id: str) -> Build:
    """Raises: BuildNotFound also for a build of another Space."""
    build = tx.builds.get(build_id)
    if build is None or build.space_id != space.id:
        raise BuildNotFound(f"no build {build_id} of {space.full_name}")
    return build


def find_release(tx: Transaction, space: Space, number: int) -> Release:
    """Raises: NotFound."""
    # Larger numbers than a column holds are an error of the database, not an answer.
    release = tx.releases.by_number(space.id, number) if 0 < number < 2**31 else None
    if release is None:
        raise NotFound(f"{space.full_name} has no release {number}")
    return release


def repos_by_ids(tx: Transaction, repo_ids: Sequence[str]) -> dict[str, Space | Repo]:
    """Spaces, models and datasets that are there, by id; rights are the caller's business."""
    found: list[Space | Repo] = [*tx.spaces.by_ids(repo_ids), *tx.repos.by_ids(repo_ids)]
    return {repo.id: repo for repo in found}
