"""Puts right what a killed hub left behind: pushes nobody published, repos without a Space, stale locks."""

import shutil
import time
from pathlib import Path

import pygit2
import structlog

from spaceport.deployments import record_repair
from spaceport.domain.repo import RepoHead, RepoType
from spaceport.domain.space import Desired
from spaceport.errors import SpaceportError
from spaceport.repos.describing import describe_space
from spaceport.repos.paths import MAIN, repo_path, repos_dir, trash_dir
from spaceport.repos.publish import inspect, main_sha, publish_main
from spaceport.repos.repo_pushes import publish_repo
from spaceport.services import Services

log = structlog.get_logger()
#: How long bootstrap waits between two rounds.
INTERVAL_SECONDS = 30
#: Longer than any push may take, so that nothing is taken away from one that is going on.
_STALE_SECONDS = 2 * 3600
_SLACK_SECONDS = 600
_TRASH_SECONDS = 7 * 24 * 3600


def repair_unpublished(services: Services) -> int:
    """Publish every ``main`` that moved without anybody hearing of it; returns how many."""
    with services.database.read() as tx:
        spaces = [space for space in tx.spaces.all() if space.desired is not Desired.DELETED]
    published = 0
    for space in spaces:
        try:
            if not space.tags:
                # From before there were tags: every Space has some.
                readme = inspect(services, space.id, space.head_sha)[0].readme if space.head_sha else ""
                with services.database.begin() as tx:
                    describe_space(tx, tx.spaces.get(space.id) or space, readme)
            sha = main_sha(services, space.id)
            if sha is not None and sha != space.head_sha and publish_main(services, space.id, space.owner):
                log.info("published a push that a stopped hub had missed", space=space.full_name, sha=sha)
                with services.database.begin() as tx:
                    now = services.clock.now()
                    record_repair(tx, space.id, now, f"a stopped hub had missed the push of {sha[:7]}: taken up")
                published += 1
        except (SpaceportError, pygit2.GitError, KeyError) as error:
            # One damaged repo must not keep the others from being repaired.
            log.warning("could not publish", space=space.full_name, error=str(error))
    return published


class RepairOfRepos:
    """
    The same for models and datasets, of which there may be many: the first round looks into each, later ones only
    where a branch moved since the repo was last published.
    """

    def __init__(self) -> None:
        self._is_first = True

    def publish_missed(self, services: Services) -> int:
        with services.database.read() as tx:
            heads = tx.repos.heads()
        published = 0
        for head in heads:
            try:
                if self._is_first or not head.is_described or _may_have_moved(services.settings.data_dir, head):
                    published += _publish(services, head)
            except (SpaceportError, pygit2.GitError, KeyError) as error:
                log.warning("could not publish", repo=head.id, error=str(error))
        self._is_first = False
        return published


def _publish(services: Services, head: RepoHead) -> bool:
    sha = main_sha(services, head.id, head.type)
    # One that was never described is from before there were tags.
    is_missed = sha is not None and (sha != head.head_sha or not head.is_described)
    return is_missed and publish_repo(services, head.id) is not None


def _may_have_moved(data_dir: Path, head: RepoHead) -> bool:
    """A push that arrives while another one is published is older than that one's time: hence the slack."""
    branch = repo_path(data_dir, head.id, head.type) / MAIN
    try:
        moved_at = branch.stat().st_mtime
    except FileNotFoundError:
        # Packed, or not there at all.
        return True
    return moved_at > head.modified_at.timestamp() - _SLACK_SECONDS


def clear_leftovers(services: Services, stale_seconds: float = _STALE_SECONDS) -> None:
    """
    Move repos without a row to the trash, empty old trash, remove locks of git processes that died with the machine.

    Repos wait in the trash for a week: a database that was lost or swapped must not take the code with it.
    """
    data_dir = services.settings.data_dir
    oldest = time.time() - stale_seconds
    with services.database.read() as tx:
        ids = [*(space.id for space in tx.spaces.all()), *(head.id for head in tx.repos.heads())]
    known = {repo_path(data_dir, repo_id).name for repo_id in ids}
    for folder in (folder for kind in RepoType for folder in repos_dir(data_dir, kind).glob("*")):
        if folder.name in known:
            _remove_stale_locks(folder, oldest)
        elif _modified_at(folder) < oldest:
            trash_dir(data_dir).mkdir(parents=True, exist_ok=True)
            target = trash_dir(data_dir) / f"{time.time_ns()}-{folder.name}"
            folder.rename(target)
            log.info("moved a repo that nothing belongs to to the trash", repo=folder.name)
    for folder in trash_dir(data_dir).glob("*"):
        if _moved_at(folder) < time.time() - _TRASH_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_stale_locks(repo: Path, oldest: float) -> None:
    candidates = [*repo.glob("*.lock"), *(repo / "refs").rglob("*.lock")]
    for lock in candidates:
        if _modified_at(lock) < oldest:
            lock.unlink(missing_ok=True)
            log.info("removed a stale lock", repo=repo.name, lock=lock.name)


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _moved_at(path: Path) -> float:
    """Seconds since the epoch at which ``clear_leftovers`` put a repo into the trash: the first part of its name."""
    stamp = path.name.partition("-")[0]
    return int(stamp) / 1e9 if stamp.isdigit() else time.time()
