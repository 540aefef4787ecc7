"""
Dockerfiles as a list of instructions: reads them without losing a character, and knows which images they name.

Source: https://docs.docker.com/reference/dockerfile/ and BuildKit's frontend/dockerfile/parser/parser.go
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_DIRECTIVE = re.compile(r"^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
_KEYWORD = re.compile(r"^\s*([a-zA-Z]+)(?=\s|$)")
_HEREDOC = re.compile(r"(?<!\S)\d*<<(-?)(['\"]?)([^\s<'\"]+)\2(?!\S)")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
_TAKES_HEREDOC = {"RUN", "COPY", "ADD"}


@dataclass(frozen=True)
class Instruction:
    """
    One instruction with its continuation lines and here-documents, or a run of blank lines and comments.

    ``text`` is exactly what stands in the file, line ends included; ``keyword`` is upper case, empty for the latter.
    """

    keyword: str
    text: str

    @property
    def arguments(self) -> str:
        """What follows the keyword, in one line and without the comments between continuation lines."""
        lines = [line for line in _lines(self.text) if not line.lstrip().startswith("#")]
        joined = " ".join(re.sub(r"[\\`]\s*$", "", line) for line in lines)
        return re.sub(_KEYWORD, "", joined, count=1).strip()


def read_instructions(dockerfile: str) -> list[Instruction]:
    """The instructions of a Dockerfile; their texts joined are the Dockerfile again."""
    lines = _lines(dockerfile)
    escape = re.escape(directives(dockerfile).get("escape", "\\"))
    continues = re.compile(rf"(^|[^{escape}]){escape}[ \t]*\r?\n?$")
    instructions: list[Instruction] = []
    position = 0
    while position < len(lines):
        begin = position
        if _is_silent(lines[position]):
            position += 1
            instructions.append(Instruction("", lines[begin]))
            continue
        position = _end_of_logical_line(lines, position, continues)
        keyword = _keyword(lines[begin])
        if keyword in _TAKES_HEREDOC:
            position = _end_of_heredocs(lines, position, "".join(lines[begin:position]))
        instructions.append(Instruction(keyword, "".join(lines[begin:position])))
    return instructions


def directives(dockerfile: str) -> dict[str, str]:
    """The parser directives (``# syntax=``, ``# escape=``), which stand before everything else."""
    found: dict[str, str] = {}
    for line in _lines(dockerfile):
        match = _DIRECTIVE.match(line)
        if match is None or match[1].lower() in found:
            break
        found[match[1].lower()] = match[2]
    return found


def arguments_declared(instructions: list[Instruction]) -> set[str]:
    """The names of all ARG lines: what a build can be told from outside."""
    words = (word for each in instructions if each.keyword == "ARG" for word in each.arguments.split())
    return {word.partition("=")[0] for word in words}


def images_named(instructions: list[Instruction], given: Mapping[str, str]) -> list[str]:
    """
    The images that a Dockerfile starts or copies from, without its own stages and ``scratch``, in order, once each.

    Variables are filled in from the ARG lines before the first FROM, which ``given`` (build arguments) overrules; a
    name that cannot be known that way is returned with its ``$``.
    """
    arguments = _global_arguments(instructions, given)
    stages: set[str] = {"scratch"}
    images: list[str] = []
    for instruction in instructions:
        if instruction.keyword == "FROM":
            words = [word for word in instruction.arguments.split() if not word.startswith("--")]
            names = [_filled(words[0], arguments)] if words else []
        else:
            names = list(_copied_from(instruction))
        images += [name for name in names if name.lower() not in stages and not name.isdigit() and name not in images]
        if instruction.keyword == "FROM" and len(words) >= 3 and words[1].upper() == "AS":
            stages.add(words[2].lower())
    return images


def _global_arguments(instructions: list[Instruction], given: Mapping[str, str]) -> dict[str, str]:
    arguments: dict[str, str] = {}
    for instruction in instructions:
        if instruction.keyword == "FROM":
            break
        if instruction.keyword == "ARG":
            for word in instruction.arguments.split():
                name, _, value = word.partition("=")
                arguments[name] = given[name] if name in given else _filled(value.strip("'\""), arguments)
    return arguments


def _filled(text: str, arguments: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return arguments.get(match[1] or match[2]) or match[3] or match[0]

    return _VARIABLE.sub(value, text)


def _copied_from(instruction: Instruction) -> Iterator[str]:
    if instruction.keyword in ("COPY", "ONBUILD"):
        yield from re.findall(r"--from=[\"']?([^\s\"']+)", instruction.arguments)
    if instruction.keyword in ("RUN", "ONBUILD"):
        for mount in re.findall(r"--mount=(\S+)", instruction.arguments):
            yield from re.findall(r"(?:^|,)[\"']?from=([^,\"']+)", mount)


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a newline ends one, as for BuildKit (``splitlines`` knows ten more characters)."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _is_silent(line: str) -> bool:
    stripped = line.strip()
    return not stripped or stripped.startswith("#")


def _keyword(line: str) -> str:
    match = _KEYWORD.match(line)
    return match[1].upper() if match else ""


def _end_of_logical_line(lines: list[str], position: int, continues: re.Pattern[str]) -> int:
    """Comments and blank lines between continuation lines belong to the instruction and do not end it."""
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line.lstrip().startswith("#") and line.strip() and not continues.search(line):
            break
    return position


def _end_of_heredocs(lines: list[str], position: int, text: str) -> int:
    """
    The position after the here-documents that ``text`` opens.

    One whose end is nowhere is no here-document (``<<`` inside a quoted string): the lines stay what they are.
    """
    for dash, _, name in _HEREDOC.findall(text):
        for offset, line in enumerate(lines[position:]):
            body = line.rstrip("\r\n")
            if (body.lstrip("\t") if dash else body) == name:
                position += offset + 1
                break
    return position
