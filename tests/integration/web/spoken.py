"""What a page says itself: its text without code, names and what people wrote."""

from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
#: Code, scripts, and what is somebody's words, or has them in it.
_UNSAID = {"title", "bdi", "script", "style", "pre", "code", "textarea", "kbd", "samp", "option", "svg"}
_THEIRS = {"mono", "log-lines", "isolation"}
_SHOWN = ("title", "placeholder", "aria-label", "alt")


class SpokenText(HTMLParser):
    """
    ``said`` are the texts of a page for its reader, ``language`` is its ``lang``.

    Left out is what is marked as somebody else's: ``dir="auto"``, ``lang``, the type of code (``mono``),
    logs, and what an engine of these tests says of itself.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.language = ""
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.pop("lang", "")
        is_theirs = (
            given.get("dir") == "auto" or "lang" in given or not _THEIRS.isdisjoint(given.get("class", "").split())
        )
        is_silent = self._is_silent or tag in _UNSAID or is_theirs
        if not is_silent:
            self.said += [given[name] for name in _SHOWN if given.get(name)]
        if tag not in _VOID:
            self._open.append((tag, is_silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_silent:
            self.said.append(" ".join(data.split()))

    @property
    def _is_silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]
