"""The YAML block at the top of a README, read without trusting it."""

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

MAX_BLOCK_BYTES = 64 * 1024
#: Deeper nesting than any card needs; PyYAML composes recursively, so depth is checked on the flat events first.
MAX_DEPTH = 32

#: Larger whole numbers mean nothing here, and Python refuses to write out those of 4300 digits.
_MAX_NUMBER_BITS = 1024

#: How the first line of a block looks, and not the text below a ruler.
_FIRST_KEY = re.compile(r"[A-Za-z_][\w-]*:(?: |$)")
#: How any line of a block looks: a key, an entry of a list, or what belongs to the line before.
_IN_BLOCK = re.compile(r"[A-Za-z_][\w-]*:(?: |$)|-? |\t")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class FrontMatter:
    """
    ``values`` is safe to store as JSON: dates are text, keys are text.

    ``spelling`` holds the scalars of the top level as they were written: ``3.10`` is a number to YAML and would lose
    its zero. ``block`` is None when the README has no front matter at all, or one that never ends: that is a problem.
    """

    block: str | None
    values: dict[str, Any]
    spelling: dict[str, str]
    problems: tuple[str, ...] = ()


def read_front_matter(readme: str) -> FrontMatter:
    """The front matter of a README; what is wrong with it is in ``problems``, nothing is raised."""
    block = _cut_block(readme)
    if block is None:
        unclosed = _unclosed(_lines(readme))
        return FrontMatter(None, {}, {}, (unclosed,) if unclosed else ())
    if len(block.encode("utf-8", "replace")) > MAX_BLOCK_BYTES:
        return FrontMatter(block, {}, {}, (f"the front matter is larger than {MAX_BLOCK_BYTES // 1024} KiB",))
    try:
        problem = _check_events(block)
        if problem:
            return FrontMatter(block, {}, {}, (problem,))
        return _load(block)
    except yaml.YAMLError as error:
        return FrontMatter(block, {}, {}, (f"the front matter is not valid YAML: {_where(error)}",))
    except (ValueError, OverflowError, TypeError) as error:
        # PyYAML builds dates and numbers with plain constructors: 2024-99-99 is a ValueError, an unhashable key a
        # TypeError.
        return FrontMatter(block, {}, {}, (f"the front matter holds a value that YAML cannot read: {error}",))


def with_key(readme: str, key: str, value: str) -> str:
    """
    The README with this key in its front matter, in place of one that is there; all else stays as it was written.

    ``value`` must need no quotes in YAML. A README without front matter is returned unchanged.
    """
    lines = _lines(readme)
    fence = _fence(lines)
    if fence is None:
        return readme
    start, end = fence
    kept = [line for line in lines[start + 1 : end] if not line.startswith(f"{key}:")]
    return "\n".join([*lines[: start + 1], *kept, f"{key}: {value}", *lines[end:]])


def body_of(readme: str) -> str:
    """What follows the front matter."""
    lines = _lines(readme)
    fence = _fence(lines)
    return "\n".join(lines if fence is None else lines[fence[1] + 1 :])


def _cut_block(readme: str) -> str | None:
    """The lines between the first two ``---``; byte order mark, CRLF and blank lines before it are forgiven."""
    lines = _lines(readme)
    fence = _fence(lines)
    return None if fence is None else "\n".join(lines[fence[0] + 1 : fence[1]]) + "\n"


def _lines(readme: str) -> list[str]:
    return readme.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _fence(lines: list[str]) -> tuple[int, int] | None:
    """Where the first two ``---`` are."""
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None or lines[start].rstrip() != "---":
        return None
    end = next((number for number in range(start + 1, len(lines)) if lines[number].rstrip() == "---"), None)
    return None if end is None else (start, end)


def _unclosed(lines: list[str]) -> str | None:
    """What is wrong with a block that begins and never ends; None where none begins, as with a ruler above a text."""
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None or lines[start].rstrip() != "---" or not _FIRST_KEY.match("".join(lines[start + 1 : start + 2])):
        return None
    last = start + 1
    while last + 1 < len(lines) and _IN_BLOCK.match(lines[last + 1]):
        last += 1
    return (
        f"the front matter begins with --- on line {start + 1} and never ends: "
        f"write another --- on a line of its own after line {last + 1}"
    )


def _check_events(block: str) -> str | None:
    """What makes a YAML text dangerous to build, found before it is built."""
    depth = 0
    for event in yaml.parse(block, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            # A few hundred bytes of aliases to aliases grow to gigabytes, or refer to themselves without end.
            return "the front matter uses YAML aliases (*name), which are not supported: write the values out"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            return f"the front matter is nested deeper than {MAX_DEPTH} levels"
    return None


def _load(block: str) -> FrontMatter:
    loader = _Loader(block)
    try:
        node = loader.get_single_node()
        if node is None:
            return FrontMatter(block, {}, {})
        if not isinstance(node, yaml.MappingNode):
            return FrontMatter(block, {}, {}, ("the front matter must be a list of `key: value` lines",))
        spelling = {
            str(key.value): value.value
            for key, value in node.value
            if isinstance(value, yaml.ScalarNode) and value.value
        }
        doubled = _doubled_keys(node)
        problems = tuple(f'"{key}" is there more than once' for key in doubled)
        return FrontMatter(block, json_safe(loader.construct_document(node)), json_safe(spelling), problems)
    finally:
        loader.dispose()


def _doubled_keys(node: yaml.MappingNode) -> list[str]:
    seen: set[str] = set()
    doubled = []
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen and key.value not in doubled:
                doubled.append(key.value)
            seen.add(key.value)
    return doubled


def json_safe(value: Any) -> Any:
    """
    The value in types that JSON has; text without NUL and lone surrogates, which PostgreSQL refuses.

    Raises: ValueError for a number that cannot be stored.
    """
    if isinstance(value, dict):
        return {_text(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _MAX_NUMBER_BITS:
        raise ValueError("a number with hundreds of digits")
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    # The block begins on the second line of the README.
    return f"{problem} (line {mark.line + 2}, column {mark.column + 1})" if mark else str(problem)
