"""How busy machines were: taken once a minute, thinned out with time, drawn as lines."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from spaceport.domain.sample import COARSE_MINUTES, FINE_MINUTES, MachineSample, minute_of
from spaceport.rollout.sampling import SampleStep
from spaceport.web.machines_page import machines_of
from spaceport.web.plot import HEIGHT, WIDTH, plot_of
from spaceport_runner.contract import Capabilities, RunnerReport
from tests.unit.factories import NOW
from tests.unit.services import TickingClock, make_bench

MINUTE = minute_of(NOW)


class OneRunner:
    def __init__(self) -> None:
        self.asked = 0

    def runners(self) -> list[RunnerReport]:
        self.asked += 1
        return [
            RunnerReport(
                runner_id="local",
                capabilities=Capabilities(engine="fake", dockerfile=False, apt_packages=False, python_versions=()),
                started_at=0,
                reported_at=0,
                cpus=4,
                cpu_percent=120.0,
                memory_bytes=1000,
                memory_used_bytes=250,
                disk_free_bytes=600,
                disk_bytes=2000,
                builders=1,
            )
        ]


def make_sample(minute: int, **values: Any) -> MachineSample:
    defaults: dict[str, Any] = {
        "runner_id": "local",
        "cpus": 4,
        "cpu_percent": 100.0,
        "memory_bytes": 1000,
        "memory_used_bytes": 250,
        "disk_bytes": 2000,
        "disk_free_bytes": 600,
    }
    return MachineSample(minute=minute, **defaults | values)


def test_each_minute_has_one_sample_of_each_machine(tmp_path: Path) -> None:
    database, clock, fleet = make_bench(tmp_path).services.database, TickingClock(), OneRunner()
    step = SampleStep(database, fleet, clock)  # type: ignore[arg-type]
    for seconds in (0, 1, 1, 60):
        clock.pass_by(seconds)
        step.take()
    # A controller that starts anew within the minute finds it taken.
    SampleStep(database, fleet, clock).take()  # type: ignore[arg-type]

    with database.read() as tx:
        found = tx.samples.since(0)
    assert [sample.minute for sample in found] == [MINUTE, MINUTE + 1]
    assert found[0] == make_sample(MINUTE, cpu_percent=120.0)
    assert fleet.asked == 3


def test_old_samples_are_thinned_out_and_then_forgotten(tmp_path: Path) -> None:
    now = 15 * 10**6
    minutes = (now - COARSE_MINUTES - 15, now - FINE_MINUTES - 15, now - FINE_MINUTES - 1, now - 1)
    with make_bench(tmp_path).services.database.begin() as tx:
        for minute in minutes:
            tx.samples.put(make_sample(minute))
        tx.samples.thin(now)

        assert [sample.minute for sample in tx.samples.since(0)] == [now - FINE_MINUTES - 15, now - 1]


def test_a_line_goes_from_left_to_right_and_up_to_its_top() -> None:
    plot = plot_of([(0, 0.0), (5, 50.0), (10, 100.0)], 0, 10, 3, top=100.0)

    assert plot.line == f"M100.0 {HEIGHT}.0 L300.0 {HEIGHT / 2} L500.0 0.0"
    assert plot.area.endswith(f"L500.0 {HEIGHT} L100.0 {HEIGHT} Z")
    assert (plot.last, plot.highest) == (100.0, 100.0)


def test_a_line_has_a_gap_where_nothing_was_measured() -> None:
    points = [(float(at), 1.0) for at in range(100) if not 40 <= at < 60]

    assert plot_of(points, 0, 100, 1).line.count("M") == 2


def test_many_points_become_as_many_as_can_be_seen() -> None:
    plot = plot_of([(float(at), float(at % 7)) for at in range(10_000)], 0, 10_000, 1)

    assert plot.line.count("L") == 199
    assert plot.highest == 6.0


def test_nothing_measured_is_an_empty_picture_and_one_value_a_short_line() -> None:
    assert plot_of([], 0, 10, 1).line == ""
    assert plot_of([], 0, 10, 1).last is None
    assert plot_of([(10, 5.0)], 0, 10, 10).line == f"M{WIDTH / 2} 0.0 L{WIDTH / 2 + 1} 0.0"


def test_each_machine_has_pictures_of_cpu_memory_and_disk() -> None:
    samples = [make_sample(MINUTE - 1), make_sample(MINUTE), make_sample(MINUTE, runner_id="gpu", disk_bytes=0)]
    gpu, local = machines_of(samples, NOW - timedelta(hours=1), NOW)

    assert [figure.name for figure in local.figures] == ["CPU", "Memory", "Disk"]
    assert [figure.last_words for figure in local.figures] == ["1 core", "250 B", "1.4 KiB"]
    assert local.figures[0].top_words == "4 cores"
    assert gpu.figures[2].name == "Free disk"
