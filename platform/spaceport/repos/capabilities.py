"""What the engines of this Spaceport can do, also while no runner answers."""

import json
from collections.abc import Sequence

import structlog

from spaceport.errors import Unavailable
from spaceport.services import Services
from spaceport_runner.contract import Capabilities

log = structlog.get_logger()
_FILE = "capabilities.json"


def known_capabilities(services: Services) -> list[Capabilities]:
    """From the runners that report now, else the last known; empty when no runner ever reported."""
    try:
        found = [runner.capabilities for runner in services.fleet.runners()]
    except Unavailable:
        found = []
    if found:
        _remember(services, found)
        return found
    return _remembered(services)


def _remember(services: Services, found: Sequence[Capabilities]) -> None:
    path = services.settings.data_dir / _FILE
    text = json.dumps([each.model_dump(mode="json") for each in found])
    try:
        if not path.exists() or path.read_text() != text:
            temporary = path.with_suffix(".new")
            temporary.write_text(text)
            temporary.replace(path)
    except OSError as error:
        log.warning("could not remember what the engines can do", path=str(path), error=str(error))


def _remembered(services: Services) -> list[Capabilities]:
    try:
        items = json.loads((services.settings.data_dir / _FILE).read_text())
        return [Capabilities.model_validate(item) for item in items]
    except (OSError, ValueError):
        return []
