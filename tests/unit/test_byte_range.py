"""Which part of a file a ``Range`` header asks for."""

import pytest

from spaceport.domain.byte_range import Part, part_of

_WHOLE = Part(0, 9, 10)
_LONG = "9" * 5000


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, _WHOLE),
        ("bytes=2-4", Part(2, 4, 10, True)),
        ("bytes=2-", Part(2, 9, 10, True)),
        ("bytes=-3", Part(7, 9, 10, True)),
        ("bytes=10-", None),
        ("bytes=-0", None),
        ("bytes=1-2,4-5", _WHOLE),
        ("bytes=4-2", _WHOLE),
        ("bytes=٣-", _WHOLE),
    ],
)
def test_a_range_is_clamped_to_the_file(header: str | None, part: Part | None) -> None:
    assert part_of(header, 10) == part


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (f"bytes={_LONG}-", None),
        (f"bytes=3-{_LONG}", Part(3, 9, 10, True)),
        (f"bytes=-{_LONG}", Part(0, 9, 10, True)),
        (f"bytes={_LONG}-{_LONG}", None),
    ],
)
def test_numbers_of_thousands_of_digits_are_large_numbers(header: str, part: Part | None) -> None:
    assert part_of(header, 10) == part
