"""Container templates: folders of data in ``templates/``, read by the platform (planning) and the runner (building)."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TEMPLATE_FILE = "template.toml"


@dataclass(frozen=True)
class Template:
    """
    How Spaces of one kind are built and started: those whose card names ``sdk``.

    ``title``, ``description`` and ``rank`` (lowest first) are for the form of a new Space. ``requirements`` are
    resolved together with the Space's own; ``{sdk_version}`` in them is filled in. ``command`` starts the app inside an
    instance, ``{app_file}`` and ``{app_port}`` are filled in; empty where the image brings its own. ``dockerfile``
    makes the image of the dependencies; it may be that of another template beside it. Files named in
    ``dependency_files`` decide, with the template's ``digest``, whether anything is installed for a push.
    ``default_sdk_version`` is used where the card names none. ``requirements_before`` are added for versions of the SDK
    below the one they are listed under.
    """

    name: str
    sdk: str
    title: str
    path: Path
    digest: str
    description: str = ""
    rank: int = 100
    dockerfile: str = "Dockerfile"
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

    @property
    def dockerfile_path(self) -> Path:
        return self.path / self.dockerfile

    def command_for(self, app_file: str, app_port: int) -> list[str]:
        """The command with everything filled in."""
        return [part.replace("{app_file}", app_file).replace("{app_port}", str(app_port)) for part in self.command]


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
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    borrowed = folder / str(values.get("dockerfile", "Dockerfile"))
    if borrowed.parent != folder:
        if not borrowed.resolve().is_relative_to(folder.parent.resolve()) or not borrowed.is_file():
            raise ValueError(f"template {folder.name}: there is no {values['dockerfile']} among the templates")
        files.append(borrowed)
    try:
        return Template(name=folder.name, path=folder, digest=_digest(folder, files), **values)
    except TypeError as error:
        raise ValueError(f"template {folder.name}: {error}") from error


def load_templates(templates_dir: Path) -> dict[str, Template]:
    """
    All templates of a folder by name, in the order of their ranks.

    Raises: ValueError when there are none, or two for one sdk.
    """
    found = [load_template(path.parent) for path in sorted(templates_dir.glob(f"*/{TEMPLATE_FILE}"))]
    if not found:
        raise ValueError(f"no templates in {templates_dir}: expected folders with a {TEMPLATE_FILE}")
    if len({template.sdk for template in found}) < len(found):
        raise ValueError(f"two templates in {templates_dir} are for the same sdk")
    return {template.name: template for template in sorted(found, key=lambda template: (template.rank, template.name))}


def template_for(templates: Mapping[str, Template], sdk: str) -> Template | None:
    """The one for Spaces whose card names this sdk."""
    return next((template for template in templates.values() if template.sdk == sdk), None)


def sdks_of(templates: Mapping[str, Template]) -> tuple[str, ...]:
    """What a card may name as its sdk."""
    return tuple(template.sdk for template in templates.values())


def _digest(folder: Path, files: Sequence[Path]) -> str:
    """SHA-256 over names and contents of all files of a template, so that changing a template rebuilds."""
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(folder) if path.is_relative_to(folder) else path.name
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
