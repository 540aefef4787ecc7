"""
Texts in the reader's language, by gettext.

The language belongs to the request at hand: a page says it once (``speak``), and all that is called for the page speaks
it, in its threads as well. Where nothing was said it is English, so that logs, the API and git speak English.
"""

import gettext as standard
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

from spaceport.domain.language import Language
from spaceport.marking import marked as marked
from spaceport.marking import marked_pair as marked_pair
from spaceport.retelling import Sentence, retell

FOLDER = Path(__file__).parent / "locale"
DOMAIN = "spaceport"
#: Sentences with values that other parts make in English: ``make messages`` writes it.
SENTENCES = FOLDER / "sentences.json"
#: The same reasons are on many rows of a page, and on each of its reloads.
_REMEMBERED = 4096

_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.ENGLISH)


def speak(language: Language) -> None:
    """The language of what this request is told from here on."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """The language within the block, where several requests share what runs."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> Language:
    return _spoken.get()


@cache
def catalogue(language: Language) -> standard.NullTranslations:
    """
    The texts in that language; English ones are their own.

    Raises: FileNotFoundError where the package was made without its catalogues.
    """
    if language is Language.ENGLISH:
        return standard.NullTranslations()
    return standard.translation(DOMAIN, FOLDER, [language.catalogue])


def gettext(message: str, **values: object) -> str:
    """``message`` translated, with ``values`` at ``%(name)s``. A percent sign of its own is written ``%%``."""
    return catalogue(spoken()).gettext(message) % values


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """``one`` or ``many``, as the language counts; the number itself is ``%(num)s``."""
    return counted(one, many, count) % {"num": count, **values}


def translated(text: str) -> str:
    """
    A text that was marked with ``marked``, or what was said in English and kept, such as a reason or an error.

    Another text is returned as it is, percent signs and all.
    """
    language = spoken()
    return text if not text or language is Language.ENGLISH else _retold(language, text)


@lru_cache(_REMEMBERED)
def _retold(language: Language, text: str) -> str:
    return retell(text, catalogue(language).gettext, _sentences())


@cache
def _sentences() -> tuple[Sentence, ...]:
    return tuple(map(Sentence.of, json.loads(SENTENCES.read_text())))


def counted(one: str, many: str, count: int) -> str:
    """``one`` or ``many``, as it is, values and all."""
    return catalogue(spoken()).ngettext(one, many, count)
