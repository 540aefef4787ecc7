"""
The catalogues of all languages, brought up to date: ``make messages``.

Finds what is marked in templates, scripts and Python, adds it to each ``spaceport.po`` without a translation, takes out
what is not there any more, and compiles each into the ``spaceport.mo`` that the hub reads.
"""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from spaceport.translating import DOMAIN, FOLDER, SENTENCES
from spaceport.web.assets import load_assets
from spaceport.web.domain_words import DOMAIN_SENTENCES
from spaceport.web.script_texts import messages_in
from tests.sentences import found_sentences

_SOURCES = FOLDER.parent
_METHODS = [
    ("**/pages/**.html", "jinja2"),
    ("**.py", "python"),
]
_OPTIONS = {"**/pages/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
_NO_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "marked": None,
    "ngettext": (1, 2),
    "marked_pair": (1, 2),
}


def found_messages() -> Catalog:
    """All that is marked."""
    catalog = Catalog(project="Spaceport", charset="utf-8")
    found = extract_from_dir(_SOURCES, _METHODS, _OPTIONS, _KEYWORDS, comment_tags=("Translators:",))
    for _file, _line, message, comments, context in found:
        catalog.add(message, auto_comments=comments, context=context)
    for message in found_sentences():
        catalog.add(message)
    for text in messages_in(load_assets().files):
        catalog.add(text.one if text.many is None else (text.one, text.many))
    return catalog


def sentences_file() -> str:
    """What the hub reads: the sentences that have values in them, among those that are said in other parts."""
    sentences = [message for message in [*found_sentences(), *DOMAIN_SENTENCES] if "%(" in message]
    return json.dumps(sorted(set(sentences)), indent=0) + "\n"


def catalogue_files() -> list[Path]:
    return sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def texts_of(catalog: Catalog) -> dict[str | tuple[str, ...], Message]:
    """Message, or its forms, to what the catalogue says of it; its head is left out."""
    return {tuple(m.id) if isinstance(m.id, (list, tuple)) else m.id: m for m in catalog if m.id}


def compiled(catalog: Catalog) -> bytes:
    """The same bytes for the same texts, whatever day it is."""
    catalog.creation_date = catalog.revision_date = _NO_DAY
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def _head(path: Path) -> bytes:
    """As it is: with dates in it, two people who add a text each would always be in conflict."""
    return path.read_bytes().partition(b"\n\n")[0] + b"\n\n"


def _body(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return buffer.getvalue()


def main() -> None:
    SENTENCES.write_text(sentences_file())
    template = found_messages()
    for path in catalogue_files():
        catalog = read_catalogue(path)
        catalog.update(template, no_fuzzy_matching=True)
        path.write_bytes(_head(path) + _body(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        left = [message for message in texts_of(catalog).values() if not message.string or not all(message.string)]
        print(f"{path.parts[-3]}: {len(catalog)} texts, {len(left)} not translated")


if __name__ == "__main__":
    main()
