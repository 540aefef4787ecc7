"""Markdown that people wrote, as HTML that may stand on our pages."""

from functools import cache

import nh3
from markdown_it import MarkdownIt

_TAGS = set(
    """
    a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul
    """.split()  # noqa: SIM905
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def render_markdown(text: str) -> str:
    """
    HTML of a few harmless elements: no scripts, no styles, no pictures from elsewhere, no HTML of the author's own.

    Cleaned after it was made, so that a mistake of the parser opens nothing. Source: CommonMark 0.31.
    """
    made = _parser().render(text)
    return nh3.clean(made, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow ugc noopener")
