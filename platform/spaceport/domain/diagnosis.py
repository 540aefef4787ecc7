"""Why a build or a start failed, in one plain line: a list of rules over the last lines of a log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnosis:
    """``cause`` for the reader, ``suggestion`` is what they may change; empty where nobody can tell."""

    cause: str
    suggestion: str | None = None


@dataclass(frozen=True)
class _Rule:
    """
    The first rule whose pattern is found wins; groups of the pattern fill the texts.

    ``beside`` is text that must be somewhere in the log, too.
    """

    pattern: re.Pattern[str]
    cause: str
    suggestion: str | None = None
    beside: str = ""


def _rule(pattern: str, cause: str, suggestion: str | None = None, beside: str = "") -> _Rule:
    return _Rule(re.compile(pattern, re.MULTILINE), cause, suggestion, beside)


_REQUIREMENT = r"[A-Za-z0-9][\w.\-]*(?:\[[\w,\-]*\])?"

_BUILD_RULES = (
    _rule(
        r"(?:Because|╰─▶ Because) (?P<what>" + _REQUIREMENT + r") was not found in the package registry",
        "dependency not found: there is no package named {what}",
        "check the spelling of {what} in requirements.txt",
    ),
    _rule(
        r"No matching distribution found for (?P<what>\S+)",
        "dependency not found: no version of {what} fits",
        "check the name and version of {what} in requirements.txt",
    ),
    _rule(
        r"Because there (?:is|are) no versions? of (?P<what>" + _REQUIREMENT + r"(?:[<>=!~][^\s]*)?)",
        "dependency not found: {what} does not exist in that version",
        "loosen the version of {what} in requirements.txt, or name one that exists",
    ),
    _rule(
        r"Because only (?P<what>" + _REQUIREMENT + r")\S* (?:is|are) available",
        "dependency not found: {what} does not exist in the version asked for",
        "loosen the version of {what} in requirements.txt, or name one that exists",
    ),
    _rule(
        # Only the template's own line, which holds the card's version, asks for extras.
        r"Because you require gradio(?P<a>[=<>~!]\S+?),? and gradio\[[\w,]+\]==(?P<b>\S+?),? we can conclude",
        "conflict: requirements.txt asks for gradio{a} and README.md for sdk_version {b}",
        "write the version you want as sdk_version in README.md and leave gradio out of requirements.txt",
    ),
    _rule(
        r"Because you require (?P<a>\S+?),? and (?P<b>\S+?),? we can conclude that your requirements are unsatisfiable",
        "conflict: {a} and {b} cannot be installed together",
        "change one of the two in requirements.txt",
    ),
    _rule(
        r"Because (?P<a>\S+) depends on (?P<b>\S+) and you require (?P<c>\S+?),? we can conclude",
        "conflict: {a} needs {b}, but {c} is required",
        "change {c} in requirements.txt so that both fit, or leave its version out",
    ),
    _rule(
        r"The conflict is caused by:\s+(?:The user requested )?(?P<a>[^\n]+)\s+(?P<b>[^\n]+)",
        "conflict: {a}; {b}",
        "change one of the two in requirements.txt",
    ),
    _rule(
        r"your requirements are\s+unsatisfiable",
        "conflict: the requirements cannot be installed together, the log below names them",
        "loosen the versions in requirements.txt",
    ),
    _rule(
        r"Couldn't parse requirement in [`'](?P<file>[^`']+)[`'](?: at position (?P<at>\d+))?",
        "{file} cannot be read: it holds a line that is not a requirement",
        "write one package a line in {file}, such as numpy==2.1.0",
    ),
    _rule(
        r"^error: Unexpected .*: (?P<file>[\w./-]+):(?P<at>\d+):\d+$",
        "{file} cannot be read: line {at} is not a requirement",
        "write one package a line in {file}, such as numpy==2.1.0",
    ),
    _rule(
        r"failed to decode file [`'](?P<file>[^`']+)[`']",
        "{file} cannot be read: it is not UTF-8 text",
        "save {file} as plain UTF-8 text",
    ),
    _rule(
        r"Distribution not found at: (?:file://)?(?P<what>\S+)|failed to read from file [`'](?P<what2>[^`']+)[`']",
        "requirements.txt names a file that is not in the repo: {what}",
        "push the file, and name it relative to the repo",
    ),
    _rule(
        # Without its address, which may hold a password: everybody reads this line.
        r"Git operation failed",
        "a git repository named in requirements.txt cannot be fetched",
        "name it with git+https:// and an address that needs no key and no password",
    ),
    _rule(
        r"E: Unable to locate package (?P<what>\S+)",
        "system package not found: {what}",
        "check the name of {what} in packages.txt: it must be a Debian package",
    ),
    _rule(
        r"error: command '(?:\S*gcc|cc|\S*g\+\+)' (?:failed: No such file|not found)"
        r"|[`'](?:gcc|cc|cargo)[`']:? not found",
        "a dependency has to be compiled and there is no compiler",
        "choose a version that has a wheel for this Python, or add build-essential to packages.txt",
    ),
    _rule(
        r"Failed to build [`']?(?P<what>" + _REQUIREMENT + r")",
        "the dependency {what} could not be built",
        "choose a version of {what} that has a wheel for this Python",
    ),
    _rule(
        r"No space left on device",
        "the disk of this machine is full",
        "ask the admin to make room, then push again",
    ),
    _rule(
        r"(?:failed to (?:lookup|resolve)|dns error|Temporary failure in name resolution|tcp connect error)",
        "the package index could not be reached",
        "push again in a while; if it stays, ask the admin to look at the network of this machine",
    ),
    _rule(
        r"pull access denied for (?P<what>[^,\s]+)|(?P<what2>\S+): failed to resolve source metadata",
        "the image {what} named in the Dockerfile cannot be pulled",
        "use an image that this machine has, such as spaceport/base",
    ),
    _rule(
        r"COPY failed: |failed to compute cache key: .*?[\"']?(?P<what>/[^\"'\s]+)[\"']?[: ].*not found",
        "the Dockerfile copies a file that is not in the repo",
        "check the paths after COPY and ADD",
    ),
    _rule(
        r"process \"(?P<what>[^\"]{1,200})\" did not complete successfully: exit code: (?P<code>\d+)",
        "a step of the Dockerfile failed with exit code {code}: {what}",
        None,
    ),
)

_START_RULES = (
    _rule(
        r"^ModuleNotFoundError: No module named '(?P<module>[^'.]+)",
        "the app imports {module}, which is not installed",
        "add {package} to requirements.txt",
    ),
    _rule(r"^(?P<what>SyntaxError: .+|IndentationError: .+)$", "the app is not valid Python: {what}"),
    _rule(
        r"^ImportError: (?P<what>lib[\w.+-]+): cannot open shared object file",
        "opencv needs a system library that is missing: {what}",
        "write opencv-python-headless instead of opencv-python in requirements.txt",
        beside="cv2/__init__.py",
    ),
    _rule(
        r"^ImportError: (?P<what>lib[\w.+-]+): cannot open shared object file",
        "a system library is missing: {what}",
        "add the Debian package that holds {what} to packages.txt, or use a dependency that does without it",
    ),
    _rule(r"^ImportError: (?P<what>.+)$", "an import failed: {what}", "check the versions in requirements.txt"),
    _rule(
        r"Cannot find empty port in range: (?P<what>[\d-]+)|address already in use",
        "the app could not listen on its port",
        "call launch() without server_port, or with server_port=7860",
    ),
    _rule(
        r"^FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<what>[^']+)'$",
        "the app runs the program {what}, which is not installed",
        "add the Debian package that holds {what} to packages.txt",
        beside="_execute_child",
    ),
    _rule(
        r"^(?P<what>FileNotFoundError: .+)$",
        "the app needs a file that is not there: {what}",
        "push the file, and name it relative to the repo",
    ),
    _rule(
        r"^ValueError: (?:Your machine must be logged in to HF to debug a Gradio app|OAuth is required but )",
        "the app signs visitors in with Hugging Face (gr.LoginButton, gr.OAuthProfile), which is not offered here yet",
        "leave signing in out, or ask for a name and password with launch(auth=...)",
    ),
    _rule(
        r"^[\w.]*(?:Error|Exception): .*(?P<what>Name or service not known|Temporary failure in name resolution"
        r"|Network is unreachable|nodename nor servname provided|No address associated with hostname)",
        "the app could not reach a server on the internet: {what}",
        "push what the app downloads together with it, or ask the admin whether Spaces may reach the internet here",
    ),
    _rule(r"^(?P<what>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt)(?:: .+)?)$", "the app stopped with {what}"),
)
#: Packages that have another name than their module.
_PACKAGES = {
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "docx": "python-docx",
    "dateutil": "python-dateutil",
}
#: Messages of exceptions can be pages long; the log holds all of it.
_MAX_CAUSE = 300


def diagnose_build(tail: Sequence[str], exit_code: int | None, reason: str | None) -> Diagnosis:
    """The cause of a failed build; ``reason`` is what the runner knows for certain and wins."""
    if reason:
        return Diagnosis(reason)
    text = "\n".join(tail)
    # uv wraps its explanations; joined with single spaces a pattern need not know where.
    flat = re.sub(r"\s*\n\s+", " ", text)
    return _first_match(_BUILD_RULES, flat, text) or Diagnosis(
        f"a step of the build failed with exit code {exit_code}, see the log"
        if exit_code is not None
        else "the build failed, see the log"
    )


def diagnose_start(tail: Sequence[str], exit_code: int | None, reason: str | None) -> Diagnosis:
    """The cause of an app that did not come up or ended; ``reason`` as above."""
    found = _last_error(tail)
    if reason and not (found and exit_code not in (None, 0)):
        return Diagnosis(reason, found.suggestion if found else _suggestion_for(exit_code))
    if found:
        return found
    cause = f"the app ended with exit code {exit_code}" if exit_code is not None else "the app ended"
    return Diagnosis(cause, _suggestion_for(exit_code))


def _suggestion_for(exit_code: int | None) -> str | None:
    """An app that ends without complaint has come to the end of its file."""
    return "make the app start a server that keeps running: is launch() called?" if exit_code == 0 else None


def _last_error(tail: Sequence[str]) -> Diagnosis | None:
    """What the last line says that a rule knows: of a chain of exceptions the last one ended the app."""
    text = "\n".join(tail)
    for line in reversed(tail):
        if found := _first_match(_START_RULES, line, beside=text):
            return found
    return None


def _first_match(rules: Sequence[_Rule], *texts: str, beside: str = "") -> Diagnosis | None:
    for rule in rules:
        if rule.beside not in beside:
            continue
        for text in texts:
            if found := rule.pattern.search(text):
                return Diagnosis(_fill(rule.cause, found), _fill(rule.suggestion, found) if rule.suggestion else None)
    return None


def _fill(text: str, found: re.Match[str]) -> str:
    groups = {name: (value or "").lstrip(" ,").rstrip(" ,.") for name, value in found.groupdict().items()}
    if "what" in groups and not groups["what"]:
        groups["what"] = groups.get("what2", "")
    if "module" in groups:
        groups["package"] = _PACKAGES.get(groups["module"], groups["module"])
    filled = text.format(**groups)
    return filled if len(filled) <= _MAX_CAUSE else f"{filled[:_MAX_CAUSE]}..."
