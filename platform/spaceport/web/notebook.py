"""A Jupyter notebook as it was saved: text, code and results; nothing of it runs. Pure."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from spaceport.highlighting import highlighted
from spaceport.markdown import CardPlace, clean_html, render_card
from spaceport.translating import gettext

MAX_NOTEBOOK_BYTES = 8 * 1024**2
#: Of one page; what comes after them is left out.
_MAX_CELLS, _MAX_OUTPUTS = 500, 30
_MAX_TEXT_CHARACTERS, _MAX_HTML_CHARACTERS = 20_000, 100_000
_MAX_ALL_CHARACTERS = 2_000_000
#: Of the sources of all cells: what comes after them has neither colours nor Markdown.
_MAX_RICH_CHARACTERS = 200_000
#: Shown from the page itself: as pictures, which run no scripts. SVG would be as safe, but is text to be read.
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
#: What terminals read as colours and moves. Source: ECMA-48 section 5.4 (control sequences).
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class Output:
    """One of ``html`` (clean), ``text`` and ``image`` (a ``data:`` address)."""

    html: str = ""
    text: str = ""
    image: str = ""
    is_error: bool = False


@dataclass(frozen=True)
class Cell:
    """``html`` (clean) is the text, or the code with its colours. ``number`` is when the code ran, 0 for never."""

    html: str
    is_code: bool = False
    number: int = 0
    outputs: tuple[Output, ...] = ()
    note: str = ""


def read_notebook(text: str, place: CardPlace) -> tuple[Cell, ...] | None:
    """None for what is no notebook of format 4. Source: nbformat 5, the schema of format 4.5."""
    try:
        book = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(book, Mapping) or not isinstance(book.get("cells"), list):
        return None
    cells = [cell for cell in book["cells"] if isinstance(cell, Mapping)]
    language = _language(book)
    shown: list[Cell] = []
    room, rich = _MAX_ALL_CHARACTERS, _MAX_RICH_CHARACTERS
    for cell in cells[:_MAX_CELLS]:
        if room <= 0:
            break
        source = _text(cell.get("source"))[:_MAX_HTML_CHARACTERS]
        rich -= len(source)
        made = _cell(cell, source, language if rich >= 0 else None, place)
        room -= len(made.html) + sum(len(each.html) + len(each.text) for each in made.outputs)
        shown.append(made)
    if len(shown) < len(cells):
        shown.append(Cell("", note=gettext("The rest is left out here: download the file to see all of it.")))
    return tuple(shown) or (Cell("", note=gettext("The notebook is empty.")),)


def _cell(cell: Mapping[str, Any], source: str, language: str | None, place: CardPlace) -> Cell:
    """Without a language as it was written."""
    kind = cell.get("cell_type")
    if kind == "markdown" and language is not None:
        return Cell(render_card(source, place))
    if kind != "code":
        return Cell(f"<pre>{escape(source)}</pre>")
    lines = highlighted(f"cell.{language}", source) if language is not None else None
    number, outputs = cell.get("execution_count"), cell.get("outputs")
    found = [each for each in outputs if isinstance(each, Mapping)] if isinstance(outputs, list) else []
    return Cell(
        "\n".join(lines) if lines is not None else escape(source),
        is_code=True,
        number=number if isinstance(number, int) else 0,
        outputs=tuple(shown for each in found[:_MAX_OUTPUTS] if (shown := _output(each)) is not None),
        note="More results are left out here." if len(found) > _MAX_OUTPUTS else "",
    )


def _output(output: Mapping[str, Any]) -> Output | None:
    kind = output.get("output_type")
    if kind == "stream":
        return Output(text=_plain(output.get("text")), is_error=output.get("name") == "stderr")
    if kind == "error":
        trace = output.get("traceback")
        lines = trace if isinstance(trace, list) and trace else [f"{output.get('ename')}: {output.get('evalue')}"]
        return Output(text=_plain("\n".join(map(str, lines))), is_error=True)
    data = output.get("data")
    return _richest(data) if isinstance(data, Mapping) else None


def _richest(data: Mapping[str, Any]) -> Output | None:
    for kind in _IMAGES:
        if kind in data and (image := _image(kind, _text(data[kind]))):
            return Output(image=image)
    if "text/html" in data:
        html = _text(data["text/html"])
        # Cut HTML would be another page: too long a table is shown as the text beside it.
        clean = clean_html(html) if len(html) <= _MAX_HTML_CHARACTERS else None
        if clean and clean.strip():
            return Output(html=clean)
    text = _plain(data.get("text/plain"))
    return Output(text=text) if text else None


def _image(kind: str, content: str) -> str | None:
    try:
        raw = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def _plain(value: object) -> str:
    return _CONTROL.sub("", _text(value))[:_MAX_TEXT_CHARACTERS]


def _text(value: object) -> str:
    """Texts are one string, or a list of lines."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _language(book: Mapping[str, Any]) -> str:
    metadata = book.get("metadata")
    info = metadata.get("language_info") if isinstance(metadata, Mapping) else None
    extension = info.get("file_extension") if isinstance(info, Mapping) else None
    return extension.lstrip(".") if isinstance(extension, str) else "py"
