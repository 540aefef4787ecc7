"""What the build step does with the rows of one Space."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spaceport.builds.commands import cancel
from spaceport.builds.step import BuildStep
from spaceport.domain.build import Build, BuildStatus
from spaceport_runner.contract import RunnerReport
from spaceport_runner.template import load_templates
from tests.unit.factories import NOW, make_build, make_push
from tests.unit.services import Bench, make_bench


class Outside:
    """A fleet and a queue where nothing of a build is known; ``when_asked`` is what happens during the look."""

    def __init__(self, when_asked: Callable[[], object]) -> None:
        self._when_asked = when_asked

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
