"""Source code as lines of HTML with a class for each kind of word. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import groupby
from operator import itemgetter
from time import monotonic

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token

#: What is longer is shown without colours: it takes a processor for seconds.
MAX_CHARACTERS = 200_000
_MAX_LINE_CHARACTERS = 5_000
_MAX_SECONDS = 1.0

#: Class by kind of word, the narrower kinds first. Source: Pygments, "Builtin Tokens".
_CLASSES = (
    (Token.Comment, "hl-comment"),
    (Token.Keyword, "hl-key"),
    (Token.Literal.String, "hl-string"),
    (Token.Literal.Number, "hl-number"),
    (Token.Name.Function, "hl-name"),
    (Token.Name.Class, "hl-name"),
    (Token.Name.Tag, "hl-key"),
    (Token.Name.Attribute, "hl-name"),
    (Token.Name.Decorator, "hl-number"),
    (Token.Name.Builtin, "hl-builtin"),
    (Token.Operator.Word, "hl-key"),
    (Token.Generic.Heading, "hl-key"),
    (Token.Generic.Inserted, "hl-string"),
    (Token.Generic.Deleted, "hl-number"),
)

#: Lexer by extension. A table of our own: guessing by contents, or among five hundred languages, is slow.
_BY_EXTENSION = {
    extension: lexer
    for lexer, extensions in {
        "bash": "sh bash zsh",
        "c": "c h",
        "cpp": "cc cpp cxx hpp cu cuh",
        "csharp": "cs",
        "css": "css",
        "diff": "diff patch",
        "go": "go",
        "html": "html htm",
        "ini": "ini cfg conf",
        "java": "java",
        "javascript": "js mjs cjs jsx",
        "json": "json jsonl ipynb webmanifest",
        "julia": "jl",
        "kotlin": "kt",
        "lua": "lua",
        "markdown": "md markdown",
        "perl": "pl",
        "php": "php",
        "protobuf": "proto",
        "python": "py pyi pyw",
        "r": "r",
        "ruby": "rb",
        "rust": "rs",
        "scala": "scala",
        "scss": "scss",
        "sql": "sql",
        "swift": "swift",
        "tex": "tex",
        "toml": "toml lock",
        "typescript": "ts tsx",
        "xml": "xml svg",
        "yaml": "yaml yml",
    }.items()
    for extension in extensions.split()
}
_BY_NAME = {"dockerfile": "docker", "makefile": "make"}
#: An extension of each lexer, and words that blocks are marked with beside both.
_BY_LEXER = {lexer: extension for extension, lexer in _BY_EXTENSION.items()} | {"console": "sh", "shell": "sh"}
#: Of ``_CLASSES``, for those who clean HTML.
CLASSES = frozenset(name for _, name in _CLASSES)


@lru_cache(maxsize=32)
def highlighted(path: str, text: str) -> tuple[str, ...] | None:
    """
    Lines of HTML, one for each of ``text.split("\\n")``; None where the name tells no language, or it is too long.

    What cannot be read in a second stays plain.
    """
    lexer = _lexer_for(path)
    too_long = len(text) > MAX_CHARACTERS or any(len(line) > _MAX_LINE_CHARACTERS for line in text.split("\n"))
    if lexer is None or too_long:
        return None
    lines: list[list[tuple[str, str]]] = [[]]
    for name, value in _words(lexer, text):
        for place, part in enumerate(value.split("\n")):
            if place:
                lines.append([])
            if part:
                lines[-1].append((name, part))
    return tuple(map(_line, lines))


def _line(words: list[tuple[str, str]]) -> str:
    """Neighbours of one kind share an element."""
    grouped = (
        (name, escape("".join(part for _, part in group), quote=False)) for name, group in groupby(words, itemgetter(0))
    )
    return "".join(f'<span class="{name}">{text}</span>' if name else text for name, text in grouped)


def highlighted_block(language: str, text: str) -> str | None:
    """
    HTML of a fenced block of Markdown; None where its first word names no language known here, or it is too long.

    Source: CommonMark 0.31, "info string".
    """
    name = language.lower()
    extension = name if name in _BY_EXTENSION else _BY_LEXER.get(name, "")
    lines = highlighted(f"block.{extension}", text)
    return None if lines is None else "\n".join(lines)


def _lexer_for(path: str) -> Lexer | None:
    name = path.rpartition("/")[2].lower()
    lexer = _BY_NAME.get(name.partition(".")[0]) or _BY_EXTENSION.get(name.rpartition(".")[2])
    return get_lexer_by_name(lexer, stripnl=False, ensurenl=False) if lexer else None


def _words(lexer: Lexer, text: str) -> Iterator[tuple[str, str]]:
    """
    Class and text of each word, all of the text in its order.

    By the unprocessed way, which leaves ends of lines and what cannot be read as they are.
    """
    ends_at, done = monotonic() + _MAX_SECONDS, 0
    for start, kind, value in lexer.get_tokens_unprocessed(text):
        if start != done or monotonic() > ends_at:
            # Some lexers come back to text that they had left; it is shown once, in its order.
            break
        done += len(value)
        yield _class_of(kind), value
    if done < len(text):
        yield "", text[done:]


@lru_cache(maxsize=512)
def _class_of(kind: object) -> str:
    return next((name for parent, name in _CLASSES if kind in parent), "")
