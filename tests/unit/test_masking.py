"""Values of secrets never survive the mask, however a line holds them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from spaceport_runner.masking import CUT_LINE_CHARACTERS, MASK, Mask

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*"), min_size=4, max_size=600)


def test_a_value_is_hidden_wherever_it_stands_and_the_rest_stays() -> None:
    mask = Mask(["s3cr3t-value", "other-value"])

    assert mask.line("a s3cr3t-value, s3cr3t-value!") == "a ***, ***!"
    assert mask.line("other-values3cr3t-value") == "***"
    assert mask.line("nothing of it") == "nothing of it"
    assert Mask().line("s3cr3t-value") == "s3cr3t-value"


def test_a_short_value_hides_nothing() -> None:
    assert Mask(["", "abc", "\n", "    ", "a\nb\nc"]).line("abc    ") == "abc    "


def test_a_value_of_several_lines_is_hidden_line_by_line() -> None:
    mask = Mask(["-----BEGIN KEY-----\r\n  Zm9vYmFy\nxy\n-----END KEY-----\n"])

    assert [mask.line(line) for line in ("-----BEGIN KEY-----", "  Zm9vYmFy", "xy", "}")] == [MASK, "  ***", "xy", "}"]


def test_values_that_overlap_leave_nothing_of_either() -> None:
    assert Mask(["abcdefgh", "efghijkl", "cdef"]).line("<abcdefghijkl>") == "<***>"


def test_what_python_json_and_addresses_make_of_a_value_is_hidden_too() -> None:
    value = "a'b\"c\\d é/?&="
    mask = Mask([value])
    environment = {"KEY": value}

    assert mask.line(str(environment)) == "{'KEY': '***'}"
    assert mask.line(json.dumps(environment)) == '{"KEY": "***"}'
    assert mask.line("http://host/?key=a%27b%22c%5Cd%20%C3%A9%2F%3F%26%3D") == "http://host/?key=***"


def test_the_beginning_of_a_value_is_hidden_where_a_line_breaks_off() -> None:
    mask = Mask(["0123456789abcdef"])

    assert mask.line("the key is 0123456789") == "the key is ***"
    assert mask.line("0123456789 is in the middle") == "0123456789 is in the middle"


@given(WORDS, st.text(max_size=50), st.text(max_size=50))
def test_no_value_survives(value: str, before: str, after: str) -> None:
    masked = Mask([value]).line(before + value + after)

    hidden = value.strip()
    assert len(hidden) < 4 or hidden not in masked.replace(MASK, "\0")


@given(st.integers(0, 1_000))
def test_a_line_that_is_cut_in_a_value_shows_no_part_of_it(shown: int) -> None:
    value = "".join(f"{number:04x}" for number in range(250))
    line = "-" * CUT_LINE_CHARACTERS + value[:shown]

    assert set(Mask([value]).line(line)) <= {"-", "*"}
