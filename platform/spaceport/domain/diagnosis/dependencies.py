"""What requirements.txt asks for: names, versions, conflicts, wheels. In the words of uv, and of pip in Dockerfiles."""

from spaceport.domain.diagnosis.names import python_package_of
from spaceport.domain.diagnosis.rule import rule

#: With bounds, and never from the middle of a word: patterns must not take long over any log.
_NAME = r"(?<![\w.\-])[A-Za-z0-9][\w.\-]{0,100}(?:\[[\w,\-]{0,100}\])?"
_REQUIREMENT = _NAME + r"(?:[<>=!~][^\s,]{0,60}(?:,[<>=!~][^\s,]{0,60}){0,5})?"
_LOOSEN = "loosen the version of {what} in requirements.txt, or name one that exists"

CERTAIN = (
    rule(
        "no-such-python",
        r"asks for Python (?P<what>[\d.]+); .* has Python (?P<have>[\d., ]+) only",
        "this Space asks for Python {what}, which is not here",
        "write python_version: {have} into README.md, or leave it out",
    ),
)
RESOLVING = (
    rule(
        # Only the template's own line, which holds the card's version, asks for extras.
        "sdk-version-conflict",
        r"[Bb]ecause you require gradio(?P<a>[=<>~!]\S+?),? and gradio\[[\w,]+\]==(?P<b>\S+?),? we can conclude",
        "conflict: requirements.txt asks for gradio{a} and README.md for sdk_version {b}",
        "write the version you want as sdk_version in README.md and leave gradio out of requirements.txt",
    ),
    rule(
        "version-conflict",
        r"[Bb]ecause you require (?P<a>\S+?),? and (?P<b>\S+?),? we can conclude that your requirements are "
        r"unsatisfiable",
        "conflict: {a} and {b} cannot be installed together",
        "change one of the two in requirements.txt",
    ),
    rule(
        "dependency-conflict",
        r"[Bb]ecause (?P<a>\S+) depends on (?P<b>\S+) and you require \S+?,? we can conclude that you require \S+?\. "
        r"And because you require (?P<c>\S+?),? we can conclude that your requirements are unsatisfiable",
        "conflict: {a} needs {b}, but {c} is required",
        "change {c} in requirements.txt so that both fit, or leave its version out",
    ),
    rule(
        "dependency-conflict",
        r"[Bb]ecause (?P<a>\S+) depends on (?P<b>\S+) and you require (?P<c>\S+?),? we can conclude that your "
        r"requirements are unsatisfiable",
        "conflict: {a} needs {b}, but {c} is required",
        "change {c} in requirements.txt so that both fit, or leave its version out",
    ),
    rule(
        "dependency-conflict",
        r"[Bb]ecause (?P<a>\S+) depends on (?P<b>\S+) and you require (?P<c>\S+?),? we can conclude that your "
        r"requirements and (?P<d>\S+) are incompatible",
        "conflict: {a} needs {b}, but {c} is required",
        "change {c} in requirements.txt so that both fit, or leave its version out",
    ),
    rule(
        "python-too-old",
        r"[Bb]ecause the current Python version \((?P<have>[\d.]+)\) does not satisfy Python(?P<need>\S+) and "
        rf"(?P<what>{_REQUIREMENT}) depends on",
        "{what} needs Python {need}, this Space has Python {have}",
        "loosen the version of {what} in requirements.txt, or name another python_version in README.md",
    ),
    rule(
        "no-wheel-for-platform",
        rf"(?P<what>{_NAME})(?:[<>=!~]\S{{0,100}})? has no wheels with a matching platform tag",
        "{what} is not made for Linux",
        "take {what} out of requirements.txt, or write {what}; sys_platform == 'win32'",
    ),
    rule(
        "no-wheel-for-python",
        rf"(?P<what>{_REQUIREMENT}) has no wheels with a matching Python (?:ABI|version|implementation) tag "
        r"\(e\.g\., `(?P<tag>\w+)`\)",
        "{what} cannot be had ready-made for this Python ({tag})",
        "choose a newer version of {what} in requirements.txt, or name another python_version in README.md",
    ),
    rule(
        "package-not-found",
        rf"[Bb]ecause (?P<what>{_NAME}) was not found in the (?:package registry|provided package locations)",
        "dependency not found: there is no package named {what}",
        "check the spelling of {what} in requirements.txt",
    ),
    rule(
        "version-yanked",
        rf"[Bb]ecause (?P<what>{_REQUIREMENT}) was yanked(?: \(reason: (?P<why>[^)]*)\))?",
        "{what} was withdrawn by its authors: {why}",
        "name another version of it in requirements.txt",
    ),
    rule(
        # As above: a version with extras is that of the card.
        "version-not-found",
        r"[Bb]ecause there (?:is|are) no versions? of gradio\[[\w,]{1,100}\]==(?P<version>[^\s,]{1,60})",
        "dependency not found: there is no version {version} of gradio",
        "write a version that exists as sdk_version in README.md, or leave it out",
    ),
    rule(
        "version-not-found",
        rf"[Bb]ecause there (?:is|are) no versions? of (?P<what>{_REQUIREMENT})",
        "dependency not found: {what} does not exist in that version",
        _LOOSEN,
    ),
    rule(
        "version-not-found",
        rf"[Bb]ecause only (?P<what>{_NAME})\S* (?:is|are) available",
        "dependency not found: {what} does not exist in the version asked for",
        _LOOSEN,
    ),
    rule(
        "hash-mismatch",
        r"Hash mismatch for `(?P<what>[^`]+)`|DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
        "{what} is not what its hash in requirements.txt promises",
        "write the right --hash of {what} into requirements.txt, or leave the hashes out",
    ),
    rule(
        "pip-python-too-old",
        r"require a different python version: [^\n]{0,300}Requires-Python (?P<need>[<>=!~][\w.,<>=!~*]{0,60})[^\n]*\n"
        r"(?:[^\n]*\n){0,3}?[^\n]*No matching distribution found for (?P<what>\S+)",
        "{what} needs another Python ({need})",
        "loosen the version of {what} in requirements.txt, or start the Dockerfile FROM an image with that Python",
    ),
    rule(
        "pip-package-not-found",
        r"No matching distribution found for (?P<what>\S+)",
        "dependency not found: no version of {what} fits",
        "check the name and version of {what} in requirements.txt (or after pip install)",
    ),
    rule(
        "pip-conflict",
        r"The conflict is caused by:\s+(?:The user requested )?(?P<a>[^\n]+?)\s*\n\s+(?:The user requested )?"
        r"(?P<b>[^\n]+)",
        "conflict: {a}; {b}",
        "change one of the two in requirements.txt (or after pip install)",
    ),
    rule(
        "requirements-unreadable",
        r"Couldn't parse requirement in [`'](?P<what>[^`']+)[`'](?: at position \d+)?",
        "{what} cannot be read: it holds a line that is not a requirement",
        "write one package a line in {what}, such as numpy==2.1.0",
    ),
    rule(
        "requirements-unreadable",
        r"^error: Unexpected .*: (?P<what>[\w./-]+):(?P<at>\d+):\d+$",
        "{what} cannot be read: line {at} is not a requirement",
        "write one package a line in {what}, such as numpy==2.1.0",
    ),
    rule(
        "requirements-unreadable",
        r"[Ii]nvalid requirement: ['\"](?P<line>[^'\"]+)",
        "requirements.txt cannot be read: {line} is not a requirement",
        "write one package a line in requirements.txt, such as numpy==2.1.0",
    ),
    rule(
        "requirements-not-utf8",
        r"failed to decode file [`'](?P<what>[^`']+)[`']",
        "{what} cannot be read: it is not UTF-8 text",
        "save {what} as plain UTF-8 text",
    ),
    rule(
        "requirements-missing-file",
        r"Distribution not found at: (?:file://)?(?P<what>\S+)|failed to read from file [`'](?P<what2>[^`']+)[`']",
        "requirements.txt names a file that is not in the repo: {what}",
        "push the file, and name it relative to the repo",
    ),
    rule(
        "version-conflict",
        r"your requirements are\s+unsatisfiable",
        "conflict: the requirements cannot be installed together, the log below names them",
        "loosen the versions in requirements.txt",
    ),
)
BUILDING = (
    rule(
        "package-renamed",
        r"`(?P<what>[\w.-]+)` is often confused for `(?P<right>[\w.-]+)`"
        r"|The '(?P<what2>[\w.-]+)' PyPI package is deprecated, use '(?P<right2>[\w.-]+)'",
        "{what} is not the package's name: it is called {right}",
        "write {right} instead of {what} into requirements.txt",
        more=lambda words: {"right": words["right"] or words["right2"]},
    ),
    rule(
        "build-needs-module",
        r"ModuleNotFoundError: No module named '(?P<module>[^'.]+)",
        "a dependency could not be built: building it needs {package}, which it does not ask for",
        "choose a version of the dependency in requirements.txt that has a wheel for this Python",
        beside=r"build backend returned|get_requires_for_build|egg_info|Getting requirements to build wheel",
        more=lambda words: {"package": python_package_of(words["module"])},
    ),
    rule(
        "build-failed",
        r"(?:build backend returned an error|Getting requirements to build wheel did not run)[\s\S]*?"
        r"(?P<what>[A-Z]\w*(?:Error|Exception): [^\n]{1,200})",
        "a dependency could not be built: {what}",
        "choose a version of the dependency in requirements.txt that has a wheel for this Python",
    ),
    rule(
        "build-failed",
        rf"Failed (?:to build|to download and build) [`']?(?P<what>{_NAME})|Failed building wheel for (?P<what2>\S+)",
        "the dependency {what} could not be built",
        "choose a version of {what} in requirements.txt that has a wheel for this Python",
    ),
)
