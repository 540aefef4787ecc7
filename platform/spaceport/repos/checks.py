"""Whether a commit may become the head of ``main``: decided here, from its files alone, before anything moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spaceport.domain.advice import advise, is_read
from spaceport.domain.card import Card, read_card
from spaceport.domain.linked_repos import LinkedRepos, find_linked_repos
from spaceport.repos.dependencies import hash_dependency_files, refers_to_other_files
from spaceport.repos.files import Limits, check_entries, describe_twins
from spaceport.repos.tree import Entry, Kind, TreeReader
from spaceport_runner.contract import Capabilities
from spaceport_runner.pythons import is_same_python, python_for, stand_in
from spaceport_runner.template import Template, sdks_of, template_for

README = "README.md"
#: More than any README; the front matter has a limit of its own.
_MAX_README_BYTES = 2 * 1024**2
_MAX_DEPENDENCY_FILE_BYTES = 1024**2
#: Of all files together that advice is made from: a push must not wait for it.
_MAX_READ_BYTES = 4 * 1024**2


@dataclass(frozen=True)
class Inspection:
    """
    What was found in a commit. It may be deployed when ``problems`` is empty.

    ``missing`` are those of the problems that a later commit may end: a Space is filled file by file over the API.
    ``warnings`` never refuse anything. ``dependency_files`` and ``tree`` as in ``domain.push.Push``. ``readme`` is
    the whole text of one with a card.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    card: Card | None = None
    dependency_files: dict[str, str] = field(default_factory=dict)
    tree: str | None = None
    linked: LinkedRepos = LinkedRepos()
    missing: tuple[str, ...] = ()
    readme: str = ""


def inspect_commit(
    tree: TreeReader, capabilities: Sequence[Capabilities], templates: Mapping[str, Template], limits: Limits
) -> Inspection:
    """
    Everything that can be said of a commit before it is built.

    ``capabilities`` are those of the engines there are; with none known, the engine is not a reason to refuse.
    """
    problems, entries = check_entries(tree, limits)
    files = {entry.path: entry for entry in entries if entry.path is not None}
    readme = files.get(README)
    if readme is None or readme.kind is not Kind.FILE:
        text = f"there is no {README}: add one that begins with a block between two lines of ---, with sdk: in it"
        return Inspection((*problems, text))
    if readme.size_bytes > _MAX_README_BYTES:
        return Inspection((*problems, f"{README} is larger than {_MAX_README_BYTES // 1024**2} MiB"))
    text = tree.read(readme.object_id).decode("utf-8", "replace")
    reading = read_card(text, sdks_of(templates))
    warnings = (*describe_twins(entries), *(f"{README}: {line}" for line in reading.warnings))
    if reading.card is None:
        return Inspection((*problems, *(f"{README}: {line}" for line in reading.problems)), warnings)
    card = reading.card
    template = template_for(templates, card.sdk)
    assert template is not None
    contents = {} if problems else _contents(tree, files)
    missing = _check_app(card, template, files)
    problems += missing + _check_engines(card, template, files, capabilities)
    python_problems, python_warnings = _check_python(card, template, capabilities)
    problems += python_problems
    warnings += python_warnings
    warnings += tuple(str(finding) for finding in advise(card, frozenset(files), contents))
    if problems:
        return Inspection(tuple(problems), warnings, card, missing=tuple(missing), readme=text)
    dependency_files, tree_id = _dependencies(tree, template, files)
    return Inspection((), warnings, card, dependency_files, tree_id, find_linked_repos(contents), readme=text)


def _contents(tree: TreeReader, files: Mapping[str, Entry]) -> dict[str, bytes]:
    """What advice is made from, shallow paths first, as far as the limit reaches."""
    contents: dict[str, bytes] = {}
    left = _MAX_READ_BYTES
    for path, entry in sorted(files.items(), key=lambda item: (item[0].count("/"), item[0])):
        if entry.kind is Kind.FILE and is_read(path, entry.size_bytes) and entry.size_bytes <= left:
            contents[path] = tree.read(entry.object_id)
            left -= entry.size_bytes
    return contents


def _check_app(card: Card, template: Template, files: Mapping[str, Entry]) -> list[str]:
    """The file that starts the app must be there; says which one was looked for."""
    if template.needs_dockerfile:
        wanted, why = "Dockerfile", f"sdk: {card.sdk} builds it"
    elif card.app_file:
        wanted, why = card.app_file, f"{README} says app_file: {card.app_file}"
    else:
        wanted, why = template.default_app_file or "", f"sdk: {card.sdk} starts it, unless {README} names an app_file"
    if wanted and wanted not in files:
        return [f"no application file: looked for {wanted} ({why})"]
    return []


def _check_engines(
    card: Card, template: Template, files: Mapping[str, Entry], capabilities: Sequence[Capabilities]
) -> list[str]:
    """What no engine of this Spaceport can do."""
    if not capabilities or not template.needs_instance:
        return []
    problems = []
    engine = capabilities[0].engine
    if template.needs_dockerfile and not any(each.dockerfile for each in capabilities):
        problems.append(
            f"this Spaceport runs the {engine} engine, which cannot build a Dockerfile: use sdk: gradio or static, or "
            "ask the admin to run Spaceport where a Docker Engine is"
        )
    has_packages = "packages.txt" in template.dependency_files and "packages.txt" in files
    if has_packages and not any(each.apt_packages for each in capabilities):
        problems.append(
            f"this Spaceport runs the {engine} engine, which cannot install the Debian packages of packages.txt: "
            "remove the file, or ask the admin to run Spaceport where a Docker Engine is"
        )
    return problems


def _check_python(
    card: Card, template: Template, capabilities: Sequence[Capabilities]
) -> tuple[list[str], tuple[str, ...]]:
    """Problems and warnings of the Python that the card asks for."""
    wanted = card.python_version
    available = {version for each in capabilities for version in each.python_versions}
    if not wanted or template.needs_dockerfile or not template.needs_instance or not available:
        return [], ()
    given = python_for(wanted, available)
    if given is None:
        names = ", ".join(sorted(available))
        return [f"{README}: python_version {wanted} is not available here; available: {names}"], ()
    return [], () if is_same_python(given, wanted) else (f"{README}: {stand_in(wanted, given)}",)


def _dependencies(
    tree: TreeReader, template: Template, files: Mapping[str, Entry]
) -> tuple[dict[str, str], str | None]:
    """``dependency_files`` and ``tree`` of a Push."""
    if template.needs_dockerfile:
        # The image holds the code: any change of any file is a change of what is built.
        return {}, tree.tree_id
    found = [
        files[path] for path in template.dependency_files if path in files and files[path].kind is not Kind.SUBMODULE
    ]
    contents = {entry.path or "": tree.read(entry.object_id) for entry in found}
    through_other_files = any(
        entry.kind is Kind.SYMLINK
        or entry.size_bytes > _MAX_DEPENDENCY_FILE_BYTES
        or refers_to_other_files(contents[entry.path or ""])
        for entry in found
        if (entry.path or "").endswith("requirements.txt")
    )
    return hash_dependency_files(contents), tree.tree_id if through_other_files else None
