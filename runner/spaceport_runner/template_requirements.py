"""What a template adds to the requirements of a Space. Pure."""

import re

from spaceport_runner.contract import BuildRequest
from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.template import Template

_VERSION = "{sdk_version}"
#: A requirement: the name, then what is said about its version, if anything.
_REQUIREMENT = re.compile(
    r"^[ \t]*(?P<name>[A-Za-z0-9][\w.-]*)[ \t]*(?:\[[^\]\n]*\])?[ \t]*(?P<version>(?:[=<>~!@][^;#\n]*)?)", re.MULTILINE
)
_EXACTLY = re.compile(r"==\s*(\d[\w.]*)\s*")


def template_requirements(template: Template, request: BuildRequest, own: str) -> list[str]:
    """
    The template's requirements for a Space whose requirements file says ``own``, to be resolved together with it.

    The SDK's version is the card's. Where the card names none, what ``own`` says about the SDK counts, and the
    template's default only where that says nothing. Old versions of an SDK let in newer versions of their own
    dependencies than they work with: what holds those back is added, but for packages of which ``own`` names a version.

    Raises: BuildFailed when no version is named anywhere.
    """
    said = {_plain(found["name"]): found["version"].strip() for found in _REQUIREMENT.finditer(own)}
    lines, versions = [], []
    for requirement in template.requirements:
        if _VERSION not in requirement:
            lines.append(requirement)
            continue
        version = _version_of(template, request, said.get(_plain(_name(requirement)), ""))
        # Without a version the Space's own line decides which one it is.
        lines.append(requirement.replace(_VERSION, version) if version else requirement.partition("==")[0])
        versions += [version] if version else []
    held_back = [line for version in versions for line in _for_old_versions(template, version)]
    return lines + [line for line in held_back if not said.get(_plain(_name(line)))]


def _version_of(template: Template, request: BuildRequest, said: str) -> str | None:
    if request.sdk_version is None and said:
        exact = _EXACTLY.fullmatch(said)
        return exact[1] if exact else None
    version = request.sdk_version or template.default_sdk_version
    if version is None:
        raise BuildFailed(f"the {template.title} template needs a version: set sdk_version in the README")
    return version


def _for_old_versions(template: Template, version: str) -> list[str]:
    return [
        line
        for before, lines in template.requirements_before.items()
        if _numbers(version) < _numbers(before)
        for line in lines
    ]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _name(requirement: str) -> str:
    found = _REQUIREMENT.match(requirement)
    return found["name"] if found else requirement


def _plain(name: str) -> str:
    """Source: PyPA, names and normalization."""
    return re.sub(r"[-_.]+", "-", name).lower()
