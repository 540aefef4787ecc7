"""The stage of a Space, computed from facts."""

from datetime import timedelta
from itertools import product

import pytest

from spaceport.domain.build import Build
from spaceport.domain.instance import Instance
from spaceport.domain.space import Space
from spaceport.domain.stage import LABELS, PASSING, SERVING, Facts, Stage, compute_stage
from spaceport.rollout.facts import deadline_of
from spaceport.rollout.view import Rules, View
from tests.unit.factories import NOW, ago, make_build, make_instance, make_release, make_space


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
        (Facts("suspended", has_app=True, serving=True), Stage.PAUSED),
        (Facts("deleted", has_app=True, serving=True), Stage.DELETING),
        (Facts("running", has_app=True, asleep=True), Stage.SLEEPING),
        (Facts("running", has_app=True, asleep=True, building=True), Stage.BUILDING),
        (Facts("running", has_app=True, asleep=True, build_failure="no"), Stage.SLEEPING),
        (Facts("paused", has_app=True, asleep=True), Stage.PAUSED),
        (Facts("running", has_app=True, waiting=True), Stage.APP_STARTING),
        (Facts("running", has_app=True, missing_secrets=("API_KEY",)), Stage.CONFIG_ERROR),
        (Facts("running", has_app=True, building=True, missing_secrets=("API_KEY",)), Stage.CONFIG_ERROR),
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


def all_facts() -> list[Facts]:
    switches = ("has_app", "serving", "asleep", "building", "starting", "waiting")
    texts = ("build_failure", "start_failure")
    return [
        Facts(
            desired,
            **dict(zip(switches, flags[: len(switches)], strict=True)),
            **{name: "no" if on else None for name, on in zip(texts, flags[len(switches) :], strict=True)},  # type: ignore[arg-type]
        )
        for desired in ("running", "paused", "stopped", "suspended", "deleted")
        for flags in product((False, True), repeat=len(switches) + len(texts))
    ]


def test_every_stage_but_running_says_why() -> None:
    silent = [facts for facts in all_facts() if compute_stage(facts)[1] is None]

    assert {compute_stage(facts)[0] for facts in silent} == {Stage.RUNNING}


def test_what_serves_stays_up_whatever_happens_to_the_next_version() -> None:
    serving = [facts for facts in all_facts() if facts.serving and facts.desired == "running"]

    assert {compute_stage(facts)[0] for facts in serving} == SERVING


def test_the_secrets_that_are_missing_are_counted_and_not_named_to_everybody() -> None:
    _, reason = compute_stage(Facts("running", has_app=True, missing_secrets=("API_KEY", "DB_URL")))

    assert reason is not None
    assert "2 secrets are set" in reason
    assert "API_KEY" not in reason


def test_a_sleeping_space_says_that_the_last_push_failed() -> None:
    _, reason = compute_stage(
        Facts("running", has_app=True, asleep=True, rest_reason="nobody used it for 48 h", build_failure="no numpy")
    )

    assert reason is not None
    assert "nobody used it for 48 h" in reason
    assert "no numpy" in reason


class TestDeadline:
    def view(self, *instances: Instance, space: Space | None = None, builds: tuple[Build, ...] = ()) -> View:
        return View(
            space=space or make_space(),
            target=make_release(),
            needs_instance=True,
            instances=instances,
            reports={},
            gateways=(),
            crashes=0,
            now=NOW,
            builds=builds,
            rules=Rules(start_seconds=100),
        )

    @pytest.mark.parametrize("stage", sorted(PASSING))
    def test_every_passing_stage_has_one(self, stage: Stage) -> None:
        assert deadline_of(stage, self.view()) == NOW + timedelta(seconds=100)

    @pytest.mark.parametrize("stage", sorted(set(Stage) - PASSING))
    def test_stages_that_last_have_none(self, stage: Stage) -> None:
        assert deadline_of(stage, self.view(builds=(make_build(),))) is None

    def test_it_is_that_of_the_build_or_the_candidate(self) -> None:
        candidate = make_instance(deadline_at=ago(-5))

        assert deadline_of(Stage.BUILDING, self.view(builds=(make_build(deadline_at=ago(-7)),))) == ago(-7)
        assert deadline_of(Stage.APP_STARTING, self.view(candidate)) == ago(-5)

    def test_it_does_not_move_while_the_stage_lasts(self) -> None:
        space = make_space(stage=Stage.APP_STARTING, stage_deadline_at=ago(-3))

        assert deadline_of(Stage.APP_STARTING, self.view(space=space)) == ago(-3)
