"""The Python of a build: the one asked for, one near it, or no build."""

from collections.abc import Callable, Sequence

from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.pythons import is_same_python, python_for, stand_in


def require_python(wanted: str | None, available: Sequence[str], place: str, log: Callable[[str], None]) -> None:
    """Tell of a Python that stands in for the wanted one; ``BuildFailed`` when none that is here can."""
    if not wanted or not available:
        return
    given = python_for(wanted, available)
    if given is None:
        raise BuildFailed(f"this Space asks for Python {wanted}; {place} here has Python {', '.join(available)} only")
    if not is_same_python(given, wanted):
        log(stand_in(wanted, given))
