"""
Paths of a repo that match a pattern of data files.

Source: datasets 5.2, ``data_files.py`` (``resolve_pattern``), and fsspec's ``glob``.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from spaceport.repos.viewer.formats import is_data_file

#: Files that say something about the data; taken only where a pattern ends in their name.
_IGNORED_NAMES = frozenset(
    ("README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dummy_data.zip", "dataset_dict.json")
)
_MAGIC = re.compile(r"[*?[]")
_WILD = re.compile(r"\*\*/?|\*|\?|\[[^\]]*\]|\[")
#: Segment by segment: a card is a stranger's, and what goes back and forth in a path holds up everybody.
_SEGMENT, _SEGMENTS = "[^/]+/", "(?:[^/]+/)*"
_MAX_DEEP, _MAX_DEPTH = 2, 40


def has_magic(pattern: str) -> bool:
    return _MAGIC.search(pattern) is not None


def clean_pattern(pattern: str) -> str:
    return "/".join(part for part in pattern.split("/") if part not in ("", "."))


def plain_folder(clean: str) -> str:
    """The folder that all that matches lies in, as far as the pattern names it."""
    magic = _MAGIC.search(clean)
    return (clean if magic is None else clean[: magic.start()]).rpartition("/")[0]


def matching(pattern: str, paths: Sequence[str], only_data: bool = True) -> list[str]:
    """
    In order of path. Hidden files and folders, and folders whose names begin with two underscores, match only where the
    pattern says so.

    Raises: ValueError for a pattern that cannot be one.
    """
    clean = clean_pattern(pattern)
    expression = _expression(clean)
    literal = max((piece.strip("/") for piece in _WILD.split(clean)), key=len)
    ignored = _IGNORED_NAMES - {clean.rpartition("/")[2]}
    hidden, special = _marks(clean.split("/"))
    found = []
    for path in paths:
        # Most paths end here, at a fraction of the cost.
        if literal not in path or path.count("/") > _MAX_DEPTH or expression.match(path) is None:
            continue
        name = path.rpartition("/")[2]
        if name in ignored or (only_data and not is_data_file(name)):
            continue
        if ("/." in path or "/__" in path or path[0] in "._" or hidden or special) and _marks(path.split("/")) != (
            hidden,
            special,
        ):
            continue
        found.append(path)
    return sorted(found)


def _marks(parts: Sequence[str]) -> tuple[int, int]:
    """How many parts are hidden, and how many folders are special."""
    hidden = sum(part.startswith(".") and set(part) != {"."} for part in parts)
    return hidden, sum(part.startswith("__") for part in parts[:-1])


@lru_cache(maxsize=1000)
def _expression(pattern: str) -> re.Pattern[str]:
    """Raises: ValueError."""
    parts = pattern.split("/")
    if len(pattern) > 1000 or len(parts) > 50:
        raise ValueError("the pattern is too long")
    if parts.count("**") > _MAX_DEEP:
        raise ValueError("the pattern has too many **")
    try:
        return re.compile("".join(_translated(parts)), re.DOTALL)
    except re.error as error:
        raise ValueError(f"{pattern[:200]} is no pattern of files: {error}") from error


def _translated(parts: Sequence[str]) -> Iterable[str]:
    last = len(parts) - 1
    for number, part in enumerate(parts):
        if part == "**":
            yield _SEGMENTS if number < last else ".*"
        elif "**" in part:
            raise ValueError("** can only be a whole part of a path, as in data/**/*.csv")
        elif part == "*":
            yield _SEGMENT if number < last else "[^/]+"
        else:
            yield from _in_part(part)
            if number < last:
                yield "/"
    yield r"\Z"


def _in_part(part: str) -> Iterable[str]:
    """
    What stands between two stars is taken at its first place and for good, which is always right where a star is all
    that follows: else ``*a*a*a*`` would try every way to share out a name. Source: CPython, ``fnmatch.translate``.
    """
    pieces: list[list[str]] = [[]]
    for token in _tokens(part):
        if token is None:
            pieces.append([])
        else:
            pieces[-1].append(token)
    first, *others = ("".join(piece) for piece in pieces)
    yield first
    for number, piece in enumerate(others, 1):
        yield f"[^/]*{piece}" if number == len(others) else f"(?>[^/]*?{piece})"


def _tokens(part: str) -> Iterable[str | None]:
    """Expressions of one character each; None for a star."""
    position = 0
    while position < len(part):
        character = part[position]
        position += 1
        if character == "*":
            yield None
        elif character == "?":
            yield "[^/]"
        elif character == "[" and (end := part.find("]", position + 1)) > 0:
            inside = part[position:end].replace("\\", r"\\").replace("[", r"\[")
            yield f"(?!/)[^{inside[1:]}]" if inside[0] == "!" else f"(?!/)[{inside.replace('^', chr(92) + '^', 1)}]"
            position = end + 1
        else:
            yield re.escape(character)
