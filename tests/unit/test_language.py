"""Which language a reader gets."""

import pytest

from spaceport.domain.language import Language, language_of

CHROME_IN_CHINA = "zh-CN,zh;q=0.9,en;q=0.8"
CHROME_IN_TAIWAN = "zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, Language.ENGLISH),
        ("", Language.ENGLISH),
        ("zh", Language.CHINESE),
        ("ZH-cn", Language.CHINESE),
        ("zh-Hans", Language.CHINESE),
        ("zh-Hans-SG", Language.CHINESE),
        ("zh-SG", Language.CHINESE),
        (CHROME_IN_CHINA, Language.CHINESE),
        ("en-GB,en;q=0.9,zh-CN;q=0.8", Language.ENGLISH),
        ("en;q=0.5, zh-CN;q=0.8", Language.CHINESE),
        ("fr, zh-CN;q=0.2", Language.CHINESE),
        ("fr,de;q=0.9", Language.ENGLISH),
        ("*", Language.ENGLISH),
        ("*, zh-CN;q=0.5", Language.ENGLISH),
    ],
)
def test_the_first_language_that_the_browser_asks_for_is_spoken(accepted: str | None, language: Language) -> None:
    assert language_of(accepted) is language


@pytest.mark.parametrize("accepted", ["zh-TW", "zh-Hant", "zh-Hant-HK", "zh-TW,en;q=0.8"])
def test_traditional_chinese_alone_is_not_answered_in_simplified(accepted: str) -> None:
    assert language_of(accepted) is Language.ENGLISH


def test_who_takes_any_chinese_behind_traditional_gets_simplified() -> None:
    assert language_of(CHROME_IN_TAIWAN) is Language.CHINESE


@pytest.mark.parametrize("accepted", ["zh-CN;q=0", "zh;q=0, *;q=0.1", "zh;q=nonsense", "zh;q=-1"])
def test_what_is_refused_is_not_spoken(accepted: str) -> None:
    assert language_of(accepted) is Language.ENGLISH


def test_a_choice_wins_over_what_the_browser_asks_for() -> None:
    assert language_of(CHROME_IN_CHINA, "en") is Language.ENGLISH
    assert language_of("en", "zh-CN") is Language.CHINESE


def test_a_choice_that_is_no_language_counts_for_nothing() -> None:
    assert language_of(CHROME_IN_CHINA, "xx") is Language.CHINESE


def test_nothing_a_browser_sends_is_too_much() -> None:
    assert language_of("zh;q=0.1," * 100_000) is Language.CHINESE
    assert language_of(";;;=,,q=;") is Language.ENGLISH
