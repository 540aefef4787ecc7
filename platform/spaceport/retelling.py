"""
Sentences that were said in English and kept, said again in another language. Pure.

Reasons, causes and errors are made, stored and sent in English. What they are made of is in ``locale/sentences.json``
(``make messages`` finds it in the source): a sentence is known again by its fixed words, and what stands between them
is said again in turn.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from spaceport.marking import marked

#: Longer texts are no sentences of ours.
_MAX_LENGTH = 4000
#: How many marks between two sentences are looked at.
_MAX_MARKS = 12
_VALUE = re.compile(r"%\((\w+)\)s")
#: Values that people wrote: they stay as they are.
_WRITTEN = frozenset({"subject", "label", "title"})
#: Values that are one of few words; another single word is a name or code.
_CHOSEN = frozenset({"verb", "status", "what", "desired", "action", "kind", "type", "wanted", "visibility", "phase"})
#: Between two sentences, or before what is added to one.
_MARKS = (marked("; "), marked(": "), marked(". "))
_AND_SO = marked(", ")
_MOMENT = re.compile(r"(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4}) at (?P<time>\d\d:\d\d) UTC")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: What some values look like; another text is another sentence.
_SHAPES = {
    "moment": _MOMENT,
    "duration": re.compile(r"\d+ [a-z]+"),
    "full_name": re.compile(r"[\w.-]+/[\w.-]+"),
    "who": re.compile(r"the \w+|[\w.-]+"),
}
#: A value with nothing between it and the next one.
_WORD = re.compile(r"[^\s,;:(]*")
_HAN = re.compile("[\u4e00-\u9fff]")
#: Figures with a unit: see ``domain.words``, ``domain.room`` and ``spaceport_runner.reasons``.
_FIGURES = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r"(?P<number>\d+) (?:s|seconds?)", marked("%(number)s seconds")),
        (r"(?P<number>\d+) (?:min|minutes?)", marked("%(number)s minutes")),
        (r"(?P<number>\d+) (?:h|hours?)", marked("%(number)s hours")),
        (r"(?P<number>\d+) days?", marked("%(number)s days")),
        (r"(?P<number>\d+) bytes", marked("%(number)s bytes")),
        (r"(?P<number>\d+) GPUs?", marked("%(number)s GPUs")),
        (r"(?P<number>\d+)(?:st|nd|rd|th)", marked("%(number)sth")),
        (r"(?P<number>[\d.]+) cpus", marked("%(number)s cpus")),
        (r"(?P<size>[\d.]+ [GM]iB) of memory", marked("%(size)s of memory")),
        (
            r"(?P<size>[\d.]+ [GM]iB) of memory and (?P<cpus>[\d.]+) cpus",
            marked("%(size)s of memory and %(cpus)s cpus"),
        ),
        (
            r"(?P<size>[\d.]+ [GM]iB) of memory, (?P<cpus>[\d.]+) cpus and (?P<gpus>\d+) GPUs?",
            marked("%(size)s of memory, %(cpus)s cpus and %(gpus)s GPUs"),
        ),
    )
)


@dataclass(frozen=True)
class Sentence:
    """A message with ``%(name)s`` where values were: the ``fixed`` parts around the ``names``."""

    message: str
    fixed: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, message: str) -> "Sentence":
        parts = _VALUE.split(message)
        return cls(message, tuple(part.replace("%%", "%") for part in parts[::2]), tuple(parts[1::2]))

    @property
    def weight(self) -> int:
        """How much of it is fixed: of two that fit, the one that says more is meant."""
        return sum(map(len, self.fixed))

    def values_in(self, text: str) -> dict[str, str] | None:
        """What stands at the names; None where it is another sentence. Takes time by the length of the text only."""
        first, *between, last = self.fixed
        end = len(text) - len(last)
        if not text.startswith(first) or not text.endswith(last) or end < len(first):
            return None
        at, values = len(first), dict[str, str]()
        for position, (name, part) in enumerate(zip(self.names, between, strict=False)):
            found = _end_of(name, part, text, at, end, is_last=position == len(between) - 1)
            if found is None:
                return None
            values[name], at = text[at:found], found + len(part)
        values[self.names[-1]] = text[at:end]
        fits = all(name not in _SHAPES or _SHAPES[name].fullmatch(value) for name, value in values.items())
        return values if fits else None


def _end_of(name: str, part: str, text: str, at: int, end: int, is_last: bool) -> int | None:
    """Where the value that begins ``at`` ends: before ``part``."""
    if not part:
        found = _SHAPES.get(name, _WORD).match(text, at, end)
        return found.end() if found else None
    # What follows a space alone is a name; what is before it may have spaces.
    place = text.rfind(part, at, end) if part == " " and is_last else text.find(part, at, end)
    return place if place >= 0 else None


def retell(text: str, translate: Callable[[str], str], sentences: Sequence[Sentence]) -> str:
    """``text`` as far as it is made of ``sentences`` or of what ``translate`` knows; the rest stays as it is."""
    if len(text) > _MAX_LENGTH or sum(1 for _ in islice(_marks_in(text), _MAX_MARKS + 1)) > _MAX_MARKS:
        return text
    return _Telling(translate, sentences).told(text) or text


def filled(message: str, values: Mapping[str, str]) -> str:
    """
    ``message`` with its values. Between Chinese and other words is a space, between Chinese words is none.

    Source: W3C Requirements for Chinese Text Layout, section 3.2.2 (mixed text).
    """
    text = ""
    for position, part in enumerate(_VALUE.split(message)):
        text = _beside(text, values[part] if position % 2 else part.replace("%%", "%"))
    return text


def _beside(left: str, right: str) -> str:
    if not left.strip() or not right.strip():
        return left + right
    before, after = left.rstrip()[-1], right.lstrip()[0]
    if _HAN.match(before) and _HAN.match(after):
        return left.rstrip() + right.lstrip()
    is_mixed = (_HAN.match(before) and _is_latin(after)) or (_is_latin(before) and _HAN.match(after))
    is_close = left[-1] == before and right[0] == after
    return f"{left} {right}" if is_mixed and is_close else left + right


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


class _Telling:
    """One text, and what was found out of its parts."""

    def __init__(self, translate: Callable[[str], str], sentences: Sequence[Sentence]) -> None:
        self._translate = translate
        self._sentences = sentences
        self._told: dict[str, str | None] = {}

    def told(self, text: str) -> str | None:
        if not text.strip():
            # A catalogue has its own head under the empty text.
            return None
        if text not in self._told:
            # What contains itself is not known.
            self._told[text] = None
            self._told[text] = self._known(text) or self._in_two(text)
        return self._told[text]

    def _known(self, text: str) -> str | None:
        if (known := self._translate(text)) != text:
            return known
        return self._figure(text) or self._sentence(text)

    def _sentence(self, text: str) -> str | None:
        fitting = [(each, values) for each in self._sentences if (values := each.values_in(text)) is not None]
        if not fitting:
            return None
        sentence, values = max(fitting, key=lambda found: found[0].weight)
        return filled(
            self._translate(sentence.message), {name: self._value(name, value) for name, value in values.items()}
        )

    def _value(self, name: str, text: str) -> str:
        if name in _WRITTEN:
            return text
        if " " not in text and name not in _CHOSEN:
            return self._figure(text) or text
        if text.startswith(_AND_SO):
            after = text.removeprefix(_AND_SO)
            return self._translate(_AND_SO) + (self.told(after) or after)
        return self.told(text.strip()) or text

    def _figure(self, text: str) -> str | None:
        for pattern, message in _FIGURES:
            if found := pattern.fullmatch(text):
                return filled(self._translate(message), found.groupdict())
        moment = _MOMENT.fullmatch(text)
        if moment is None or moment["month"] not in _MONTHS:
            return None
        said = self._translate(marked("%(day)s/%(month)s/%(year)s %(time)s UTC"))
        return filled(said, {**moment.groupdict(), "month": str(_MONTHS.index(moment["month"]) + 1)})

    def _in_two(self, text: str) -> str | None:
        """Two sentences with a mark between them. Of two words or more, one that is known is enough."""
        half = None
        for at, mark in _marks_in(text):
            before, after = text[:at], text[at + len(mark) :]
            first, second = self._known(before) if before else "", self.told(after)
            if first is None and (second is None or " " not in after):
                continue
            if second is None and " " not in before:
                continue
            found = (before if first is None else first) + self._translate(mark) + (second or after)
            if first is not None and second is not None:
                return found
            half = half or found
        return half


def _marks_in(text: str) -> Iterator[tuple[int, str]]:
    for found in re.finditer("|".join(re.escape(mark) for mark in _MARKS), text):
        yield found.start(), found[0]
