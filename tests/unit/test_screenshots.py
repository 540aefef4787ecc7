"""The pictures in the docs."""

import re
from pathlib import Path

_DOCS = Path(__file__).parents[2] / "platform" / "spaceport" / "docs"


def test_every_picture_that_the_docs_show_is_there_and_shown() -> None:
    shown = set(re.findall(r"\(screenshots/([\w-]+\.png)\)", (_DOCS / "pages.md").read_text()))

    assert shown == {picture.name for picture in (_DOCS / "screenshots").iterdir()}
