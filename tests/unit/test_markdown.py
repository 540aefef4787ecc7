"""Markdown of strangers on our pages."""

import pytest

from spaceport.markdown import render_markdown


def test_what_people_use_is_drawn() -> None:
    html = render_markdown("# Hi\n\n**bold** ~~gone~~ `code`\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")

    for part in (
        "<h1>Hi</h1>",
        "<strong>bold</strong>",
        "<s>gone</s>",
        "<code>code</code>",
        "<li>one</li>",
        "<td>1</td>",
    ):
        assert part in html


def test_links_lead_out_without_our_blessing() -> None:
    html = render_markdown("[there](https://example.org 'a title')")

    assert 'href="https://example.org"' in html
    assert 'rel="nofollow ugc noopener"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.org/pixel.png)",
        "<a href='javascript:alert(1)'>x</a>",
        "<style>body{}</style>",
        '<form action="/logout" method="post"><button>',
        "<iframe src='//example.org'></iframe>",
        '[x](https://example.org"onmouseover="alert(1))',
    ],
)
def test_nothing_runs_and_nothing_is_loaded(text: str) -> None:
    html = render_markdown(text).lower()

    for tag in ("<script", "<img", "<style", "<form", "<iframe", "<button"):
        assert tag not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert '"onmouseover' not in html.replace("&quot;", "")


def test_deep_nesting_ends() -> None:
    assert render_markdown(">" * 5000 + " deep")
    assert render_markdown("[" * 5000)
