"""Where the variables of a static Space go in its pages."""

import os
from pathlib import Path

import pytest

from spaceport.gateway.page_variables import start_with_variables


def led(folder: Path, page: bytes, variables: dict[str, str]) -> bytes:
    path = folder / "page.html"
    path.write_bytes(page)
    file = os.open(path, os.O_RDONLY)
    lead, covered = start_with_variables(file, variables)
    os.close(file)
    return lead + page[covered:]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<!doctype html><html><head>", b'<meta charset="utf-8"></head>'),
        (
            b"<!DOCTYPE html>\n<!-- hello > there -->\n<html lang='a>b' class=\"c\">\n<HEAD data-x>",
            b"\n<title>x</title>",
        ),
        (b"\xef\xbb\xbf  <!doctype html>\n", b"<header>not a head</header>"),
        (b"<!doctype html>", b"<p>text"),
        (b"", b"<p>text"),
        (b"<html>\n", b"<body>"),
        (b"<!doctype html>", b"<!-- never closed <html><head>"),
        (b"", b""),
    ],
)
def test_the_script_comes_first_but_after_what_must_come_before_it(tmp_path: Path, before: bytes, after: bytes) -> None:
    script = b'<script>(window.huggingface=window.huggingface||{}).variables={"A": "1"};</script>'

    assert led(tmp_path, before + after, {"A": "1"}) == before + script + after


def test_no_value_ends_the_script(tmp_path: Path) -> None:
    page = led(tmp_path, b"<p>", {"A": "</script><script>alert(1)//\u2028"})

    assert page.count(b"<script>") == page.count(b"</script>") == 1
    assert b"\\u003c/script\\u003e" in page
    assert b"\\u2028" in page
