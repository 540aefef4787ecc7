"""What scripts say, found in them and translated for a page. Pure but for the language of the request."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spaceport.translating import counted, translated

_TEXT = r'"(?:[^"\\\n]|\\.)*"'
#: Calls of ``t`` and ``tn`` from ``texts.js``.
_CALLS = re.compile(rf"\bt\(({_TEXT})|\btn\(({_TEXT}),\s*({_TEXT})")


@dataclass(frozen=True)
class ScriptMessage:
    """``many`` is None for what is not counted."""

    one: str
    many: str | None = None


def messages_in(files: Mapping[str, bytes]) -> tuple[ScriptMessage, ...]:
    """The messages of all scripts among these files."""
    found: dict[ScriptMessage, None] = {}
    for name, content in files.items():
        if name.endswith(".js"):
            for text, one, many in _CALLS.findall(content.decode()):
                found[ScriptMessage(json.loads(text or one), json.loads(many) if many else None)] = None
    return tuple(found)


def texts_of(messages: Sequence[ScriptMessage]) -> dict[str, str | list[str]]:
    """For ``texts.js``: a message and its translation, or both forms of one that is counted."""
    return {
        message.one: translated(message.one)
        if message.many is None
        else [counted(message.one, message.many, number) for number in (1, 2)]
        for message in messages
    }
