"""What the build step does with the rows of one Space."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spaceport.builds.commands import cancel, rebuild
from spaceport.builds.step import BuildStep
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.space import Desired
from spaceport_runner.contract import BuildReport, RunnerReport
from spaceport_runner.template import load_templates
from tests.unit.factories import NOW, make_build, make_push
from tests.unit.services import Bench, make_bench


class Outside:
    """A fleet and a queue where nothing of a build is known; ``when_asked`` is what happens during the look."""

    def __init__(self, when_asked: Callable[[], object]) -> None:
        self._when_asked = when_asked
        self.reports: list[BuildReport] = []

    def build_reports(self) -> list[BuildReport]:
        return self.reports

    def note_drained(self, names: Collection[str]) -> None:
        pass

    def acknowledge(self) -> None:
        self.reports = []

    def leases(self, _build_ids: Sequence[str]) -> dict[str, int]:
        self._when_asked()
        return {}

    def runners(self) -> list[RunnerReport]:
        return []

    def job_state(self, _build: Build) -> str | None:
        return "over"

    def cancel(self, _build: Build) -> None:
        pass

    def enqueue(self, _build: Build, _request: object) -> None:
        pass


def make_step(bench: Bench, outside: object = None) -> BuildStep:
    services = bench.services
    templates = load_templates(services.settings.templates_dir)
    queue, fleet = (outside, outside) if outside else (services.queue, services.fleet)
    return BuildStep(
        services.settings,
        services.database,
        queue,  # type: ignore[arg-type]
        fleet,  # type: ignore[arg-type]
        services.clock,
        templates,
        "secret",
    )


@pytest.mark.parametrize("deadline_at", [NOW, NOW + timedelta(hours=1)], ids=["late", "lost"])
def test_what_is_cancelled_during_a_look_is_neither_failed_nor_tried_again(
    tmp_path: Path, deadline_at: datetime
) -> None:
    bench, looks = make_bench(tmp_path), []
    build = make_build(status=BuildStatus.RUNNING, handed_at=NOW, deadline_at=deadline_at)
    with bench.services.database.begin() as tx:
        tx.builds.add(build)

    def cancel_in_the_second_look() -> None:
        looks.append(True)
        if len(looks) == 2:
            cancel(bench.services, build, bench.owner)

    step = make_step(bench, Outside(cancel_in_the_second_look))
    step.check()
    bench.services.clock.pass_by(60)  # type: ignore[attr-defined]
    step.check()

    assert bench.told == ["build of aaaaaaa cancelled by ada"]
    assert bench.space.build_failure == "the build was cancelled by ada"


def test_the_push_of_a_duplicate_that_asks_for_secrets_stays_unplanned(tmp_path: Path) -> None:
    """Waiting must not count as planned, or its push would never come up again."""
    bench = make_bench(tmp_path, missing_secrets=["KEY"], has_app=True)
    services = bench.services
    step = make_step(bench)
    with services.database.begin() as tx:
        tx.pushes.add(make_push())
    step.plan("space")
    with services.database.read() as tx:
        builds = tx.builds.of_space("space")

    assert builds == []
    assert bench.space.planned_push_id is None
    services.database.close()  # type: ignore[attr-defined]


def test_a_report_that_cannot_be_taken_fails_its_build_and_keeps_no_other_from_being_heard(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, has_app=True)
    odd = {"startup_duration_timeout": 5, "app_port": "none"}
    with bench.services.database.begin() as tx:
        tx.pushes.add(make_push(card={"sdk": "docker", **odd}))
        for name in ("odd", "fine"):
            tx.builds.add(make_build(id=name, status=BuildStatus.RUNNING, handed_at=NOW))
    outside = Outside(lambda: None)
    outside.reports = [
        BuildReport(build_id="odd", attempt=1, state="succeeded", image="image"),
        BuildReport(build_id="fine", attempt=1, state="running", phase="installing dependencies"),
    ]
    make_step(bench, outside).take_reports()
    with bench.services.database.read() as tx:
        builds = {build.id: build for build in tx.builds.of_space("space")}

    assert builds["odd"].status is BuildStatus.FAILED
    assert "cannot be written down" in (builds["odd"].reason or "")
    assert builds["fine"].phase == "installing dependencies"
    assert outside.reports == []


def test_a_push_that_nobody_can_plan_is_a_failed_build(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, has_app=True)
    with bench.services.database.begin() as tx:
        tx.pushes.add(make_push(card={"sdk": "gradio", "preload_from_hub": 5}))
    make_step(bench).plan("space")

    assert bench.space.planned_push_id == "push"
    assert "no build of it can be planned" in (bench.space.build_failure or "")


def test_a_push_with_a_problem_is_a_failed_build_in_the_words_of_the_check(tmp_path: Path) -> None:
    """It came past the door: without a failure its Space would be about to start for ever."""
    bench = make_bench(tmp_path, has_app=True)
    with bench.services.database.begin() as tx:
        tx.pushes.add(make_push(card={}, problem="no app file"))
    make_step(bench).plan("space")

    assert bench.space.build_failure == "no app file"
    assert bench.space.planned_push_id == "push"


def test_a_rebuild_of_what_the_platform_suspended_is_a_new_beginning(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, has_app=True, desired=Desired.SUSPENDED, review_requested_at=NOW)
    with bench.services.database.begin() as tx:
        tx.pushes.add(make_push())
    rebuild(bench.services, bench.space, bench.owner)

    assert bench.space.desired is Desired.RUNNING
    assert bench.space.review_requested_at is None
    assert bench.space.rest_since is not None
