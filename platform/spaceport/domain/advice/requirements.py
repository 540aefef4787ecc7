"""What a requirements file asks for that cannot be had, or not together."""

import re
import sys
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from spaceport.domain.advice.finding import Finding, quoted
from spaceport.domain.card import Card

#: Options that installing understands. Source: pip's and uv's documentation of requirements files.
_OPTIONS = (
    *("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--extra-index-url"),
    *("--no-index", "-f", "--find-links", "--no-binary", "--only-binary", "--pre", "--prefer-binary"),
    *("--trusted-host", "--require-hashes", "--use-feature"),
)
_INDEX_OPTIONS = ("-i", "--index-url", "--extra-index-url")
_FILE_OPTIONS = ("-r", "--requirement", "-c", "--constraint")
_RENAMED = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python-headless",
    "pil": "pillow",
    "bs4": "beautifulsoup4",
    "yaml": "pyyaml",
    "dotenv": "python-dotenv",
}
_NOT_FOR_LINUX = ("pywin32", "pywinpty", "pyobjc", "pypiwin32", "win10toast")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


def requirements_findings(path: str, content: bytes, card: Card, paths: frozenset[str]) -> list[Finding]:
    """One line at a time, then those that contradict each other."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [Finding(path, None, "it is not UTF-8 text: save it as UTF-8")]
    findings: list[Finding] = []
    pinned: dict[str, tuple[int, str]] = {}
    for number, line in _lines(text):
        if line.startswith("-"):
            findings += _option_findings(path, number, line, paths)
            continue
        try:
            requirement = Requirement(line.partition(" --hash")[0])
        except InvalidRequirement:
            findings += _other_findings(path, number, line, paths)
            continue
        findings += _requirement_findings(path, number, requirement, card)
        findings += _contradictions(path, number, requirement, pinned)
    return findings


def _lines(text: str) -> Iterator[tuple[int, str]]:
    begun, kept = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        begun = begun or number
        line = _COMMENT.sub("", raw).strip()
        if line.endswith("\\"):
            kept += line[:-1] + " "
            continue
        if kept + line:
            yield begun, kept + line
        begun, kept = 0, ""


def _option_findings(path: str, number: int, line: str, paths: frozenset[str]) -> Iterator[Finding]:
    option, value = [*re.split(r"[\s=]+", line, maxsplit=1), ""][:2]
    if option[:2] in ("-r", "-c", "-e", "-f", "-i") and len(option) > 2 and not option.startswith("--"):
        option, value = option[:2], line[2:].strip()
    if option not in _OPTIONS:
        yield Finding(path, number, f"{quoted(option)} is not an option of a requirements file: it is not understood")
    elif option in _INDEX_OPTIONS:
        if "@" in value.partition("://")[2].partition("/")[0]:
            yield Finding(path, number, "the address of the package index holds a password, which everybody can read")
        yield Finding(path, number, f"packages come from {_host(value)}, too: builds here must be able to reach it")
    elif option in _FILE_OPTIONS and "://" not in value and value.removeprefix("./") not in paths:
        yield Finding(path, number, f"it names the file {quoted(value)}, which is not in the repo: push it")


def _other_findings(path: str, number: int, line: str, paths: frozenset[str]) -> Iterator[Finding]:
    """Paths and addresses are fine, though they are no requirements in the sense of PEP 508."""
    if line.startswith("git+ssh") or line.startswith("git@"):
        yield Finding(path, number, "git over ssh needs a key, which builds do not have: use git+https://")
    elif "://" in line:
        return
    elif line.startswith((".", "/")) or line.endswith((".whl", ".tar.gz", ".zip")):
        wanted = line.partition("[")[0].removeprefix("./").rstrip("/")
        is_there = any(each == wanted or each.startswith(f"{wanted}/") for each in paths)
        if wanted not in ("", ".") and not is_there:
            yield Finding(path, number, f"it names {quoted(line)}, which is not in the repo: push it")
    else:
        text = f"{quoted(line)} is not a requirement: write one package a line, such as numpy==2.1.0"
        yield Finding(path, number, text)


def _requirement_findings(path: str, number: int, requirement: Requirement, card: Card) -> Iterator[Finding]:
    name = canonicalize_name(requirement.name)
    if requirement.url and requirement.url.startswith("git+ssh"):
        yield Finding(path, number, "git over ssh needs a key, which builds do not have: use git+https://")
    if name in _RENAMED:
        yield Finding(path, number, f"{requirement.name} is not the package's name: write {_RENAMED[name]}")
    elif name in _NOT_FOR_LINUX and requirement.marker is None:
        yield Finding(path, number, f"{requirement.name} is not made for Linux: take it out")
    elif name.replace("-", "_") in sys.stdlib_module_names and name != "dataclasses":
        yield Finding(path, number, f"{requirement.name} is a part of Python: take it out")
    if name == "gradio" and card.sdk == "gradio" and card.sdk_version and not requirement.url:
        try:
            fits = requirement.specifier.contains(Version(card.sdk_version), prereleases=True)
        except InvalidVersion:
            return
        if not fits:
            text = (
                f"it asks for gradio{requirement.specifier} and README.md for sdk_version {card.sdk_version}: "
                "leave gradio out here, or make both the same"
            )
            yield Finding(path, number, text)


def _contradictions(
    path: str, number: int, requirement: Requirement, pinned: dict[str, tuple[int, str]]
) -> Iterator[Finding]:
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or requirement.marker is not None:
        return
    name, version = canonicalize_name(requirement.name), specifiers[0].version
    before = pinned.setdefault(name, (number, version))
    if before[1] != version:
        text = f"{requirement.name}=={version} and =={before[1]} of line {before[0]} cannot be installed together"
        yield Finding(path, number, text)


def _host(address: str) -> str:
    return quoted(address.partition("://")[2].partition("/")[0].rpartition("@")[2] or address)
