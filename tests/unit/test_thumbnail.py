"""Which picture a card names: a file of the repo is shown here, an address elsewhere is only told."""

from typing import Any

import pytest

from spaceport.domain.thumbnail import is_usable, picture_address, picture_file
from spaceport.web.looks import picture_of, social_picture_of
from tests.unit.factories import make_space

SHA = "a" * 40


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("card.png", "card.png"),
        ("./assets/my card.JPG", "assets/my card.JPG"),
        ("assets//card.svg", "assets/card.svg"),
    ],
)
def test_a_picture_in_the_repo(value: str, path: str) -> None:
    assert (picture_file({"thumbnail": value}), picture_address({"thumbnail": value})) == (path, None)


@pytest.mark.parametrize("value", ["https://example.org/a.png", "https://example.org:8443/picture?id=1"])
def test_a_picture_elsewhere(value: str) -> None:
    assert (picture_file({"thumbnail": value}), picture_address({"thumbnail": value})) == (None, value)


@pytest.mark.parametrize(
    "value",
    [
        *("http://example.org/a.png", "javascript:alert(1).png://x", "//example.org/a.png", "data:image/png;base64,AA"),
        *("/etc/a.png", "../a.png", "a/../../b.png", "..\\a.png", "app.py", "a\n.png", "https://", "https://[/a.png"),
        *("https://ada:secret@example.org/a.png", "https://example.org/a b.png", "x" * 2000 + ".png", 7, None, ""),
    ],
)
def test_anything_else_is_no_picture(value: Any) -> None:
    assert not is_usable({"thumbnail": value})


def test_a_file_is_shown_as_it_is_at_the_head() -> None:
    space = make_space(card={"thumbnail": "my card.png"}, head_sha=SHA)

    assert picture_of(space) == f"/spaces/ada/demo/resolve/{SHA}/my%20card.png"
    assert social_picture_of(space, "http://hub") == f"http://hub/spaces/ada/demo/resolve/{SHA}/my%20card.png"
    assert picture_of(make_space(card={"thumbnail": "card.png"}, head_sha=None)) is None


def test_an_address_elsewhere_is_only_told() -> None:
    space = make_space(card={"thumbnail": "https://example.org/a.png"}, head_sha=SHA)

    assert picture_of(space) is None
    assert social_picture_of(space, "http://hub") == "https://example.org/a.png"
