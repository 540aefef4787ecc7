"""What people say about themselves."""

import pytest

from spaceport.domain.profile import Profile, check_profile
from spaceport.errors import BadRequest


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (("", "", ""), Profile()),
        (
            (" Ada  Lovelace ", " One\r\ntwo ", "example.com"),
            Profile("Ada Lovelace", "One\ntwo", "https://example.com"),
        ),
        (("", "", "http://example.com/~ada?a=b"), Profile(website="http://example.com/~ada?a=b")),
    ],
)
def test_a_profile_is_kept_tidied(typed: tuple[str, str, str], kept: Profile) -> None:
    assert check_profile(*typed) == kept


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("a" * 201, "", ""), "the full name has 201 characters; 200 are allowed"),
        (("", "a" * 501, ""), "the text about you has 501 characters"),
        (("", "a\0b", ""), "cannot be shown"),
        (("", "", "https://" + "a" * 300 + ".com"), "300 are allowed"),
        (("", "", "javascript:alert(1)"), "https://example.com"),
        (("", "", "javascript://example.com/%0aalert(1)"), "https://example.com"),
        (("", "", "https://exa mple.com"), "https://example.com"),
        (("", "", "https://[example.com"), "https://example.com"),
        (("", "", "localhost"), "https://example.com"),
    ],
)
def test_what_a_profile_cannot_say(typed: tuple[str, str, str], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        check_profile(*typed)
