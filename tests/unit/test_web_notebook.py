"""Notebooks are shown as they were saved, and nothing of them runs."""

import base64
import json
from typing import Any

import pytest

from spaceport.markdown import CardPlace
from spaceport.web.notebook import Cell, Output, read_notebook

PLACE = CardPlace("/ada/tiny/resolve/abc/", "/ada/tiny/blob/main/")
PNG = base64.b64encode(b"\x89PNG\r\n").decode()


def read(*cells: dict[str, Any]) -> tuple[Cell, ...]:
    found = read_notebook(json.dumps({"nbformat": 4, "cells": cells}), PLACE)
    assert found is not None
    return found


def code(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": ["1 <\n", "2"], "execution_count": 3, "outputs": outputs}


def data(**values: str | list[str]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {key.replace("_", "/"): value for key, value in values.items()}}


def test_text_code_and_results_are_there() -> None:
    text, cell = read({"cell_type": "markdown", "source": "# Hi"}, code(data(image_png=PNG, text_plain="<Figure>")))

    assert "<h1" in text.html
    assert cell.is_code
    assert cell.number == 3
    assert "&lt;\n" in cell.html
    assert cell.outputs == (Output(image=f"data:image/png;base64,{PNG}"),)


def test_html_of_results_is_cleaned() -> None:
    hostile = "<style>*{}</style><table onclick=x><tr><td style=y>1<script>alert(1)</script><img src=//x><a href=//x>2"

    (cell,) = read(code(data(text_html=hostile)))

    assert cell.outputs[0].html == "<table><tbody><tr><td>12</td></tr></tbody></table>"


def test_html_that_unfolds_is_left_for_the_text_beside_it() -> None:
    (cell,) = read(code(data(text_html="<b>" * 1_000 + "<p>" * 1_000, text_plain="short")))

    assert cell.outputs == (Output(text="short"),)


def test_pictures_that_are_none_and_scripts_are_not_shown() -> None:
    odd = {"output_type": "display_data", "data": {"image/png": '"><script>', "application/javascript": "x"}}

    (cell,) = read(code(odd, data(image_svg="<svg onload=x>")))

    assert cell.outputs == ()


def test_errors_lose_the_colours_of_terminals() -> None:
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[0;31mE\x1b[0m: v"]}

    (cell,) = read(code(error))

    assert cell.outputs == (Output(text="E: v", is_error=True),)


def test_long_notebooks_end_with_a_word_about_it() -> None:
    cells = read(*[{"cell_type": "raw", "source": "x"}] * 600)

    assert len(cells) == 501
    assert "left out" in cells[-1].note


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 1}', '{"worksheets": []}', "[" * 100_000])
def test_what_is_no_notebook_is_none(text: str) -> None:
    assert read_notebook(text, PLACE) is None


def test_odd_values_are_no_problem() -> None:
    odd = {"cell_type": "code", "source": [1, "x"], "outputs": {"a": 1}, "execution_count": "1"}

    cells = read(odd, {"cell_type": None}, code({"output_type": "stream", "text": 5}, {"data": [1]}))

    assert [cell.number for cell in cells] == [0, 0, 3]


def test_what_is_far_down_a_long_notebook_has_neither_colours_nor_markdown() -> None:
    texts = [{"cell_type": "markdown", "source": "*a* " + "word " * 16_000}] * 4
    cells = read(*texts, {"cell_type": "code", "source": "def late(): <"})

    assert [cell.html.startswith("<p><em>") for cell in cells] == [True, True, False, False, False]
    assert cells[-1].html == "def late(): &lt;"
