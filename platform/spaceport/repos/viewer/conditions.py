"""
``where`` and ``orderby`` of ``/filter``: a small language of our own, translated to SQL with parameters.

    "stars" >= 4 AND ("city" = 'Oslo' OR "city" IS NULL) AND NOT LEN("tags") IN (0, 1)

Nothing that was written becomes SQL: names must be columns of the table, values become parameters, and the words
between them are written anew.

Source: hub-api.md section 14.2; https://huggingface.co/docs/dataset-viewer/filter.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spaceport.errors import SpaceportError

_MAX_TEXT, _MAX_DEPTH, _MAX_PARAMETERS = 4000, 20, 200
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
        |(?P<text>'(?:[^']|'')*')
        |(?P<name>"(?:[^"]|"")+")
        |(?P<word>[A-Za-z_][A-Za-z_0-9]*)
        |(?P<sign><=|>=|<>|!=|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_VALUES = {"TRUE": True, "FALSE": False}


class BadCondition(SpaceportError):
    """The text cannot be read; the message says where."""


@dataclass(frozen=True)
class Condition:
    """SQL of ours, and the values for its question marks."""

    sql: str
    parameters: tuple[Any, ...]


EVERYTHING = Condition("true", ())


def parse_where(text: str, columns: Collection[str]) -> Condition:
    """Raises: BadCondition."""
    reader = _Reader(text, columns)
    sql = reader.either(0)
    reader.expect_end()
    return Condition(sql, tuple(reader.parameters))


def parse_order(text: str, columns: Collection[str]) -> str:
    """``"column" [ASC|DESC]``, with commas between several. Raises: BadCondition."""
    reader = _Reader(text, columns)
    parts = []
    while True:
        name = reader.column()
        way = "DESC" if reader.take_word("DESC") else "ASC"
        if way == "ASC":
            reader.take_word("ASC")
        parts.append(f"{name} {way} NULLS LAST")
        if not reader.take_sign(","):
            break
    reader.expect_end()
    return ", ".join(parts)


def words_condition(text: str, columns: Collection[str]) -> Condition:
    """Every word of a search is somewhere in one of these columns, in whatever case."""
    words = list(dict.fromkeys(text.lower().split()))[:20]
    if not words or not columns:
        return Condition("false", ())
    one = " OR ".join(f"contains(lower({_quoted(name)}::VARCHAR), ?)" for name in columns)
    sql = " AND ".join(f"({one})" for _ in words)
    return Condition(sql, tuple(word for word in words for _ in columns))


def searched_columns(features: Mapping[str, Any]) -> list[str]:
    """Those that hold text, or something with texts in it."""

    def holds_text(feature: Any) -> bool:
        kind = feature.get("_type") if isinstance(feature, Mapping) else "List"
        if kind == "Value":
            return feature.get("dtype") in ("string", "large_string")
        return kind in ("Json", "List", "LargeList", "Sequence") or not isinstance(kind, str)

    return [name for name, feature in features.items() if holds_text(feature)]


class _Reader:
    """Reads from left to right; each method takes what it is called for, or says what is missing."""

    def __init__(self, text: str, columns: Collection[str]) -> None:
        if len(text) > _MAX_TEXT:
            raise BadCondition(f"the condition has more than {_MAX_TEXT:,} characters")
        self._columns = columns
        self._tokens = list(_tokens(text))
        self._position = 0
        self.parameters: list[Any] = []

    def either(self, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise BadCondition("the condition has too many parentheses in parentheses")
        parts = [self._all(depth)]
        while self.take_word("OR"):
            parts.append(self._all(depth))
        return f"({' OR '.join(parts)})"

    def column(self) -> str:
        kind, text = self._next()
        name = text[1:-1].replace('""', '"') if kind == "name" else text
        if kind not in ("name", "word") or name not in self._columns:
            raise BadCondition(f"{text[:100]} is no column of this table: write the name in double quotes")
        return _quoted(name)

    def take_word(self, word: str) -> bool:
        kind, text = self._peek()
        is_taken = kind == "word" and text.upper() == word
        self._position += is_taken
        return is_taken

    def take_sign(self, sign: str) -> bool:
        is_taken = self._peek() == ("sign", sign)
        self._position += is_taken
        return is_taken

    def expect_end(self) -> None:
        _, text = self._peek()
        if text:
            raise BadCondition(f"{text[:100]} is not expected there")

    def _all(self, depth: int) -> str:
        parts = [self._one(depth)]
        while self.take_word("AND"):
            parts.append(self._one(depth))
        return f"({' AND '.join(parts)})"

    def _one(self, depth: int) -> str:
        if self.take_word("NOT"):
            if depth > _MAX_DEPTH:
                raise BadCondition("the condition says NOT too often")
            return f"(NOT {self._one(depth + 1)})"
        if self.take_sign("("):
            inside = self.either(depth + 1)
            self._expect(")")
            return inside
        return self._comparison(self._operand())

    def _operand(self) -> str:
        kind, text = self._peek()
        if kind == "word" and text.upper() in ("LEN", "LENGTH") and text not in self._columns:
            self._position += 1
            self._expect("(")
            name = self.column()
            self._expect(")")
            return f"len({name})"
        return self.column()

    def _comparison(self, operand: str) -> str:
        if self.take_word("IS"):
            negated = self.take_word("NOT")
            if not self.take_word("NULL"):
                raise BadCondition("after IS comes NULL or NOT NULL")
            return f"{operand} IS {'NOT ' if negated else ''}NULL"
        negation = "NOT " if self.take_word("NOT") else ""
        if self.take_word("IN"):
            self._expect("(")
            values = [self._value()]
            while self.take_sign(","):
                values.append(self._value())
            self._expect(")")
            return f"{operand} {negation}IN ({', '.join(values)})"
        if self.take_word("BETWEEN"):
            first = self._value()
            if not self.take_word("AND"):
                raise BadCondition("BETWEEN has two values with AND between them")
            return f"{operand} {negation}BETWEEN {first} AND {self._value()}"
        for word in ("LIKE", "ILIKE"):
            if self.take_word(word):
                return f"{operand} {negation}{word} {self._value()}"
        kind, text = self._next()
        if negation or kind != "sign" or text not in _COMPARISONS:
            raise BadCondition(f"after a column comes a comparison like = or <=, not {text[:100] or 'the end'}")
        return f"{operand} {_COMPARISONS[text]} {self._value()}"

    def _value(self) -> str:
        kind, text = self._next()
        if kind == "text":
            value: Any = text[1:-1].replace("''", "'")
        elif kind == "number":
            value = float(text) if set(text) & set(".eE") or len(text) > 18 else int(text)
        elif kind == "word" and text.upper() in _VALUES:
            value = _VALUES[text.upper()]
        else:
            raise BadCondition(f"{text[:100] or 'the end'} is no value: write a number, a 'text', TRUE or FALSE")
        self.parameters.append(value)
        if len(self.parameters) > _MAX_PARAMETERS:
            raise BadCondition(f"the condition has more than {_MAX_PARAMETERS} values")
        return "?"

    def _expect(self, sign: str) -> None:
        _, text = self._peek()
        if not self.take_sign(sign):
            raise BadCondition(f"{sign} is missing before {text[:100] or 'the end'}")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._position += 1
        return token


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, text = 0, text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise BadCondition(f"cannot be read: {text[position : position + 50].strip()}")
        yield found.lastgroup, found[found.lastgroup]
        position = found.end()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
