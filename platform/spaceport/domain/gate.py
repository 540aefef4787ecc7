"""What the card of a gated repo asks of who wants in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spaceport.errors import BadRequest

#: Who gets in: whoever sees the repo, who asks, and whom the owner lets in.
GATES = ("", "auto", "manual")
MAX_FIELDS = 20
_MAX_LENGTH = 500
_HEADING = "You need to agree to share your name to get the files"
_APP_HEADING = "You need to agree to share your name to use this app"
#: Kinds of fields beside a list of options. Source: huggingface.co/docs/hub/models-gated, customising requested
#: information.
_KINDS = ("text", "checkbox", "date_picker", "country", "select", "ip_location")


@dataclass(frozen=True)
class GateField:
    """``kind`` is text, checkbox, date_picker, country or select; only the last has ``options``."""

    label: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    heading: str
    prompt: str
    button: str
    fields: tuple[GateField, ...]


def gate_of(card: Mapping[str, Any], is_app: bool = False) -> Gate:
    """From the ``extra_gated_*`` keys; what makes no sense is left out. ``is_app`` for the card of a Space."""
    fields = card.get("extra_gated_fields")
    found = fields.items() if isinstance(fields, Mapping) else ()
    return Gate(
        _text(card.get("extra_gated_heading"), _APP_HEADING if is_app else _HEADING),
        _text(card.get("extra_gated_prompt"), ""),
        _text(card.get("extra_gated_button_content"), "Ask for access"),
        tuple(_field(str(label)[:200], kind) for label, kind in list(found)[:MAX_FIELDS]),
    )


def check_answers(gate: Gate, given: Mapping[str, Any]) -> dict[str, Any]:
    """
    An answer to every field, cut to a reasonable length; what was not asked is dropped.

    Raises: BadRequest.
    """
    answers: dict[str, Any] = {}
    for field in gate.fields:
        if field.kind == "checkbox":
            if str(given.get(field.label, "")).lower() not in ("on", "true", "1"):
                raise BadRequest(f"agree to: {field.label}")
            answers[field.label] = True
            continue
        if field.kind == "ip_location":
            continue
        answer = str(given.get(field.label) or "").strip()[:_MAX_LENGTH]
        if not answer:
            raise BadRequest(f"answer this, too: {field.label}")
        if field.options and answer not in field.options:
            raise BadRequest(f"{field.label}: choose one of {', '.join(field.options)}")
        answers[field.label] = answer
    return answers


def _field(label: str, kind: Any) -> GateField:
    if not isinstance(kind, Mapping):
        return GateField(label, kind if kind in _KINDS else "text")
    options = kind.get("options")
    if not isinstance(options, list):
        return GateField(label, str(kind.get("type")) if kind.get("type") in _KINDS else "text")
    # An option is a word, or a mapping with a label and a value.
    words = [
        str(each.get("value") or each.get("label")) if isinstance(each, Mapping) else str(each) for each in options
    ]
    return GateField(label, "select", tuple(words[:100]))


def _text(value: Any, default: str) -> str:
    return value[:5000] if isinstance(value, str) and value.strip() else default
