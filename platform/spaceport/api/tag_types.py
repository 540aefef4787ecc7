"""The tags of all repos by their type, for the filters of clients and pages. Source: hub-api.md section 5.1."""

from collections.abc import Iterable
from typing import Any

from spaceport.domain.licenses import LICENSES
from spaceport.domain.repo import RepoType
from spaceport.domain.tag_types import type_of
from spaceport.domain.tasks import LIBRARIES, PIPELINE_TAGS


def tags_by_type(kind: RepoType, tags: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Each ``{id, label, type}``. Models have tasks and libraries as bare tags, with ``other`` for the rest; pure."""
    found: dict[str, list[dict[str, str]]] = {}
    known = {f"license:{name}": None for name in sorted(LICENSES)}
    if kind is RepoType.MODEL:
        known |= dict.fromkeys(PIPELINE_TAGS) | dict.fromkeys(sorted(LIBRARIES))
    for tag in [*dict.fromkeys([*tags, *known])]:
        type_, label = type_of(kind, tag)
        found.setdefault(type_, []).append({"type": type_, "label": label, "id": tag})
    return found


def tasks_json() -> dict[str, dict[str, Any]]:
    """The tasks by name. No model is recommended for any: nothing here runs one for whoever names none."""
    return {
        name: {"id": name, "label": name.replace("-", " ").capitalize(), "widgetModels": []}
        for name in PIPELINE_TAGS
        if name != "other"
    }
