"""Container templates: folders of data in ``templates/``, read by the platform (planning) and the runner (building)."""

import hashlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

TEMPLATE_FILE = "template.toml"


@dataclass(frozen=True)
class Template:
    """
    How Spaces of one kind are built and started.

    ``requirements`` are resolved together with the Space's own; ``{sdk_version}`` in them is filled in. ``command``
    starts the app inside an instance, ``{app_file}`` is filled in; empty where the image brings its own. Files named in
    ``dependency_files`` decide, with the template's ``digest``, whether anything is installed for a push.
    ``default_sdk_version`` is used where the card names none. ``requirements_before`` are added for versions of the SDK
    below the one they are listed under.
    """

    name: str
    sdk: str
    title: str
    path: Path
    digest: str
    needs_instance: bool = True
    needs_dockerfile: bool = False
    default_app_file: str | None = None
    default_app_port: int = 7860
    default_sdk_version: str | None = None
    requirements: tuple[str, ...] = ()
    requirements_before: dict[str, list[str]] = field(default_factory=dict)
    dependency_files: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def load_template(folder: Path) -> Template:
    """
    Read one template folder.

    Raises: ValueError when a key is unknown or has the wrong type, OSError when the file is not there.
    """
    with open(folder / TEMPLATE_FILE, "rb") as file:
        values = tomllib.load(file)
    for key in ("requirements", "dependency_files", "command"):
        if key in values:
            values[key] = tuple(values[key])
    try:
        return Template(name=folder.name, path=folder, digest=_digest(folder), **values)
    except TypeError as error:
        raise ValueError(f"template {folder.name}: {error}") from error


def load_templates(templates_dir: Path) -> dict[str, Template]:
    """All templates of a folder by name. Raises: ValueError when there are none."""
    found = {path.parent.name: load_template(path.parent) for path in sorted(templates_dir.glob(f"*/{TEMPLATE_FILE}"))}
    if not found:
        raise ValueError(f"no templates in {templates_dir}: expected folders with a {TEMPLATE_FILE}")
    return found


def _digest(folder: Path) -> str:
    """SHA-256 over names and contents of all files of a template, so that changing a template rebuilds."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
