"""Markdown that people wrote, as HTML that may stand on our pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from itertools import pairwise
from posixpath import normpath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from spaceport.highlighting import CLASSES, highlighted_block

TAGS = set(
    """
    a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul
    """.split()  # noqa: SIM905
)
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
#: What cards of the public hub are written with beside that: pictures, and parts that fold or stand in the middle.
_CARD_TAGS = TAGS | {"b", "br", "center", "details", "div", "i", "img", "kbd", "span", "sub", "summary", "sup", "u"}
_TABLE_TAGS = (TAGS | {"b", "div", "i", "span", "sub", "sup", "tfoot", "u"}) - {"a"}
_SPANS = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CARD_ATTRIBUTES = {
    **ATTRIBUTES,
    "img": {"src", "alt", "title", "width", "height", "align"},
    **{tag: {"align"} for tag in ("div", "p", "td", "th")},
    "details": {"open"},
    **{tag: {"id", "align"} for tag in HEADINGS},
}
#: What an HTML parser opens anew in each paragraph until it is closed, and what it never nests. Source: HTML standard,
#: sections 13.2.4.3 (the list of active formatting elements) and 13.1.2.4 (optional tags).
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())  # noqa: SIM905
_FLAT = frozenset("br col dd dt hr img input li option p source tbody td tfoot th thead tr wbr".split())  # noqa: SIM905
_OPENING = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)")
#: Elements that a parser may make of a card, and tags that may stand inside one another.
_MAX_ELEMENTS = 300_000
_MAX_NESTING = 3_000
#: Blocks of code of a card that get colours, from its start, and characters in all of them.
_MAX_COLOURED_BLOCKS = 40
_MAX_COLOURED_CHARACTERS = 40_000
#: What has a meaning in Markdown. A parser takes up to a hundredth of a millisecond of a processor for each.
_SIGN = re.compile(r"[\[\](){}*_`~<>&|#!\n\\-]")
MAX_SIGNS = 80_000
#: Before every id of a card, so that none is taken for one of the page's own.
_ID_PREFIX = "card-"


@dataclass(frozen=True)
class CardPlace:
    """
    Where a card stands, which is what its relative links begin at.

    ``files`` is the address before the path of a file as it is, ``pages`` of the page about it; both end with ``/``.
    ``folder`` is that of the card itself.
    """

    files: str
    pages: str
    folder: str = ""


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def render_markdown(text: str) -> str:
    """
    HTML of a few harmless elements: no scripts, no styles, no pictures from elsewhere, no HTML of the author's own.

    Cleaned after it was made, so that a mistake of the parser opens nothing. What nobody can wait for is shown as it
    was written. Source: CommonMark 0.31.
    """
    if signs_in(text) > MAX_SIGNS:
        return _as_written(text)
    made = _parser().render(text)
    return nh3.clean(made, tags=TAGS, attributes=ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow ugc noopener")


@lru_cache(maxsize=64)
def render_card(text: str, place: CardPlace) -> str:
    """
    HTML of a README: with the HTML that cards of the public hub are written in, as far as it is harmless.

    Pictures of the repo itself are shown; what a page of ours would load from elsewhere is left out. HTML that would
    unfold to more than anybody reads is shown as it was written, and so is a text that nobody can wait for.
    """
    if signs_in(text) > MAX_SIGNS:
        return _as_written(text)
    parser = _card_parser()
    tokens = parser.parse(text)
    if _unfolds(tokens):
        parser = _parser()
        tokens = parser.parse(text)
    return cleaned(
        parser,
        tokens,
        tags=_CARD_TAGS,
        attributes=_CARD_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: _address(tag, name, value, place),
        link_rel="nofollow ugc noopener",
        id_prefix=_ID_PREFIX,
    )


def signs_in(text: str) -> int:
    """How much work it is to read a text as Markdown, whatever it says."""
    return sum(1 for _ in _SIGN.finditer(text))


def _as_written(text: str) -> str:
    return f"<pre>{escape(text, quote=False)}</pre>"


def cleaned(parser: MarkdownIt, tokens: list[Token], **rules: Any) -> str:
    """HTML with headings that have ids and blocks of code in colours; ``rules`` are those of ``nh3.clean``."""
    name_headings(tokens)
    _colour_blocks(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    return nh3.clean(html, allowed_classes={"span": set(CLASSES)}, url_schemes=_SCHEMES, **rules)


@cache
def _card_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def clean_html(text: str) -> str | None:
    """
    HTML of somebody else's program, such as a table: without links, pictures and styles. None for what would unfold
    to more than anybody reads.
    """
    if _unfolds([Token("html_block", "", 0, content=text)]):
        return None
    return nh3.clean(text, tags=_TABLE_TAGS, attributes=_SPANS)


def _unfolds(tokens: list[Token]) -> bool:
    """
    Whether a few kilobytes of HTML may become gigabytes, or take a parser minutes.

    A bound that is never too low: what is closed again counts as well, for only a whole parser could tell.
    """
    blocks = formatting = nested = 0
    for token in all_tokens(tokens):
        if token.type in ("html_block", "html_inline"):
            names = [name.lower() for name in _OPENING.findall(token.content)]
            blocks += len(names)
            formatting += sum(name in _FORMATTING for name in names)
            nested += sum(name not in _FLAT for name in names)
        elif token.nesting == 1:
            blocks += 1
    return formatting * blocks > _MAX_ELEMENTS or nested > _MAX_NESTING


def all_tokens(tokens: list[Token]) -> Iterator[Token]:
    """With those that are inside of others, each after the one that it is in."""
    for token in tokens:
        yield token
        yield from token.children or ()


def name_headings(tokens: list[Token]) -> None:
    """As GitHub and the public hub name them, so that a table of contents leads somewhere."""
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            name = re.sub(r"[^\w\- ]", "", inline.content.lower()).strip().replace(" ", "-")
            number = seen.get(name, 0)
            seen[name] = number + 1
            opening.attrSet("id", f"{name}-{number}" if number else name)


def _colour_blocks(tokens: list[Token]) -> None:
    """Fenced blocks whose language is known become HTML of their own; the others stay as they are."""
    blocks = [token for token in tokens if token.type == "fence" and token.info.strip()]
    left = _MAX_COLOURED_CHARACTERS
    for token in blocks[:_MAX_COLOURED_BLOCKS]:
        left -= len(token.content)
        coloured = highlighted_block(token.info.split()[0], token.content) if left >= 0 else None
        if coloured is not None:
            token.type, token.content = "html_block", f"<pre><code>{coloured}</code></pre>\n"


def _address(tag: str, name: str, value: str, place: CardPlace) -> str | None:
    """The value of an attribute as it may stay; None for one that must go."""
    if name == "src":
        return _inside(value, place.files, place.folder)
    if name != "href":
        return value
    if value.startswith("#"):
        return f"#{_ID_PREFIX}{value[1:]}"
    return _inside(value, place.pages, place.folder) or value


def _inside(value: str, base: str, folder: str) -> str | None:
    """The address of a file of the repo; None for what leads out of it."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    path = normpath(f"{folder}/{unquote(parts.path)}").lstrip("/")
    if path.startswith("..") or not path.isprintable():
        return None
    return base + quote(path) + (f"#{_ID_PREFIX}{parts.fragment}" if parts.fragment else "")
