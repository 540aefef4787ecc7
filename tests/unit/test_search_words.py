"""Texts as the words they are found by."""

import pytest

from spaceport.domain.hub_fields import HubFields
from spaceport.domain.search_words import MAX_CARD_LENGTH, MAX_HEAD_LENGTH, card_words, head_words, wanted_words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Bird song", ("bird", "song")),
        ("ada/tiny-bert_v2", ("ada", "tiny", "bert", "v2")),
        ("Café ÉCOLE", ("cafe", "ecole")),
        ("天气预报 gpt中文", ("天 气 预 报", "gpt", "中 文")),
        ("a a a", ("a",)),
        ("% _ \" ' * () 👋", ()),
        ("", ()),
    ],
)
def test_what_is_typed_becomes_words(typed: str, words: tuple[str, ...]) -> None:
    assert wanted_words(typed) == words


def test_no_more_words_are_looked_for_than_a_person_types() -> None:
    assert len(wanted_words(" ".join(f"w{number}" for number in range(1000)))) == 12


def test_a_head_has_the_ends_of_names_and_titles_but_not_of_descriptions() -> None:
    repo = HubFields(tags=["license:mit", "region:us"])

    words = head_words(repo, ("ada", "distilbert"), "Birdsong", "listens").split()

    assert {"ada", "distilbert", "bert", "ert", "song", "birdsong", "listens", "license", "mit"} <= set(words)
    assert not {"rt", "istens", "region", "us"} & set(words)


def test_a_card_is_read_without_markup_addresses_and_pictures() -> None:
    text = (
        "# Über <img src='x.png' alt=y> see [it](https://example.org/deep) `code` data:image/png;base64,AAAA "
        + "f" * 64
    )

    assert card_words(text) == " uber see it code"


def test_long_texts_are_cut_between_words() -> None:
    card = card_words("word " * 100_000)
    head = head_words(HubFields(), ("ada", "x" * 96), "t" * 5000, "d " * 5000)

    assert len(card) <= MAX_CARD_LENGTH
    assert card.endswith(" word")
    assert len(head) <= MAX_HEAD_LENGTH
