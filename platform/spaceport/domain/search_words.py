"""Texts as the words they are found by, and what somebody types as the words to look for. Pure."""

import re
import unicodedata
from collections.abc import Iterator

from spaceport.domain.hub_fields import HubFields

#: Of the words of one card, in characters: what comes later is not searched.
MAX_CARD_LENGTH = 20_000
#: The same of a name, a title, a description and tags together.
MAX_HEAD_LENGTH = 4_000
#: Of what is read of a card before it is cut into words.
_MAX_READ_LENGTH = 200_000
#: A longer word of a card is no word but a hash or a picture.
_MAX_WORD_LENGTH = 40
#: Parts of a word from its third last letter on are found in names and titles; shorter ends are in nearly all of them.
_MIN_END_LENGTH = 3
#: Words to look for, at most.
_MAX_WORDS = 12

#: Chinese and Japanese are written without blanks: each sign counts as a word.
_SIGN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_SIGN}]|[^\\W_{_SIGN}]+")
_RUN = re.compile(f"[{_SIGN}]+|[^\\W_{_SIGN}]+")
_NOT_READ = re.compile(r"<[^<>]{0,500}>|https?://[^\s)\"'>]{1,500}|data:[^\s)\"'>]{1,100000}")
#: Each repo has one, so it tells nothing.
_TAG_OF_ALL = "region:"


def head_words(repo: HubFields, names: tuple[str, str], title: str, description: str) -> str:
    """
    The words of a repo's head: owner and name, title, description, tags, each word after a blank.

    The ends of the words of name and title follow, so that ``bert`` is the beginning of a word of ``distilbert``.
    """
    owner, name = names
    tags = [tag for tag in repo.tags if not tag.startswith(_TAG_OF_ALL)]
    plain = _words(" ".join((owner, name, title, description, repo.description, *tags)))
    ends = dict.fromkeys(end for word in _words(f"{owner} {name} {title}") for end in _ends(word))
    return _joined([*plain, *ends], MAX_HEAD_LENGTH)


def card_words(text: str) -> str:
    """The words of a README without its front matter, each after a blank; markup and addresses are left out."""
    words = _words(_NOT_READ.sub(" ", text[:_MAX_READ_LENGTH]))
    return _joined([word for word in words if len(word) <= _MAX_WORD_LENGTH], MAX_CARD_LENGTH)


def wanted_words(typed: str) -> tuple[str, ...]:
    """
    What to look for: each is the beginning of a word, or several signs in a row with a blank between them.

    Empty for a text without any letter, number or sign.
    """
    runs = _RUN.findall(_plain(typed))
    wanted = (run if _WORD.fullmatch(run) else " ".join(run) for run in runs)
    return tuple(dict.fromkeys(wanted))[:_MAX_WORDS]


def _words(text: str) -> list[str]:
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    """Small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


def _ends(word: str) -> Iterator[str]:
    for start in range(1, len(word) - _MIN_END_LENGTH + 1):
        yield word[start:]


def _joined(words: list[str], length: int) -> str:
    """With a blank before each, cut between words."""
    text = "".join(f" {word}" for word in words)
    return text if len(text) <= length else text[: text.rindex(" ", 0, length + 1)]
