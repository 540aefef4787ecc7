"""Keys of a card that are fine and do less than one may think."""

from collections.abc import Mapping
from typing import Any

from spaceport.domain.oauth_scopes import ALL_SCOPES, WITHOUT_MEANING
from spaceport.domain.thumbnail import is_usable

#: Keys that set nothing, whatever the SDK.
_HINTS = {
    "suggested_hardware": "is only a hint for those who duplicate the Space: choose its hardware in its settings",
    "suggested_storage": "is only a hint: choose the Space's volume in its settings",
    "duplicated_from": "is only a hint: where a Space comes from is what Spaceport saw itself",
    "app_build_command": "is not run by this version: push the built files",
}
#: SDK -> keys that mean nothing to it. Source: spaces-reference.md section 1.3.
_NOT_FOR = {
    "static": (
        "sdk_version",
        "python_version",
        "app_port",
        "base_path",
        "startup_duration_timeout",
        "preload_from_hub",
    ),
    "docker": ("sdk_version", "python_version", "app_file", "preload_from_hub", "app_build_command"),
    "gradio": ("app_build_command",),
}
_WITH_OAUTH = ("hf_oauth_scopes", "hf_oauth_expiration_minutes", "hf_oauth_authorized_org")


def means_nothing(key: str, sdk: Any) -> bool:
    """Whether a known key has no meaning with this SDK."""
    return isinstance(sdk, str) and key in _NOT_FOR.get(sdk, ())


def hints(values: Mapping[str, Any]) -> list[str]:
    """What to tell about keys that pass, one line each."""
    sdk = values.get("sdk")
    lines = []
    for key, value in values.items():
        if value is None or value is False:
            continue
        if means_nothing(key, sdk):
            lines.append(f'"{key}" does nothing with sdk: {sdk}')
        elif key in _HINTS:
            lines.append(f'"{key}" {_HINTS[key]}')
        elif key in _WITH_OAUTH and not values.get("hf_oauth"):
            lines.append(f'"{key}" does nothing without hf_oauth: true')
    if values.get("thumbnail") and not is_usable(values):
        lines.append('"thumbnail" is not shown: it must be the path of a picture in the repo, or an https address')
    scopes = values.get("hf_oauth_scopes") if isinstance(values.get("hf_oauth_scopes"), list) else ()
    return lines + [_scope_words(str(each)) for each in scopes or () if str(each) not in ALL_SCOPES]


def _scope_words(scope: str) -> str:
    words = "which gives nothing on this hub" if scope in WITHOUT_MEANING else "which is not a known scope"
    return f'"hf_oauth_scopes" names {scope[:50]}, {words}'
