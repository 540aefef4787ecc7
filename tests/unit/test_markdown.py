"""Markdown of strangers on our pages."""

from html import escape

import pytest

from spaceport.markdown import MAX_SIGNS, CardPlace, render_card, render_markdown, signs_in


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


PLACE = CardPlace("/ada/bert/resolve/c0ffee/", "/ada/bert/blob/main/", "docs")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a](../a%20b.md#x)", 'href="/ada/bert/blob/main/a%20b.md#card-x"'),
        ("[a](b.md)", 'href="/ada/bert/blob/main/docs/b.md"'),
        ("![a](p.png)", 'src="/ada/bert/resolve/c0ffee/docs/p.png"'),
        ('<img src="p.png" width="10">', 'src="/ada/bert/resolve/c0ffee/docs/p.png"'),
        ("[a](#usage)", 'href="#card-usage"'),
        ("[a](https://example.org)", 'href="https://example.org"'),
        ("## What is it?", '<h2 id="card-what-is-it">'),
        ("## A\n\n## A", '<h2 id="card-a-1">'),
    ],
)
def test_links_of_a_card_begin_where_it_stands(written: str, shown: str) -> None:
    assert shown in render_card(written, PLACE)


@pytest.mark.parametrize(
    "written",
    [
        "![a](https://example.org/pixel.png)",
        "<img src='//example.org/pixel.png'>",
        "<img src='../../../../internal'>",
        "<img src='data:image/svg+xml,x'>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<script>alert(1)</script>",
        "<div style='position:fixed' id='content' class='top'>x</div>",
        "<svg onload=alert(1)>",
        "<form action='/logout'><button>x</button></form>",
        "<iframe srcdoc='x'></iframe>",
    ],
)
def test_a_card_neither_runs_nor_loads_nor_poses_as_our_page(written: str) -> None:
    html = render_card(written, PLACE).lower()

    for part in ("example.org", "onerror", "javascript", "<script", "style", 'id="content"', "class", "<svg", "<form"):
        assert part not in html
    assert "internal" not in html
    assert "srcdoc" not in html
    assert "data:" not in html


@pytest.mark.parametrize(
    "bomb",
    [
        "<div><p>" + "".join(f"<b x={number}>" for number in range(1000)) + "<p>a" * 1000,
        "<div>\n" + "".join(f"<b x={number}>" for number in range(1000)) + "\n\nmore" * 1000,
        "<div>" * 50_000,
        "a <span>" * 50_000,
    ],
    ids=["formatting", "paragraphs", "blocks", "inline"],
)
def test_a_card_never_unfolds_to_more_than_somebody_wrote(bomb: str) -> None:
    html = render_card(bomb, PLACE)

    assert len(html) < 10 * len(bomb)
    assert "&lt;" in html


def test_html_that_real_cards_are_made_of_stays_html() -> None:
    cell = '<td align="center"><a href="https://example.org/u"><img src="u.png" width="100"><br><b>Ada</b></a></td>'
    contributors = f"<table>{f'<tr>{cell * 7}</tr>' * 15}</table>\n\n" + "Some words.\n\n" * 200

    html = render_card(contributors, PLACE)

    assert html.count("<td") == 105
    assert "&lt;" not in html


def test_blocks_of_a_card_have_the_colours_of_their_language() -> None:
    card = render_card("```python title=x\nprint('<hi>')\n```\n\n```nothing\nprint(1)\n```", PLACE)
    assert '<span class="hl-builtin">print</span>(' in card
    assert "&lt;hi&gt;" in card
    assert "<pre><code>print(1)\n</code></pre>" in card


def test_a_card_has_no_classes_but_those_of_code() -> None:
    card = render_card('<span class="top hl-key">a</span> <div class="hl-key">b</div>', PLACE)
    assert '<span class="hl-key">a</span>' in card
    assert "<div>b</div>" in card


def test_only_the_first_blocks_of_a_long_card_have_colours() -> None:
    card = render_card("```py\nprint(1)\n```\n\n" * 100, PLACE)
    assert 0 < card.count('<span class="hl-builtin">') < 100
    assert card.count("<pre>") == 100


@pytest.mark.parametrize(
    "sign", ["[", "*a ", "|a" * 200 + "|\n" + "|-" * 200 + "|\n", "# a\n", "![[", "`", "<b>", "~~a", "_", "&"]
)
def test_what_nobody_can_wait_for_is_shown_as_it_was_written(sign: str) -> None:
    """A megabyte of signs takes a parser many seconds, and all that the hub does meanwhile waits."""
    text = sign * (MAX_SIGNS // signs_in(sign) + 1)

    for html in (render_card(text, PLACE), render_markdown(text)):
        assert html == f"<pre>{escape(text, quote=False)}</pre>"


def test_a_long_card_of_words_and_a_thousand_links_is_rendered() -> None:
    words = "Many words that say what the model does, and how it was made of others.\n" * 3000
    html = render_card(words + "- [a paper](https://example.org/paper) of *somebody*\n" * 1000, PLACE)

    assert html.count("<a ") == 1000
