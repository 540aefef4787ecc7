"""The guides that come with Spaceport: their order, and their HTML, made once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from html import escape
from pathlib import Path

from spaceport.guide_markdown import Section, render_guide, sections_of
from spaceport.settings import PREFIX, Settings
from spaceport.translating import marked

FOLDER = Path(__file__).parents[1] / "docs" / "guides"
#: The contents list: headings and the files below each, in the order in which one leads to the next.
CONTENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (marked("Build a Space"), ("first-space", "front-matter", "dependencies", "variables-and-secrets", "logs")),
    (marked("Run a Space"), ("hardware", "storage", "deployments", "visits", "domains", "timers")),
    (marked("Use and share"), ("embed-and-api", "sign-in", "access", "discussions", "webhooks")),
    (marked("Models and datasets"), ("models", "datasets")),
    (marked("Account"), ("tokens", "organizations")),
    (marked("For the admin"), ("install", "settings", "backup", "machines", "metrics", "security")),
)
#: Where this stands in a guide, the table of all settings is put.
SETTINGS_TABLE = "SETTINGS_TABLE"
_MOST_FOUND = 40
_EXCERPT = 160


@dataclass(frozen=True)
class Guide:
    """
    ``summary`` is the first paragraph, which has no markup. ``html`` has names in capitals where the hub's address and
    the reader's name belong: see ``filled``.
    """

    name: str
    title: str
    summary: str
    html: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Found:
    """A section in which all words of a search are."""

    guide: Guide
    section: Section
    excerpt: str


@cache
def load_guides() -> Mapping[str, Guide]:
    """All of them by name, in the order of the contents list."""
    return {name: read_guide(name) for _, names in CONTENTS for name in names}


def read_guide(name: str) -> Guide:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8").replace(SETTINGS_TABLE, settings_table())
    sections = sections_of(text)
    summary = text.split("\n\n", 2)[1]
    return Guide(name, sections[0].title, summary, render_guide(text, "/docs/"), sections[1:])


def filled(html: str, values: Mapping[str, str]) -> str:
    """With each name in capitals replaced by what it stands for, so that commands can be copied as they are."""
    names = re.compile(rf"\b(?:{'|'.join(values)})\b", re.ASCII)
    return names.sub(lambda found: escape(values[found[0]]), html)


def with_copy_buttons(html: str, word: str, language: str) -> str:
    """With a button at each block of code, which says ``word`` in the reader's ``language``."""
    button = f'<button class="copy with-script" type="button" data-copy lang="{language}">{escape(word)}</button>'
    return html.replace("<pre>", '<div class="copy-box"><pre>').replace("</pre>", f"</pre>{button}</div>")


def settings_table() -> str:
    """The rows of the README: name, default, unit and help of each setting."""
    head = "| variable | default | unit | what it does |\n|---|---|---|---|\n"
    rows = []
    for each in fields(Settings):
        default = each.default.name if isinstance(each.default, Path) else str(each.default)
        choices = each.metadata["choices"]
        unit = each.metadata["unit"] or (f"one of {', '.join(choices)}" if choices else "")
        shown = f"`{default.lower() if isinstance(each.default, bool) else default}`" if default else ""
        rows.append(f"| `{PREFIX}{each.name.upper()}` | {shown} | {unit} | {each.metadata['help']} |\n")
    return head + "".join(rows)


def search_guides(asked: str) -> list[Found]:
    """Sections with all the words, those first whose heading has them."""
    words = asked.casefold().split()
    if not words:
        return []
    found = [
        Found(guide, section, _excerpt(section.words.removeprefix(section.title).strip(), words))
        for guide in load_guides().values()
        for section in guide.sections
        if all(word in f"{guide.title} {section.words}".casefold() for word in words)
    ]
    found.sort(key=lambda each: not all(word in each.section.title.casefold() for word in words))
    return found[:_MOST_FOUND]


def _excerpt(text: str, words: list[str]) -> str:
    """From a little before the first of the words."""
    lower = text.casefold()
    at = min((place for word in words if (place := lower.find(word)) >= 0), default=0)
    start = text.rfind(" ", 0, max(at - 40, 0)) + 1
    return ("… " if start else "") + text[start : start + _EXCERPT] + ("…" if start + _EXCERPT < len(text) else "")
