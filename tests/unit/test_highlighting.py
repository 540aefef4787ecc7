"""Source code with colours: every character is there, once, and none of it is HTML of its own."""

import re
from html import unescape

import pytest

from spaceport.highlighting import MAX_CHARACTERS, highlighted

SOURCES = {
    "app.py": 'import gradio\n\ndef hello(name):\n    """Two\n    lines <b>."""\n    return f"</span>{name}"\n\n\n',
    "Dockerfile": "FROM python:3.11\nRUN echo <hi>\n",
    "a/config.yaml": "a: 1\n# no\r\nb: [x, &y]\n",
    "data.json": '{"a": [1, null, "x',
    "x.html": "<script>alert(1)</script>\n\n",
    "README.md": "# Title\n\n```python\nx = 1\n```\n",
    "broken.ts": "let x: = `${\u2028 'a\n\x00\n",
}


@pytest.mark.parametrize("path", SOURCES)
def test_every_line_keeps_its_text_and_is_clean(path: str) -> None:
    lines = highlighted(path, SOURCES[path])

    assert lines is not None
    assert [unescape(re.sub(r"<[^>]*>", "", line)) for line in lines] == SOURCES[path].split("\n")
    assert all(re.sub(r'<span class="hl-[a-z]+">|</span>', "", line).count("<") == 0 for line in lines)
    assert all(line.count("<span") == line.count("</span>") for line in lines)


def test_words_have_classes() -> None:
    lines = highlighted("app.py", "def f(): # x")

    assert lines == (
        '<span class="hl-key">def</span> <span class="hl-name">f</span>(): <span class="hl-comment"># x</span>',
    )


@pytest.mark.parametrize(
    ("path", "text"), [("notes.txt", "x"), ("noname", "x"), ("a.py", "x" * 6_000), ("a.py", "x\n" * MAX_CHARACTERS)]
)
def test_what_has_no_language_or_is_too_long_stays_plain(path: str, text: str) -> None:
    assert highlighted(path, text) is None
