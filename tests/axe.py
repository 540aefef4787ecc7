"""axe-core, the audit of pages for screen readers and keyboards, where ``make test-axe`` put it."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_FOLDER = Path(__file__).parents[1] / ".venv-axe" / "node_modules" / "axe-core"
#: What nobody may have to put up with; axe calls lesser things minor and moderate.
_GRAVE = ("serious", "critical")


def axe_version() -> str | None:
    """None where it is not installed."""
    package = _FOLDER / "package.json"
    return f"axe-core {json.loads(package.read_text())['version']}" if package.exists() else None


def grave_faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """
    What axe finds serious or critical on a page as it is now, one line each; all rules where none are named.

    Frames are left out: what is in them is an app's own.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate((_FOLDER / "axe.min.js").read_text())
    options: dict[str, Any] = {"iframes": False, "resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [
        f"{fault['id']}: {node['html'][:160]} ({' '.join(str(node.get('failureSummary')).split())[:200]})"
        for fault in found
        if fault["impact"] in _GRAVE
        for node in fault["nodes"]
    ]
