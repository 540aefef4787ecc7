"""``spaceport check``: what a push of a folder would be told, without a push."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import ValidationError

from spaceport.repos.checks import inspect_commit
from spaceport.repos.files import Limits
from spaceport.repos.folder_tree import FolderTree
from spaceport.settings import Settings
from spaceport_runner.contract import Capabilities
from spaceport_runner.template import load_templates

_TIMEOUT_SECONDS = 5
CAPABILITIES_PATH = "/api/spaceport/capabilities"


@dataclass(frozen=True)
class Checked:
    """Lines for people. ``problems`` would refuse the push, ``warnings`` would not."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]

    def lines(self) -> list[str]:
        return [f"error: {line}" for line in self.problems] + [f"warning: {line}" for line in self.warnings]


def check_folder(folder: Path, settings: Settings, hub: str) -> Checked:
    """
    The checks at the door on a folder; what the engines can do is asked of the hub, and left out where it is away.

    Raises: BadRequest when there is no such folder.
    """
    capabilities = ask_capabilities(hub)
    inspection = inspect_commit(
        FolderTree(folder), capabilities, load_templates(settings.templates_dir), Limits(settings.max_file_bytes)
    )
    return Checked(inspection.problems, inspection.warnings)


def ask_capabilities(hub: str) -> Sequence[Capabilities]:
    """What the engines of a Spaceport can do; empty when it does not answer."""
    try:
        answer = httpx.get(f"{hub.rstrip('/')}{CAPABILITIES_PATH}", timeout=_TIMEOUT_SECONDS)
        return [Capabilities.model_validate(each) for each in answer.raise_for_status().json()]
    except (httpx.HTTPError, httpx.InvalidURL, ValidationError, ValueError, TypeError):
        return []
