"""What the build step does with the rows of one Space."""

from pathlib import Path

from spaceport.builds.step import BuildStep
from spaceport_runner.template import load_templates
from tests.unit.factories import make_push
from tests.unit.services import make_bench


def test_the_push_of_a_duplicate_that_asks_for_secrets_stays_unplanned(tmp_path: Path) -> None:
    """Waiting must not count as planned, or its push would never come up again."""
    bench = make_bench(tmp_path, missing_secrets=["KEY"], has_app=True)
    services = bench.services
    templates = load_templates(services.settings.templates_dir)
    step = BuildStep(
        services.settings, services.database, services.queue, services.fleet, services.clock, templates, "secret"
    )
    with services.database.begin() as tx:
        tx.pushes.add(make_push())
    step.plan("space")
    with services.database.read() as tx:
        builds = tx.builds.of_space("space")

    assert builds == []
    assert bench.space.planned_push_id is None
    services.database.close()  # type: ignore[attr-defined]
