"""What was said in English and kept, said again in the reader's language."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from spaceport.domain.diagnosis.decide import BUILD, CERTAIN, SEEN_FROM_OUTSIDE, START
from spaceport.domain.language import Language
from spaceport.domain.stage import Facts, compute_stage
from spaceport.domain.words import stop_words
from spaceport.retelling import Sentence, filled, retell
from spaceport.translating import speaking, translated
from tests.sentences import sentences_in

TRANSLATIONS = {
    "%(what)s needs %(need)s": "%(what)s braucht %(need)s",
    "the %(what)s of %(name)s failed: %(cause)s": "%(what)s von %(name)s: %(cause)s",
    "more memory": "mehr Speicher",
    "; ": " und ",
}
SENTENCES = [Sentence.of(message) for message in TRANSLATIONS if "%" in message]
#: English that stays: names, code, units, and what somebody wrote.
_ENGLISH = re.compile(r"\b(?:the|is|was|of|it|an|and|by|for|not|has|to)\b")
_CHINESE = re.compile("[\u4e00-\u9fff]")


class _Something(dict[str, str]):
    """Fills every place of a text."""

    def __missing__(self, name: str) -> str:
        return "numpy"


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    with speaking(Language.CHINESE):
        yield


def told(text: str) -> str:
    return retell(text, lambda message: TRANSLATIONS.get(message, message), SENTENCES)


def test_values_stay_and_sentences_within_are_said_again() -> None:
    assert told("torch needs more memory") == "torch braucht mehr Speicher"
    assert told("the start of a/b failed: torch needs more memory") == "start von a/b: torch braucht mehr Speicher"


def test_of_two_sentences_one_that_is_not_known_stays() -> None:
    assert told("torch needs more memory; it rains") == "torch braucht mehr Speicher und it rains"
    assert told("it rains") == "it rains"


def test_a_very_long_text_is_no_sentence() -> None:
    text = "torch needs " + "x" * 5000

    assert told(text) == text


def test_chinese_and_other_words_have_a_space_between_them() -> None:
    assert filled("由%(who)s暂停", {"who": "ada"}) == "由 ada 暂停"
    assert filled("由 %(who)s 暂停", {"who": "平台"}) == "由平台暂停"


def test_a_pause_is_told_with_who_when_and_the_words_of_who_paused() -> None:
    at = datetime(2026, 5, 3, 14, 5, tzinfo=UTC)

    words = translated(stop_words("paused", "ada", at, "too dear"))

    assert words == "由 ada 于 2026 年 5 月 3 日 14:05 UTC 暂停：too dear"


def test_what_people_wrote_is_not_taken_for_ours() -> None:
    assert translated("push of 1234567 by ada: build failed") == "ada 推送了 1234567：build failed"


def test_every_reason_of_a_stage_is_said_again() -> None:
    plain = Facts("running", has_app=True)
    flags = ("serving", "asleep", "building", "starting", "waiting", "lost")
    texts = {
        "build_failure": "the app listens on 127.0.0.1 only, where visitors cannot reach it",
        "rest_reason": "nobody used it for 48 h",
        "silence": "its machine m1 has said nothing since 12:01 UTC: the app starts as soon as it is back",
        "drain": "the machine m1 is drained by ada since 3 May 2026 at 14:05 UTC: disk. It goes on here",
    }
    reasons = set()
    for desired in ("running", "paused", "stopped", "suspended", "deleted"):
        for chosen in itertools.product((False, True), repeat=len(flags)):
            for known in ({}, {name: text for name, text in texts.items() if name != "silence"}, texts):
                facts = replace(plain, desired=desired, **dict(zip(flags, chosen, strict=True)), **known)
                reasons.add(compute_stage(facts)[1])
    reasons.add(compute_stage(replace(plain, missing_secrets=("A", "B")))[1])

    assert [each for each in reasons if each and _ENGLISH.search(translated(each))] == []


def test_every_diagnosis_is_said_again() -> None:
    rules = [each for group in (CERTAIN, BUILD, START, SEEN_FROM_OUTSIDE) for each in group]
    texts = {text.format_map(_Something()) for each in rules for text in (each.cause, each.suggestion) if text}

    assert [text for text in texts if len(text.split()) > 1 and not _CHINESE.search(translated(text))] == []


def test_a_new_reason_is_found_in_the_source() -> None:
    source = 'def why(view):\n    """Says why."""\n    return f"its machine {view.name} is on fire{view.more}"\n'

    assert list(sentences_in(source, whole=True)) == ["its machine %(name)s is on fire%(more)s"]
    assert list(sentences_in(source, whole=False)) == []
    assert list(sentences_in('raise Conflict(f"{a.name} is on fire")', whole=False)) == ["%(name)s is on fire"]


def test_a_text_of_many_parts_stays_as_it_is() -> None:
    """An app writes what it likes: nothing of it may take seconds, or break a page."""
    for text in ("a; " * 400, "k: v. " * 60, "more memory; " * 30):
        assert translated(text) == text


def test_a_sentence_that_ends_with_a_mark_brings_no_head_of_a_catalogue() -> None:
    assert "Project-Id-Version" not in translated("the app ended: ")
    assert "Project-Id-Version" not in translated(": ")
