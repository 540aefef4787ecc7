"""What a gated repo's card asks for, and which answers are enough."""

from typing import Any

import pytest

from spaceport.domain.gate import GateField, check_answers, gate_of
from spaceport.errors import BadRequest

FIELDS = {
    "Company": "text",
    "Use": {"type": "select", "options": ["Research", {"label": "Other use", "value": "other"}]},
    "I agree": "checkbox",
    "Where": "ip_location",
}
GOOD = {"Company": " Acme ", "Use": "other", "I agree": "on", "Extra": "not asked"}


def gate(fields: Any = FIELDS) -> Any:
    return gate_of({"extra_gated_fields": fields})


def test_fields_are_read_and_answers_kept() -> None:
    assert gate().fields[1] == GateField("Use", "select", ("Research", "other"))
    assert check_answers(gate(), GOOD) == {"Company": "Acme", "Use": "other", "I agree": True}


@pytest.mark.parametrize("fields", [None, [], "text", 3])
def test_a_card_that_asks_for_nothing_needs_no_answer(fields: Any) -> None:
    assert check_answers(gate(fields), GOOD) == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Company": "  "}, "answer this, too: Company"),
        ({"Use": "Fun"}, "choose one of Research, other"),
        ({"I agree": ""}, "agree to: I agree"),
    ],
)
def test_a_missing_answer_is_named(change: dict[str, str], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        check_answers(gate(), GOOD | change)


@pytest.mark.parametrize("kind", ["unknown", 3, None, [], {}, {"type": []}, {"type": "select", "options": "x"}])
def test_what_makes_no_sense_in_a_card_is_harmless(kind: Any) -> None:
    assert len(gate({"Name": kind}).fields) == 1
