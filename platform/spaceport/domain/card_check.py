"""Cards of all three types of repos, read and checked the same way at push, at commit and when a client asks first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spaceport.domain.card import read_card
from spaceport.domain.card_rules import SDKS
from spaceport.domain.front_matter import FrontMatter, read_front_matter
from spaceport.domain.repo import RepoType
from spaceport.domain.repo_card import check_repo_values, repo_hints

NO_CARD = "empty or missing yaml metadata in repo card"
#: Keys whose value is the text as it was written: ``pretty_name: 2048`` is no number.
_WRITTEN = frozenset({"pretty_name", "license_name", "pipeline_tag", "library_name", "new_version"})


@dataclass(frozen=True)
class CardCheck:
    """
    What the front matter of a README says, safe to store, and what is to be said of it.

    ``problems`` refuse a push and a commit; each names the key, what is allowed and the value given.
    """

    values: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check_readme(readme: str, kind: RepoType, sdks: Sequence[str] = SDKS) -> CardCheck:
    """
    Pure. Of a README without front matter only a warning is given; that a Space needs one is not said here.

    One that never ends refuses nothing but a Space: what was meant may be a ruler.
    """
    matter = read_front_matter(readme)
    if matter.block is None and (kind is not RepoType.SPACE or not matter.problems):
        return CardCheck(warnings=matter.problems or (NO_CARD,))
    if kind is RepoType.SPACE:
        reading = read_card(readme, sdks)
        return CardCheck(reading.card.raw if reading.card else {}, reading.problems, reading.warnings)
    if matter.problems:
        return CardCheck(matter.values, matter.problems)
    values = _as_meant(matter)
    return CardCheck(values, tuple(check_repo_values(kind, values)), tuple(repo_hints(kind, values)))


def _as_meant(matter: FrontMatter) -> dict[str, Any]:
    """YAML takes ``2048`` for a number, and the ``no`` of Norwegian for false."""
    values = {
        key: matter.spelling.get(key, value) if key in _WRITTEN and isinstance(value, int | float | str) else value
        for key, value in matter.values.items()
    }
    language = values.get("language")
    if language is False:
        values["language"] = "no"
    elif isinstance(language, list):
        values["language"] = ["no" if each is False else each for each in language]
    return values
