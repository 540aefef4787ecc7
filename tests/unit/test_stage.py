"""The stage of a Space, computed from facts."""

import pytest

from spaceport.domain.stage import LABELS, Facts, Stage, compute_stage


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        (Facts("running"), Stage.NO_APP_FILE),
        (Facts("running", has_app=True, building=True), Stage.BUILDING),
        (Facts("running", has_app=True, starting=True), Stage.APP_STARTING),
        (Facts("running", has_app=True, serving=True), Stage.RUNNING),
        (Facts("running", has_app=True, serving=True, building=True), Stage.RUNNING_BUILDING),
        (Facts("running", has_app=True, serving=True, starting=True), Stage.RUNNING_BUILDING),
        (Facts("running", has_app=True, build_failure="no"), Stage.BUILD_ERROR),
        (Facts("running", has_app=True, start_failure="no"), Stage.RUNTIME_ERROR),
        (Facts("running", has_app=True, serving=True, build_failure="no"), Stage.RUNNING),
        (Facts("paused", has_app=True, serving=True), Stage.PAUSED),
        (Facts("stopped", has_app=True, serving=True), Stage.PAUSED),
        (Facts("deleted", has_app=True, serving=True), Stage.DELETING),
    ],
)
def test_stage(facts: Facts, stage: Stage) -> None:
    assert compute_stage(facts)[0] is stage


def test_a_failed_push_is_told_while_the_old_version_serves() -> None:
    _, reason = compute_stage(Facts("running", has_app=True, serving=True, build_failure="numpy is not there"))

    assert reason is not None
    assert "numpy is not there" in reason
    assert "previous version" in reason


def test_every_stage_has_a_label() -> None:
    assert set(LABELS) == set(Stage)
