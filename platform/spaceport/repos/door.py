"""The checks at the door: whether refs may move, whoever moves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.files import describe_hidden_files, describe_large_objects
from spaceport.repos.large_files import check_new_pointers
from spaceport.repos.paths import MAIN
from spaceport.repos.publish import inspect
from spaceport.repos.refs import Moved
from spaceport.repos.repo_pushes import check_repo_push
from spaceport.repos.tree import large_new_objects
from spaceport.services import Services


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
    if not isinstance(repo, Space):
        return Verdict(tuple(check_repo_push(services, repo, main, quarantine)))
    limit = services.settings.max_file_bytes
    # Whatever branch it is on and whether or not a later commit removed it: it would be stored for ever.
    files, others = large_new_objects(quarantine, limit) if quarantine is not None else ([], [])
    if others:
        return Verdict((describe_large_objects(others, limit),))
    problems: list[str] = []
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    if main is not None:
        inspection, _ = inspect(services, repo.id, main, quarantine)
        warnings, missing = inspection.warnings, inspection.missing
        problems += [line for line in inspection.problems if line not in missing]
    if not problems and files:
        problems.append(describe_hidden_files(files, limit))
    if not problems and quarantine is not None:
        problems += check_new_pointers(services, repo.id, quarantine)
    return Verdict(tuple(problems), warnings, missing)
