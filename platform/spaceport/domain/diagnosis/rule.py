"""One rule of the diagnosis: what to look for, and what it means in plain words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: Messages of exceptions can be pages long; the log holds all of it.
MAX_TEXT = 300

Words = Mapping[str, str]


@dataclass(frozen=True)
class Diagnosis:
    """
    ``cause`` for the reader, ``suggestion`` is what they may change; empty where nobody can tell.

    ``rule`` is the name of the rule that found it.
    """

    cause: str
    suggestion: str | None = None
    rule: str | None = None


@dataclass(frozen=True)
class Rule:
    """
    Groups of the ``pattern`` fill the texts; of groups named ``what`` and ``what2`` the one that matched counts.

    ``name`` is also the folder of its failing repo in ``tests/diagnosis``; rules that say the same of different logs
    share one. ``beside`` must be somewhere in the log, too, and its groups fill the texts as well. ``more`` finds
    further words from those of the pattern. An empty ``cause`` keeps what the runner said.
    """

    name: str
    pattern: re.Pattern[str]
    cause: str
    suggestion: str | None
    beside: re.Pattern[str] | None = None
    more: Callable[[Words], Words] | None = None

    def read(self, text: str, log: str, known: Words) -> Diagnosis | None:
        """What this rule says of a text from a log; ``known`` are words besides those of the pattern."""
        found = self.pattern.search(text)
        near = self.beside.search(log) if found is not None and self.beside is not None else None
        if found is None or (self.beside is not None and near is None):
            return None
        words = {**known, **(_words_of(near) if near is not None else {}), **_words_of(found)}
        words = {**words, **(self.more(words) if self.more else {})}
        return Diagnosis(_fill(self.cause or text, words), _fill(self.suggestion, words), self.name)


def rule(
    name: str,
    pattern: str,
    cause: str,
    suggestion: str | None,
    beside: str | None = None,
    more: Callable[[Words], Words] | None = None,
) -> Rule:
    """A Rule from texts; ``^`` and ``$`` of its patterns mean lines."""
    compiled = re.compile(beside, re.MULTILINE) if beside is not None else None
    return Rule(name, re.compile(pattern, re.MULTILINE), cause, suggestion, compiled, more)


def first_match(rules: Sequence[Rule], *texts: str, log: str = "", known: Words | None = None) -> Diagnosis | None:
    """The first rule that knows one of the texts wins."""
    for each in rules:
        for text in texts:
            if found := each.read(text, log, known or {}):
                return found
    return None


def _words_of(found: re.Match[str]) -> dict[str, str]:
    words = {name: (value or "").lstrip(" ,").rstrip(" ,.") for name, value in found.groupdict().items()}
    if not words.get("what") and "what2" in words:
        words["what"] = words["what2"]
    return words


def _fill(text: str | None, words: Words) -> str:
    """The text with its words; a word is never itself a pattern."""
    filled = re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text or "")
    return filled if len(filled) <= MAX_TEXT else f"{filled[:MAX_TEXT]}..."
