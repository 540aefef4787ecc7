"""The state of a run, in the words that people have for it. Pure."""

from dataclasses import dataclass

from spaceport.domain.instance import Instance, Role
from spaceport.translating import marked, translated

_FAILED = (marked("failed"), "failed")
#: What a run is to its owner, and the class of the words.
_STATES = {
    Role.CANDIDATE: (marked("starting"), "starting"),
    Role.LIVE: (marked("running"), "live"),
    Role.DRAINING: (marked("shutting down"), "stopping"),
    Role.GONE: (marked("stopped"), "stopped"),
}


@dataclass(frozen=True)
class RunState:
    """``kind`` is a class of ``tables.css``."""

    words: str
    kind: str


def run_state(run: Instance) -> RunState:
    """In the reader's language."""
    words, kind = _FAILED if run.has_failed else _STATES[run.role]
    return RunState(translated(words), kind)
