"""What volumes hold, in the database."""

from pathlib import Path

from spaceport.rollout.volume_use import VolumeUse, note_volume_use, volume_use
from spaceport_runner.contract import InstanceState
from tests.unit.factories import make_report
from tests.unit.services import make_bench


def test_the_newest_instance_that_was_measured_says_what_the_volume_holds() -> None:
    reports = [
        make_report("new", InstanceState.READY, generation=2, volume_used_bytes=7),
        make_report("old", InstanceState.READY, generation=1, volume_used_bytes=5),
        make_report("newest", InstanceState.STARTING, generation=3),
    ]

    assert volume_use(reports) == {"space": VolumeUse(7)}


def test_a_volume_that_cannot_be_counted_in_time_keeps_its_last_figure_and_says_so(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    for figures in ({"volume_used_bytes": 5}, {"volume_is_stale": True}):
        note_volume_use(bench.services.database, [make_report("i", InstanceState.READY, **figures)])

    assert (bench.space.volume_used_bytes, bench.space.volume_is_stale) == (5, True)

    note_volume_use(bench.services.database, [make_report("i", InstanceState.READY, volume_used_bytes=6)])

    assert (bench.space.volume_used_bytes, bench.space.volume_is_stale) == (6, False)


def test_what_a_volume_holds_is_kept_when_its_app_is_gone(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    note_volume_use(bench.services.database, [make_report("i", InstanceState.READY, volume_used_bytes=5)])
    note_volume_use(bench.services.database, [])

    assert bench.space.volume_used_bytes == 5


def test_a_space_that_is_gone_is_left_out(tmp_path: Path) -> None:
    report = make_report("i", InstanceState.READY, volume_used_bytes=5, space_id="gone")
    bench = make_bench(tmp_path)
    note_volume_use(bench.services.database, [report])

    assert bench.space.volume_used_bytes is None
