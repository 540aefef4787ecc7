"""The checks at the door: whether refs may move, whoever moves them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.files import describe_hidden_files, describe_large_objects
from spaceport.repos.finding import folder_of
from spaceport.repos.large_files import check_new_pointers
from spaceport.repos.paths import MAIN
from spaceport.repos.publish import inspect
from spaceport.repos.refs import Moved
from spaceport.repos.repo_pushes import check_repo_commit
from spaceport.repos.tree import NewObjects, new_objects
from spaceport.repos.tree_size import check_tips
from spaceport.services import Services

#: Of one push; whoever looks at a pull request walks through all of them.
_MAX_NEW_COMMITS = 100_000


@dataclass(frozen=True)
class Verdict:
    """
    What was found in new commits. ``problems`` refuse them, ``warnings`` never do.

    What is ``missing`` refuses a push, whose author sees why, but no commit over the API: its files come in several.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def check_commits(services: Services, repo: Space | Repo, moved: Sequence[Moved], quarantine: Path | None) -> Verdict:
    """Nothing has moved yet: new objects are in ``quarantine``. Raises: RevisionNotFound."""
    main = next((each.new for each in moved if each.ref == MAIN and not each.is_deletion), None)
    limit = services.settings.max_file_bytes
    # Whatever branch it is on and whether or not a later commit removed it: it would be stored for ever.
    new = new_objects(quarantine, limit) if quarantine is not None else NewObjects()
    if new.others:
        return Verdict((describe_large_objects(new.others, limit),))
    if new.commits > _MAX_NEW_COMMITS:
        return Verdict((f"{new.commits:,} new commits are too many for one push: push older ones of them first",))
    # Whatever a ref is at will be listed, compared and merged.
    if too_large := check_tips(folder_of(services, repo), moved, quarantine):
        return Verdict(tuple(too_large))
    found = _check_main(services, repo, main, quarantine) if main is not None else Verdict()
    problems = list(found.problems)
    if not problems and new.files:
        problems.append(describe_hidden_files(new.files, limit))
    if not problems:
        problems += check_new_pointers(services, repo, moved, quarantine)
    return replace(found, problems=tuple(problems))


def _check_main(services: Services, repo: Space | Repo, sha: str, quarantine: Path | None) -> Verdict:
    """The commit that ``main`` would be at."""
    if not isinstance(repo, Space):
        refusing, warnings = check_repo_commit(services, repo, sha, quarantine)
        return Verdict(tuple(refusing), tuple(warnings))
    inspection, _ = inspect(services, repo.id, sha, quarantine)
    missing = inspection.missing
    problems = tuple(line for line in inspection.problems if line not in missing)
    return Verdict(problems, inspection.warnings, missing)
