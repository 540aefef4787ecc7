"""What decisions rest on, from what is in the database."""

from datetime import timedelta
from pathlib import Path

from spaceport.api.space_json import facts_of
from spaceport.domain.instance import Role
from spaceport.domain.release import ReleaseStatus
from spaceport.rollout.view import View
from spaceport.rollout.world import Views, World
from spaceport_runner.template import load_templates
from tests.unit.factories import NOW, ago, make_instance
from tests.unit.services import Bench, make_bench


def view(bench: Bench) -> View:
    settings = bench.services.settings
    world = World(reports={}, gateways=(), runner_ids=frozenset(), route_version=1)
    with bench.services.database.read() as tx:
        return Views(settings, load_templates(settings.templates_dir)).view(tx, "space", world, NOW)


def crashed(bench: Bench, instance_id: str, seconds_ago: float) -> None:
    ended = {"role": Role.GONE, "ready_at": ago(9000), "ended_at": ago(seconds_ago), "exit_code": 1}
    with bench.services.database.begin() as tx:
        tx.instances.add(make_instance(id=instance_id, release_id="release1", **ended))


def test_crashes_are_counted_since_somebody_started_it(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release()
    for number, seconds in enumerate((60, 500, 3000)):
        crashed(bench, f"crash{number}", seconds)

    assert (view(bench).crashes, view(bench).crashes_in_hour) == (2, 3)

    bench.update(rest_since=NOW - timedelta(seconds=100))

    assert (view(bench).crashes, view(bench).crashes_in_hour) == (1, 1)


def test_files_are_served_until_the_app_that_follows_them_is_up(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release(1, sdk="static", template="static")
    bench.release(2, status=ReleaseStatus.STARTING, live_at=None)

    assert getattr(view(bench).served_files, "number", None) == 1

    with bench.services.database.begin() as tx:
        tx.releases.update("release1", status=ReleaseStatus.RETIRED)
        tx.releases.update("release2", status=ReleaseStatus.LIVE)

    assert view(bench).served_files is None


def test_what_the_api_says_serves_are_the_files(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release(1, sdk="static", template="static")
    bench.release(2, status=ReleaseStatus.STARTING, live_at=None)
    with bench.services.database.read() as tx:
        facts = facts_of(tx, bench.space, bench.owner)

    assert getattr(facts.release, "number", None) == 1
