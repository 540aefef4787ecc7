"""One piece of advice about one place in a repo."""

from dataclasses import dataclass

#: Text of a repo that a finding repeats.
_MAX_QUOTED = 80


@dataclass(frozen=True)
class Finding:
    """``text`` says what is wrong and what is allowed, in one line; ``line`` counts from 1, None is the whole file."""

    path: str
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


def quoted(text: object) -> str:
    """A piece of a repo's text that is safe to print."""
    shown = "".join(character if character.isprintable() else "?" for character in str(text))
    return shown if len(shown) <= _MAX_QUOTED else f"{shown[:_MAX_QUOTED]}..."
