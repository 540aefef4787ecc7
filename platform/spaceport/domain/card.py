"""The card of a Space: what the front matter of its README says, checked key by key."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from spaceport.domain.front_matter import read_front_matter

#: Of the templates that ship; who has the templates themselves at hand names theirs.
SDKS = ("gradio", "docker", "streamlit", "static")
COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
MAX_SHORT_DESCRIPTION = 60
MAX_OAUTH_MINUTES = 43_200
MAX_STARTUP_SECONDS = 24 * 3600
CUSTOM_HEADERS = ("cross-origin-embedder-policy", "cross-origin-opener-policy", "cross-origin-resource-policy")

_FULL_VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?", re.ASCII)
_PYTHON_VERSION = re.compile(r"3\.\d{1,2}(?:\.\d{1,3})?", re.ASCII)
_DURATION = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", re.ASCII)

#: A rule looks at a value and says what it must be, or None where all is well.
Rule = Callable[[Any], str | None]


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
        problem = "Missing configuration in README: begin README.md with a block between two lines of ---"
        return CardReading(None, (problem,), has_front_matter=False)
    if matter.problems:
        return CardReading(None, matter.problems)
    values = _as_written(matter.values, matter.spelling)
    problems = check_values(values, sdks)
    if values.get("sdk") is None:
        problems.append(f'"sdk" is required and must be one of [{", ".join(sdks)}]')
    warnings = [f'"{_short(key)}" is not a known key and does nothing' for key in values if key not in _KNOWN]
    if problems:
        return CardReading(None, tuple(problems), tuple(warnings))
    return CardReading(card_from(values), (), tuple(warnings))


def check_values(values: dict[str, Any], sdks: Sequence[str] = SDKS) -> list[str]:
    """What is wrong with the values of a card, one line for each."""
    problems = []
    for key, value in values.items():
        rule = _one_of(sdks) if key == "sdk" else _RULES.get(key)
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


def parse_duration(text: str) -> int | None:
    """Seconds of ``30m``, ``1h``, ``1h30m`` or ``90s``; None when it is none of these or out of range."""
    found = _DURATION.fullmatch(text.strip())
    if not found or not text.strip():
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return total if 0 < total <= MAX_STARTUP_SECONDS else None


def check_app_file(path: Any) -> str | None:
    """What an ``app_file`` must be, or None: it becomes an argument of a command and a path inside the repo."""
    wanted = "must be the path of a file inside the repo, without '..', a leading '/' or '-'"
    if not isinstance(path, str) or not path.strip() or len(path) > 500 or path[0] in "/-~":
        return wanted
    if "\\" in path or any(ord(character) < 32 or ord(character) == 127 for character in path):
        return wanted
    return wanted if any(part in ("", ".", "..", ".git") for part in path.split("/")) else None


def _as_written(values: dict[str, Any], spelling: dict[str, str]) -> dict[str, Any]:
    """``python_version: 3.10`` and ``title: 2048`` mean the text, not the number YAML makes of it."""
    return {
        key: spelling[key] if key in _WRITTEN and key in spelling and isinstance(value, int | float | str) else value
        for key, value in values.items()
    }


def _short(value: Any) -> str:
    text = str(value).replace("\n", " ").replace("\r", " ")
    return text if len(text) <= 100 else text[:100] + "..."


def _one_of(allowed: Iterable[str]) -> Rule:
    choices = tuple(allowed)
    return lambda value: None if value in choices else f"must be one of [{', '.join(choices)}]"


def _is_text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _is_bool(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be a boolean, true or false"


def _is_text_list(value: Any) -> str | None:
    ok = isinstance(value, list) and all(isinstance(item, str | int | float) for item in value)
    return None if ok else "must be a list of strings"


def _is_text_or_list(value: Any) -> str | None:
    return None if isinstance(value, str) or _is_text_list(value) is None else "must be a string or a list of strings"


def _whole_number(lowest: int, highest: int) -> Rule:
    def check(value: Any) -> str | None:
        ok = isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest
        return None if ok else f"must be a whole number from {lowest} to {highest}"

    return check


def _is_short_description(value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be a string"
    limit = MAX_SHORT_DESCRIPTION
    return None if len(value) <= limit else f"length must be less than or equal to {limit} characters long"


def _is_sdk_version(value: Any) -> str | None:
    ok = isinstance(value, str) and len(value) <= 40 and _FULL_VERSION.fullmatch(value)
    return None if ok else "must be a full version x.y.z, such as 6.31.0"


def _is_python_version(value: Any) -> str | None:
    ok = isinstance(value, str) and _PYTHON_VERSION.fullmatch(value)
    return None if ok else "must be a Python version 3.x or 3.x.y"


def _is_base_path(value: Any) -> str | None:
    ok = isinstance(value, str) and value.startswith("/") and not value.startswith("//") and value.isprintable()
    return None if ok else "must be a path that starts with /"


def _is_duration(value: Any) -> str | None:
    ok = isinstance(value, str) and parse_duration(value)
    return None if ok else "must be a duration such as 30m or 1h, at most 24h"


def _is_custom_headers(value: Any) -> str | None:
    ok = isinstance(value, dict) and all(key in CUSTOM_HEADERS and isinstance(value[key], str) for key in value)
    return None if ok else f"must be a map with keys among [{', '.join(CUSTOM_HEADERS)}], all lower case"


_RULES: dict[str, Rule] = {
    "title": _is_text,
    "emoji": _is_text,
    "colorFrom": _one_of(COLORS),
    "colorTo": _one_of(COLORS),
    "sdk": _one_of(SDKS),
    "sdk_version": _is_sdk_version,
    "python_version": _is_python_version,
    "app_file": check_app_file,
    "app_build_command": _is_text,
    "app_port": _whole_number(1, 65535),
    "base_path": _is_base_path,
    "fullWidth": _is_bool,
    "header": _one_of(("default", "mini")),
    "short_description": _is_short_description,
    "models": _is_text_list,
    "datasets": _is_text_list,
    "tags": _is_text_list,
    "thumbnail": _is_text,
    "pinned": _is_bool,
    "license": _is_text_or_list,
    "suggested_hardware": _is_text,
    "suggested_storage": _one_of(("small", "medium", "large")),
    "hf_oauth": _is_bool,
    "hf_oauth_scopes": _is_text_list,
    "hf_oauth_expiration_minutes": _whole_number(1, MAX_OAUTH_MINUTES),
    "hf_oauth_authorized_org": _is_text_or_list,
    "disable_embedding": _is_bool,
    "startup_duration_timeout": _is_duration,
    "custom_headers": _is_custom_headers,
    "preload_from_hub": _is_text_list,
    "duplicated_from": _is_text,
}
#: Keys of cards that mean nothing to a Space but are not worth a warning.
_KNOWN = frozenset(_RULES) | {"language", "library_name", "pipeline_tag", "region", "license_name", "license_link"}
_WRITTEN = frozenset({"title", "emoji", "sdk_version", "python_version", "short_description"})
