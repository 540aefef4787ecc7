"""What each key of a card must be, in the words of the refusal."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from spaceport.domain.licenses import check_license

#: Of the templates that ship; who has the templates themselves at hand names theirs.
SDKS = ("gradio", "docker", "streamlit", "static")
COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
MAX_SHORT_DESCRIPTION = 60
MAX_OAUTH_MINUTES = 43_200
MAX_STARTUP_SECONDS = 24 * 3600
#: Name of a header -> its values. Source: spaces-reference.md section 1.3; MDN, the pages of the three headers.
CUSTOM_HEADERS = {
    "cross-origin-embedder-policy": ("unsafe-none", "require-corp", "credentialless"),
    "cross-origin-opener-policy": ("unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"),
    "cross-origin-resource-policy": ("same-site", "same-origin", "cross-origin"),
}

_FULL_VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?", re.ASCII)
_PYTHON_VERSION = re.compile(r"3\.\d{1,2}(?:\.\d{1,3})?", re.ASCII)
_DURATION = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", re.ASCII)
_PRELOADED = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}(?: [^\s,]+(?:,[^\s,]+)*)?(?: \S+)?", re.ASCII)

#: A rule looks at a value and says what it must be, or None where all is well.
Rule = Callable[[Any], str | None]


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


def one_of(allowed: Iterable[str]) -> Rule:
    """The rule of a key with a few values."""
    choices = tuple(allowed)
    return lambda value: None if value in choices else f"must be one of [{', '.join(choices)}]"


def is_text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def is_bool(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be a boolean, true or false"


def is_text_list(value: Any) -> str | None:
    ok = isinstance(value, list) and all(isinstance(item, str | int | float) for item in value)
    return None if ok else "must be a list of strings"


def is_text_or_list(value: Any) -> str | None:
    return None if isinstance(value, str) or is_text_list(value) is None else "must be a string or a list of strings"


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
    ok = isinstance(value, dict) and all(key in CUSTOM_HEADERS for key in value)
    if not ok:
        return f"must be a map with keys among [{', '.join(CUSTOM_HEADERS)}], all lower case"
    for name, given in value.items():
        if given not in CUSTOM_HEADERS[name]:
            return f"must give {name} one of [{', '.join(CUSTOM_HEADERS[name])}], all lower case"
    return None


def _is_emoji(value: Any) -> str | None:
    """Flags and families are many characters long; none of them is a letter of ours."""
    ok = isinstance(value, str) and len(value) <= 32 and not any(each.isascii() and each.isalpha() for each in value)
    return None if ok else "must be one emoji"


def _is_preload_list(value: Any) -> str | None:
    ok = isinstance(value, list) and all(isinstance(item, str) and _PRELOADED.fullmatch(item) for item in value)
    return (
        None if ok else 'must be a list of "owner/name", "owner/name file1,file2" or "owner/name file1,file2 <commit>"'
    )


#: Source: spaces-reference.md section 1.3.
RULES: dict[str, Rule] = {
    "title": is_text,
    "emoji": _is_emoji,
    "colorFrom": one_of(COLORS),
    "colorTo": one_of(COLORS),
    "sdk": one_of(SDKS),
    "sdk_version": _is_sdk_version,
    "python_version": _is_python_version,
    "app_file": check_app_file,
    "app_build_command": is_text,
    "app_port": _whole_number(1, 65535),
    "base_path": _is_base_path,
    "fullWidth": is_bool,
    "header": one_of(("default", "mini")),
    "short_description": _is_short_description,
    "models": is_text_list,
    "datasets": is_text_list,
    "tags": is_text_list,
    "thumbnail": is_text,
    "pinned": is_bool,
    "license": check_license,
    "suggested_hardware": is_text,
    "suggested_storage": one_of(("small", "medium", "large")),
    "hf_oauth": is_bool,
    "hf_oauth_scopes": is_text_list,
    "hf_oauth_expiration_minutes": _whole_number(1, MAX_OAUTH_MINUTES),
    "hf_oauth_authorized_org": is_text_or_list,
    "disable_embedding": is_bool,
    "startup_duration_timeout": _is_duration,
    "custom_headers": _is_custom_headers,
    "preload_from_hub": _is_preload_list,
    "duplicated_from": is_text,
}
