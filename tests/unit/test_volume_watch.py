"""Volumes measured beside each other, each for a limited time."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spaceport_runner import volume_watch
from spaceport_runner.contract import InstanceReport, InstanceState, volume_path
from spaceport_runner.file_count import Count
from spaceport_runner.plan import Phase
from spaceport_runner.roster import Roster, Tracked
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.volume_quota import Quota
from spaceport_runner.volume_watch import VolumeWatch
from tests.unit.factories import make_report
from tests.unit.test_volumes import MIB, spec


class RememberingReporter:
    """Tells when a report is as it should be."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._reports: dict[str, InstanceReport] = {}

    def put(self, report: InstanceReport, announce: bool) -> None:
        with self._news:
            self._reports[report.instance_id] = report
            self._news.notify_all()

    def wait_for(self, is_so: Callable[[InstanceReport], bool]) -> InstanceReport:
        with self._news:
            assert self._news.wait_for(lambda: is_so(self._reports["i-1"]), timeout=20), self._reports
            return self._reports["i-1"]


class NoTails:
    """A bring-up whose apps print nothing."""

    def tail(self, report: InstanceReport) -> tuple[str, ...]:
        return ()


@pytest.fixture
def reporter() -> RememberingReporter:
    return RememberingReporter()


@pytest.fixture
def roster(reporter: RememberingReporter, tmp_path: Path) -> Roster:
    """One instance that is up, with a file of a MiB in its /data."""
    roster = Roster(reporter)  # type: ignore[arg-type]
    data = volume_path(tmp_path, "s-1")
    data.mkdir(parents=True)
    (data / "file").write_bytes(bytes(MIB))
    report = make_report("i-1", InstanceState.READY, space_id="s-1", volume_used_bytes=7)
    roster.add(Tracked("i-1", Phase.UP, report, spec(volume_bytes=64 * MIB), volume_at_start=Count(0, 1)))
    return roster


def watch(roster: Roster, data_dir: Path, **limits: float) -> Iterator[VolumeWatch]:
    settings = RunnerSettings("test", data_dir, data_dir, "")
    watch = VolumeWatch(settings, roster, NoTails(), lambda: None, **limits)  # type: ignore[arg-type]
    watch.start()
    yield watch
    watch.stop()


@pytest.fixture
def patient(roster: Roster, tmp_path: Path) -> Iterator[VolumeWatch]:
    yield from watch(roster, tmp_path)


@pytest.fixture
def hasty(roster: Roster, tmp_path: Path) -> Iterator[VolumeWatch]:
    """No measurement is done in time."""
    yield from watch(roster, tmp_path, limit_seconds=0.0)


@pytest.mark.usefixtures("patient")
def test_what_a_volume_holds_is_reported(reporter: RememberingReporter) -> None:
    found = reporter.wait_for(lambda report: report.volume_used_bytes != 7)

    assert MIB <= (found.volume_used_bytes or 0) < 2 * MIB


@pytest.mark.usefixtures("hasty")
def test_what_takes_too_long_to_measure_keeps_its_last_figure_and_is_said_so(reporter: RememberingReporter) -> None:
    found = reporter.wait_for(lambda report: report.volume_is_stale)

    assert found.volume_used_bytes == 7
    assert found.state is InstanceState.READY


def test_an_app_with_too_many_files_is_stopped_however_long_they_take_to_count(
    reporter: RememberingReporter, roster: Roster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volume_watch, "quota_of", lambda size: Quota(size, 100))
    for number in range(200):
        (volume_path(tmp_path, "s-1") / str(number)).touch()

    for _ in watch(roster, tmp_path):
        found = reporter.wait_for(lambda report: report.state is InstanceState.FAILED)

    assert "/data is full: it holds at least " in (found.reason or "")
    assert " files of at most 100;" in (found.reason or "")


@pytest.mark.parametrize(
    ("counted", "is_stopped"), [(Count(65 * MIB, 7, False), True), (Count(63 * MIB, 7, False), False)]
)
def test_a_count_that_does_not_end_stops_an_app_only_by_what_it_found(
    reporter: RememberingReporter,
    roster: Roster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    counted: Count,
    is_stopped: bool,
) -> None:
    monkeypatch.setattr(volume_watch, "count_files", lambda folder, seconds, most_files: counted)

    for _ in watch(roster, tmp_path):
        found = reporter.wait_for(lambda report: report.volume_is_stale or report.state is InstanceState.FAILED)

    assert (found.state is InstanceState.FAILED) is is_stopped
    assert found.volume_is_stale is not is_stopped
