"""What a run is called on pages."""

import pytest

from spaceport.domain.instance import NEWER_TOOK_ITS_PLACE, Role
from spaceport.web.run_states import run_state
from tests.unit.factories import make_instance


@pytest.mark.parametrize(
    ("role", "reason", "words", "kind"),
    [
        (Role.CANDIDATE, None, "starting", "starting"),
        (Role.LIVE, None, "running", "live"),
        (Role.DRAINING, None, "shutting down", "stopping"),
        (Role.GONE, None, "stopped", "stopped"),
        (Role.GONE, NEWER_TOOK_ITS_PLACE, "stopped", "stopped"),
        (Role.GONE, "the app ended with exit code 1", "failed", "failed"),
    ],
)
def test_a_run_is_told_in_words_of_its_owner(role: Role, reason: str | None, words: str, kind: str) -> None:
    state = run_state(make_instance(role=role, reason=reason))

    assert (state.words, state.kind) == (words, kind)
