"""Names of files that are other than they look."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport.repos.files import bad_path, describe_twins, shown_path
from spaceport.repos.tree import Entry, Kind

ZWNJ, BOM, RTL_OVERRIDE = "\u200c", "\ufeff", "\u202e"


@pytest.mark.parametrize(
    "path",
    [
        f"photo{RTL_OVERRIDE}gpj.exe",
        "a\u2066b\u2069.txt",
        "a\x9b31m",
        "a\nb",
        ".git/config",
        "a/.GIT/config",
        f".g{ZWNJ}it/config",
        f"{BOM}.git/hooks/post-checkout",
        ".git /config",
        ".git. ./config",
        "GIT~1/config",
        ".git::$INDEX_ALLOCATION/config",
        "a\\.git\\config",
        "../a",
        "..\\a",
        "/a",
        "a//b",
        "a/",
        "./a",
        "",
        "\ud800",
        "é" * 200,
        "a/" * 500 + "b",
    ],
)
def test_names_that_are_other_than_they_look_cannot_be_used(path: str) -> None:
    assert bad_path(path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "データ\u30001.csv",
        f"می{ZWNJ}خواهم.txt",
        "👩\u200d💻.png",
        "a\u00a0b",
        unicodedata.normalize("NFC", "café.txt"),
        unicodedata.normalize("NFD", "café.txt"),
        ".gitignore",
        ".github/workflows/ci.yml",
        "digit~1",
        "a...b",
        "a\\b",
        "a/..\\..\\b",
    ],
)
def test_names_in_any_language_can_be_used_and_are_shown_as_they_are(path: str) -> None:
    assert bad_path(path) is None
    assert shown_path(path.encode()) == path


def test_twins_are_told_in_letters_that_can_be_told_apart() -> None:
    names = ["a", "Straße", "STRASSE", *(unicodedata.normalize(form, "é") for form in ("NFC", "NFD")), "b/a", "B/A"]
    lines = describe_twins([Entry(name, name, Kind.FILE, 0, "id") for name in names])

    assert [line.partition(" are one file")[0] for line in lines] == [
        r"'Stra\xdfe' and 'STRASSE'",
        r"'\xe9' and 'e\u0301'",
        "'b/a' and 'B/A'",
    ]


@given(st.binary(max_size=50) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_can_be_stored_can_be_asked_for_by_the_name_that_is_shown(raw: bytes) -> None:
    shown = shown_path(raw)
    try:
        path = raw.decode()
    except UnicodeDecodeError:
        return
    assert bad_path(path) is not None or shown == path
    assert RTL_OVERRIDE not in shown
    assert not any(unicodedata.category(character) == "Cc" for character in shown)
