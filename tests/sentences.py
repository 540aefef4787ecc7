"""
Sentences that parts of Spaceport other than its pages make in English, found in their source for the catalogues.

Reasons, causes, what helps against them, errors that pages show: stored or sent in English, and said again in the
reader's language by ``spaceport.retelling``. An f-string becomes a message with ``%(name)s`` for each of its values.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from spaceport import errors

ROOT = Path(__file__).parents[1]
#: Every sentence in here may be read on a page.
_WHOLE = (
    "platform/spaceport/{rollout,builds,domain/advice,domain/diagnosis}/*.py",
    "platform/spaceport/{deployments,build_history,build_line,stage_record}.py",
    "platform/spaceport/{identity,organizations,quota_commands,owner_usage,hardware_room}.py",
    "platform/spaceport/domain/{access,card,card_hints,card_rules,config,custom_domain,drain,flavors,front_matter}.py",
    "platform/spaceport/domain/{holding,instance,leaving,licenses,line,model_index,mount,names,repo_card,rollback,room}.py",
    "platform/spaceport/domain/{sleep,stage,timer,usage}.py",
    "platform/spaceport/repos/{creation,repo_creation,disabling,gating,mounting,publish}.py",
    "runner/spaceport_runner/{contract,fetch_room,jobs,mounts,preload,probe,reasons,sealing}.py",
    "runner/spaceport_runner/{volume_preparation,volumes}.py",
    "runner/spaceport_runner/engines/{docker,docker_builds,sandbox,volume_mounts,required_python}.py",
)
#: In here it is what is raised, and what is told of a deed.
_RAISED = (
    "platform/spaceport/{web,domain,notify,oauth,repos/discussions}/**/*.py",
    "platform/spaceport/repos/{branches,copying,large_files,revisions,spool,tree,diff,blame}.py",
    "platform/spaceport/repos/viewer/*.py",
    "platform/spaceport/*.py",
    "runner/spaceport_runner/**/*.py",
)
#: Helps for settings, and what is said of the deeds of the audit log.
_SAID_BY = frozenset({"setting", "tell", "record_build", "record_release", "record_repair"})
_OURS = frozenset(name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception))
_RUNNERS = {"BuildFailed", "StartFailed", "MountError", "VolumeError", "EngineError", "ImageNotFound", "NoRoom"}
#: Errors that nobody reads on a page: the configuration at the start, and what signs in to apps.
_RAISERS = (_OURS | _RUNNERS) - {"SettingsError", "OAuthError", "EngineUnavailable"}
#: Calls that say nothing to readers of pages.
_SILENT = re.compile(
    "debug|info|warning|error|exception|_?log|own_trouble|print|compile|find|search|fullmatch|startswith|endswith|"
    "partition|split|remove(suf|pre)fix|encode|strftime|get|execute|partial|ThreadPoolExecutor|AssertionError|n?gettext|"
    "HardwareFlavor"
)
#: What fills a sentence, by the function that makes it.
_FILLED_BY = {"duration_words": "duration", "seconds_in_words": "duration", "moment_words": "moment", "len": "number"}
_BRACES = re.compile(r"\{(\w+)\}")
#: A sentence has two words of letters at least; patterns, addresses and SQL are none.
_PROSE = re.compile(r"[A-Za-z,)/\"'] [A-Za-z(%]")
_NO_PROSE = re.compile(r"\\|\(\?|^\^|\n|^(?:SELECT|COPY|GET|POST|PUT|PATCH|DELETE) ")
_FEWEST_LETTERS = 5


def found_sentences() -> list[str]:
    """All of them, sorted."""
    found: set[str] = set()
    for path in _files(_WHOLE):
        found.update(sentences_in(path.read_text(), True, fills_braces=path.parent.name == "diagnosis"))
    for path in _files(_RAISED):
        found.update(sentences_in(path.read_text(), False))
    return sorted(found)


def _files(patterns: tuple[str, ...]) -> list[Path]:
    """Of ``{a,b}`` in a pattern each; none may be without files."""
    found: set[Path] = set()
    for pattern in patterns:
        before, brace, rest = pattern.partition("{")
        names, _, after = rest.partition("}")
        for name in names.split(",") if brace else [""]:
            files = set(ROOT.glob(f"{before}{name}{after}"))
            assert files, f"nothing is at {before}{name}{after} any more: name where its sentences are now"
            found |= files
    return sorted(found)


def sentences_in(source: str, whole: bool, fills_braces: bool = False) -> Iterator[str]:
    """Those of one file; ``fills_braces`` where a text with ``{name}`` in it is filled later."""
    for text in _Reader(fills_braces).texts(ast.parse(source), whole):
        message = text.strip()
        letters = re.findall("[A-Za-z]", re.sub(r"%\(\w+\)s", "", message))
        if len(letters) >= _FEWEST_LETTERS and _PROSE.search(message) and not _NO_PROSE.search(message):
            yield message


class _Reader:
    """Texts in the order of the source. ``listens`` is whether they are for readers of pages."""

    def __init__(self, fills_braces: bool) -> None:
        self._fills_braces = fills_braces

    def texts(self, node: ast.AST, listens: bool) -> Iterator[str]:
        if isinstance(node, ast.Call):
            yield from self._texts_of_call(node, listens)
        elif isinstance(node, ast.JoinedStr):
            if listens:
                yield _message_of(node)
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from self.texts(part.value, listens)
        elif isinstance(node, ast.Constant):
            if listens and isinstance(node.value, str):
                text = node.value.replace("%", "%%")
                yield _BRACES.sub(r"%(\1)s", text) if self._fills_braces else text
        else:
            for child in _without_docstring(node):
                yield from self.texts(child, listens)

    def _texts_of_call(self, call: ast.Call, listens: bool) -> Iterator[str]:
        name = _name_of(call.func)
        if _SILENT.fullmatch(name):
            return
        speaks = listens or name in _RAISERS or name in _SAID_BY
        # The pattern of a rule is its second argument.
        given = call.args[2:] if name == "rule" else call.args
        for each in [call.func, *given, *(keyword.value for keyword in call.keywords if keyword.arg != "beside")]:
            yield from self.texts(each, speaks)


def _without_docstring(node: ast.AST) -> list[ast.AST]:
    children = list(ast.iter_child_nodes(node))
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return [child for child in children if not (is_text and child is first)]


def _message_of(node: ast.JoinedStr) -> str:
    """Two values of one name are told apart by a number."""
    parts, names = [], list[str]()
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            name = _value_name(part.value)
            names.append(name)
            again = names.count(name)
            parts.append(f"%({name}{again if again > 1 else ''})s")
        elif isinstance(part, ast.Constant):
            parts.append(str(part.value).replace("%", "%%"))
    return "".join(parts)


def _value_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        name = _name_of(node.func)
        is_wrapped = name in ("join", "str", "round") and node.args
        return _FILLED_BY.get(name) or (_name_of(node.args[0]) if is_wrapped else name)
    return _name_of(node)


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower() if node.id.isupper() or node.id.startswith("_") else node.id
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_")
    if isinstance(node, (ast.Subscript, ast.Await)):
        return _name_of(node.value)
    if isinstance(node, ast.Call):
        return _name_of(node.func)
    if isinstance(node, ast.BinOp):
        return _name_of(node.left)
    return "value"
