"""Which Python a Space gets where there are only some."""

from collections.abc import Iterable

#: How many minor versions away a Python still stands in for another: 3.13 runs what names 3.11, and so the other way.
_NEAR = 3


def python_for(wanted: str, available: Iterable[str]) -> str | None:
    """
    The Python as ``3.11`` that a Space gets which asks for ``wanted``; None when none that is here is near enough.

    A different one is no reason to refuse: the public service writes the Python of the day into the README of each new
    Space, whose code seldom needs it. What does need it fails with a reason of its own.
    """
    asked = _minor(wanted)
    near = [each for each in map(_minor, available) if each[0] == asked[0] and abs(each[1] - asked[1]) <= _NEAR]
    if not near:
        return None
    major, minor = min(near, key=lambda each: (abs(each[1] - asked[1]), -each[1]))
    return f"{major}.{minor}"


def is_same_python(one: str, other: str) -> bool:
    """Whether ``3.11`` and ``3.11.9`` are the same Python for a Space."""
    return _minor(one) == _minor(other)


def stand_in(wanted: str, given: str) -> str:
    """The line that tells of a Python that is not the one asked for."""
    return f"python_version {wanted} is not available here: this Space runs with Python {given}"


def _minor(version: str) -> tuple[int, int]:
    parts = [*version.split("."), "0"][:2]
    return int(parts[0]), int(parts[1]) if parts[1].isdigit() else 0
