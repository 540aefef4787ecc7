"""
Texts in the reader's language, by gettext.

The language belongs to the request at hand: a page says it once (``speak``), and all that is called for the page speaks
it, in its threads as well. Where nothing was said it is English, so that logs, the API and git speak English.
"""

import gettext as standard
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from spaceport.domain.language import Language

FOLDER = Path(__file__).parent / "locale"
DOMAIN = "spaceport"

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
    """A text that was marked with ``marked`` or another text as it is, percent signs and all."""
    return catalogue(spoken()).gettext(text) if text else text


def counted(one: str, many: str, count: int) -> str:
    """``one`` or ``many``, as it is, values and all."""
    return catalogue(spoken()).ngettext(one, many, count)


def marked(message: str) -> str:
    """``message`` itself: for what is translated later, with ``translated``. It is in the catalogues from here on."""
    return message


def marked_pair(one: str, many: str) -> tuple[str, str]:
    """The same, for ``counted``."""
    return one, many
