"""Everything that pages say is in every catalogue, and translated. `make messages` brings them up to date."""

import gettext
import re
from collections.abc import Iterable
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

import pytest

from spaceport.domain.access import Action
from spaceport.domain.access_request import RequestStatus
from spaceport.domain.account import OrgRole
from spaceport.domain.build import BuildStatus
from spaceport.domain.discussion import DiscussionStatus
from spaceport.domain.language import Language
from spaceport.domain.oauth_scopes import WORDS
from spaceport.domain.stage import LABELS
from spaceport.domain.timer import TimerAction
from spaceport.domain.webhook import DeliveryStatus
from spaceport.settings import Settings
from spaceport.translating import SENTENCES
from spaceport.web.domain_words import DOMAIN_SENTENCES, DOMAIN_WORDS
from spaceport.web.nouns import COUNTED
from spaceport_runner.contract import BuildPhase
from spaceport_runner.template import load_templates
from tests.messages import catalogue_files, compiled, found_messages, read_catalogue, sentences_file, texts_of

ROOT = Path(__file__).parents[2]
CATALOGUES = pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.parts[-3])
STATUSES: tuple[type[StrEnum], ...] = (
    BuildStatus, BuildPhase, DiscussionStatus, RequestStatus, OrgRole, DeliveryStatus, Action, TimerAction
)  # fmt: skip
VALUES = re.compile(r"%\((\w+)\)s")


def forms_of(message: str | Iterable[str]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def test_every_language_but_english_has_a_catalogue() -> None:
    assert {path.parts[-3] for path in catalogue_files()} == {
        language.catalogue for language in Language if language is not Language.ENGLISH
    }


@CATALOGUES
def test_a_catalogue_has_what_pages_say_and_nothing_else(path: Path) -> None:
    said, known = set(texts_of(found_messages())), set(texts_of(read_catalogue(path)))

    assert sorted(map(str, said - known)) == [], "run make messages, and translate what it adds"
    assert sorted(map(str, known - said)) == [], "run make messages"


@CATALOGUES
def test_everything_is_translated_with_the_same_values(path: Path) -> None:
    texts = texts_of(read_catalogue(path))

    assert [key for key, message in texts.items() if not all(forms_of(message.string))] == []
    for key, message in texts.items():
        wanted = set(VALUES.findall(forms_of(key)[-1]))
        assert [form for form in forms_of(message.string) if set(VALUES.findall(form)) != wanted] == []


@CATALOGUES
def test_what_the_hub_reads_is_what_translators_wrote(path: Path) -> None:
    assert path.with_suffix(".mo").read_bytes() == compiled(read_catalogue(path)), "run make messages"
    with path.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Sign in") != "Sign in"


def test_sentences_that_the_hub_knows_again_are_those_of_the_source() -> None:
    assert SENTENCES.read_text() == sentences_file(), "run make messages"


def test_units_of_settings_are_known() -> None:
    units = {str(field.metadata["unit"]) for field in fields(Settings)} - {"", "port", "GiB"}

    assert units - set(DOMAIN_WORDS) == set()


def test_what_access_is_for_is_said_of_a_repo() -> None:
    assert {f"{action} %(full_name)s" for action in Action} - set(DOMAIN_SENTENCES) == set()


def test_words_of_other_parts_are_known() -> None:
    templates = load_templates(ROOT / "templates").values()
    shown = {
        *LABELS.values(),
        *WORDS.values(),
        *(str(each) for status in STATUSES for each in status),
        *(template.description for template in templates),
    }

    assert shown - set(DOMAIN_WORDS) == set()


def test_what_is_counted_on_a_page_is_in_the_table() -> None:
    pages = "".join(page.read_text() for page in (ROOT / "platform/spaceport/web/pages").glob("*.html"))

    assert {noun for noun in re.findall(r"plural\('([^']+)'\)", pages) if noun not in COUNTED} == set()
