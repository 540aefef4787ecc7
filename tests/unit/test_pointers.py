"""LFS pointers: exactly those that git-lfs writes."""

import pytest

from spaceport.repos.pointers import Pointer, format_pointer, may_be_pointer, parse_pointer

SHA = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
TEXT = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA}\nsize 12345\n"


def test_a_pointer_is_read_as_it_is_written() -> None:
    assert parse_pointer(TEXT.encode()) == Pointer(SHA, 12345)
    assert format_pointer(SHA, 12345) == TEXT.encode()


@pytest.mark.parametrize("size", [0, 9, 2**62])
def test_every_pointer_is_looked_at(size: int) -> None:
    assert may_be_pointer(len(format_pointer(SHA, size)))


def test_extensions_of_a_pointer_are_passed_over() -> None:
    text = TEXT.replace("oid", f"ext-0-foo sha256:{SHA}\noid", 1)

    assert parse_pointer(text.encode()) == Pointer(SHA, 12345)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT + "more\n",
        TEXT.replace("v1", "v9"),
        TEXT.replace(SHA, SHA.upper()),
        TEXT.replace(SHA, SHA[:-1]),
        TEXT.replace("12345", "-1"),
        TEXT.replace("12345", "012"),
        TEXT.replace("12345", "9" * 30),
        TEXT.replace("\n", "\r\n"),
        " " + TEXT,
        TEXT.replace("sha256", "md5"),
        TEXT.replace("oid", "ext-0-a " + "x" * 2000 + "\noid"),
    ],
)
def test_anything_else_is_no_pointer(text: str) -> None:
    assert parse_pointer(text.encode()) is None
