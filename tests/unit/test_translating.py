"""Texts in the language of a request."""

from collections.abc import Iterator

import pytest

from spaceport.domain.language import Language
from spaceport.translating import catalogue, gettext, ngettext, speak, speaking, spoken, translated
from spaceport.web.script_texts import ScriptMessage, messages_in, texts_of


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    """What a test says is its own, and not that of those after it."""
    with speaking(Language.ENGLISH):
        yield


def test_english_is_spoken_where_nothing_was_said() -> None:
    assert spoken() is Language.ENGLISH
    assert gettext("%(name)s is 100 %%", name="it") == "it is 100 %"
    assert ngettext("%(num)s file", "%(num)s files", 1) == "1 file"
    assert ngettext("%(num)s file", "%(num)s files", 2) == "2 files"


def test_what_is_not_in_a_catalogue_stays_english() -> None:
    speak(Language.CHINESE)

    assert translated("no text of ours: 100 %") == "no text of ours: 100 %"
    assert translated("") == ""


@pytest.mark.parametrize("language", Language)
def test_every_language_has_its_catalogue(language: Language) -> None:
    assert catalogue(language) is catalogue(language)


def test_messages_of_scripts_are_found_where_they_are_said() -> None:
    script = b't("Copied"); const a = tn("%(num)s line", "%(num)s lines", n); last("not this"); t("Say \\"so\\"")'

    found = messages_in({"a.js": script, "b.css": b't("neither")'})

    assert found == (
        ScriptMessage("Copied"),
        ScriptMessage("%(num)s line", "%(num)s lines"),
        ScriptMessage('Say "so"'),
    )
    assert texts_of(found)["%(num)s line"] == ["%(num)s line", "%(num)s lines"]
