"""The card of a Space: what the front matter of its README says, checked key by key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spaceport.domain.card_hints import hints, means_nothing
from spaceport.domain.card_rules import COLORS, RULES, SDKS, check_app_file, one_of, parse_duration
from spaceport.domain.front_matter import read_front_matter

__all__ = [
    "COLORS",
    "KNOWN",
    "SDKS",
    "Card",
    "CardReading",
    "card_from",
    "check_app_file",
    "check_values",
    "parse_duration",
    "read_card",
]


@dataclass(frozen=True)
class Card:
    """
    ``raw`` is the whole front matter, safe to store as JSON, with versions and titles as they were written.

    ``app_file`` is a path inside the repo, ``startup_timeout_seconds`` None where the card names none.
    """

    sdk: str
    sdk_version: str | None = None
    python_version: str | None = None
    app_file: str | None = None
    app_port: int | None = None
    title: str | None = None
    emoji: str | None = None
    color_from: str | None = None
    color_to: str | None = None
    short_description: str | None = None
    base_path: str = "/"
    startup_timeout_seconds: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CardReading:
    """``card`` is None when there are ``problems``; ``warnings`` never refuse anything."""

    card: Card | None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    has_front_matter: bool = True


def read_card(readme: str, sdks: Sequence[str] = SDKS) -> CardReading:
    """
    The card in a README of a Space.

    Each problem is one line naming the key, what is allowed and the value given.

    Source: spaces-reference.md section 1.3 (keys, and the messages that were seen).
    """
    matter = read_front_matter(readme)
    if matter.block is None:
        missing = "Missing configuration in README: begin README.md with a block between two lines of ---"
        return CardReading(None, matter.problems or (missing,), has_front_matter=False)
    if matter.problems:
        return CardReading(None, matter.problems)
    values = _as_written(matter.values, matter.spelling)
    problems = check_values(values, sdks)
    if values.get("sdk") is None:
        problems.append(f'"sdk" is required and must be one of [{", ".join(sdks)}]')
    warnings = [f'"{_short(key)}" is not a known key and does nothing' for key in values if key not in KNOWN]
    warnings += hints(values)
    if problems:
        return CardReading(None, tuple(problems), tuple(warnings))
    return CardReading(card_from(values), (), tuple(warnings))


def check_values(values: dict[str, Any], sdks: Sequence[str] = SDKS) -> list[str]:
    """What is wrong with the values of a card, one line for each."""
    problems = []
    for key, value in values.items():
        if key == "sdk_version" and isinstance(value, str) and means_nothing(key, values.get("sdk")):
            continue
        rule = one_of(sdks) if key == "sdk" else RULES.get(key)
        complaint = rule(value) if rule and value is not None else None
        if complaint:
            problems.append(f'"{key}" {complaint}; given: {_short(value)}')
    return problems


def card_from(values: dict[str, Any]) -> Card:
    """The card of values that passed ``check_values``, such as the ``raw`` of another card."""
    return Card(
        sdk=values["sdk"],
        sdk_version=values.get("sdk_version"),
        python_version=values.get("python_version"),
        app_file=values.get("app_file"),
        app_port=values.get("app_port"),
        title=values.get("title"),
        emoji=values.get("emoji"),
        color_from=values.get("colorFrom"),
        color_to=values.get("colorTo"),
        short_description=values.get("short_description"),
        base_path=values.get("base_path") or "/",
        startup_timeout_seconds=parse_duration(values.get("startup_duration_timeout") or ""),
        raw=values,
    )


def _as_written(values: dict[str, Any], spelling: dict[str, str]) -> dict[str, Any]:
    """``python_version: 3.10`` and ``title: 2048`` mean the text, not the number YAML makes of it."""
    return {
        key: spelling[key] if key in _WRITTEN and key in spelling and isinstance(value, int | float | str) else value
        for key, value in values.items()
    }


def _short(value: Any) -> str:
    text = str(value).replace("\n", " ").replace("\r", " ")
    return text if len(text) <= 100 else text[:100] + "..."


#: Keys of cards that mean nothing to a Space but are not worth a warning.
KNOWN = frozenset(RULES) | {"language", "library_name", "pipeline_tag", "region", "license_name", "license_link"}
_WRITTEN = frozenset({"title", "emoji", "sdk_version", "python_version", "short_description"})
