"""The guides that come with Spaceport, as HTML and as sections to search."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from spaceport.markdown import ATTRIBUTES, HEADINGS, TAGS, all_tokens, cleaned, name_headings


@dataclass(frozen=True)
class Section:
    """A part of a guide below its title: ``words`` is all that it says, as plain text."""

    level: int
    anchor: str
    title: str
    words: str


@cache
def _guide_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def render_guide(text: str, folder: str) -> str:
    """
    HTML of a guide that comes with Spaceport. Links to ``other.md`` lead to ``other`` in ``folder``, an address that
    ends with ``/``; headings have ids without a prefix, so that pages can link to them, and lead to themselves.
    """
    parser = _guide_parser()
    tokens = parser.parse(text)
    name_headings(tokens)
    _link_headings(tokens)
    return cleaned(
        parser,
        tokens,
        tags=TAGS | {"span"},
        attributes=ATTRIBUTES | {tag: {"id"} for tag in HEADINGS},
        attribute_filter=lambda _tag, name, value: _guide_address(value, folder) if name == "href" else value,
        link_rel="noopener",
    )


def sections_of(text: str) -> tuple[Section, ...]:
    """Those of a guide in their order; the first is that of its title."""
    tokens = _guide_parser().parse(text)
    name_headings(tokens)
    sections: list[Section] = []
    for before, token in pairwise(tokens):
        if token.type not in ("inline", "fence"):
            continue
        said = "".join(" " if each.type in ("softbreak", "hardbreak") else each.content for each in all_tokens([token]))
        words = said[len(token.content) :] if token.type == "inline" else said
        if before.type == "heading_open":
            sections.append(Section(int(before.tag[1:]), str(before.attrGet("id")), words, words))
        elif sections:
            sections[-1] = replace(sections[-1], words=f"{sections[-1].words} {words}")
    return tuple(sections)


def _link_headings(tokens: list[Token]) -> None:
    """Those below the title become links to themselves, for who wants the address of a section."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag != "h1":
            link = Token("link_open", "a", 1, attrs={"href": f"#{opening.attrGet('id')}"})
            inline.children = [link, *(inline.children or ()), Token("link_close", "a", -1)]


def _guide_address(value: str, folder: str) -> str:
    name, mark, anchor = value.partition("#")
    is_guide = name.endswith(".md") and "/" not in name
    return f"{folder}{name.removesuffix('.md')}{mark}{anchor}" if is_guide else value
