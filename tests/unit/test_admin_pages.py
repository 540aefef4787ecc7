"""What admins read: the settings in force without secrets, users with what they take, figures for scrapers."""

from pathlib import Path

import pytest

from spaceport.domain.blob import Blob, Shelf
from spaceport.domain.quota import UNLIMITED, amount_of, amount_words
from spaceport.quota_commands import quota_of, set_quota
from spaceport.settings import Settings
from spaceport.web.admin_lines import SpaceLine
from spaceport.web.admin_overview import Overview
from spaceport.web.admin_settings_page import lines_of, shown
from spaceport.web.admin_storage_page import machine_of
from spaceport.web.admin_user_page import fields_of
from spaceport.web.metrics_page import Metric, metrics_of, written
from spaceport_runner.contract import Capabilities, RunnerReport
from tests.unit.factories import NOW
from tests.unit.services import make_bench
from tests.unit.test_admin_spaces import make_fact

GIB = 1024**3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("secrets_key", "abc", "set, not shown"),
        ("internal_secret", "", ""),
        ("admin_password", "abc", "set, not shown"),
        ("database_url", "postgresql://ada:abc@db/x?password=abc", "postgresql://…@db/x?…"),
        ("index_url", "https://abc@index.example/simple", "https://…@index.example/simple"),
        ("objects", "s3://bucket/prefix", "s3://bucket/prefix"),
        ("freeze", True, "true"),
        ("builders", 2, "2"),
    ],
)
def test_a_setting_is_shown_without_what_is_secret(name: str, value: object, expected: str) -> None:
    assert shown(name, value) == expected


def test_no_secret_of_any_setting_is_ever_shown() -> None:
    telling = dict.fromkeys(("database_url", "redis_url", "index_url"), "//user:swordfish@x?key=swordfish")
    telling = {name: f"redis:{value}" for name, value in telling.items()}
    telling |= dict.fromkeys(("internal_secret", "secrets_key", "admin_password"), "swordfish")
    lines = lines_of(Settings(**telling), {})  # type: ignore[arg-type]

    assert "swordfish" not in str(lines)
    assert {line.variable for line in lines if line.is_chosen} == {f"SPACEPORT_{name.upper()}" for name in telling}


@pytest.mark.parametrize("own", [8 * GIB, 1_234_567_891, 10**15, 1])
def test_a_quota_that_is_shown_and_saved_again_is_the_same(tmp_path: Path, own: int) -> None:
    bench = make_bench(tmp_path)
    decided = {"memory_bytes": own, "running": 1_234_567, "cpus": 0.12345678, "gpus": UNLIMITED}
    set_quota(bench.services, bench.admin, "ada", decided)
    shown = fields_of(quota_of(bench.services, bench.admin, "ada"))

    assert {kind: amount_of(kind, text) for kind, text in shown.items() if text} == decided
    assert shown["running"] == "1234567"
    assert [amount_words("cpus", amount) for amount in (1_234_567, 0.5, None)] == ["1,234,567", "0.5", "no limit"]


def make_runner() -> RunnerReport:
    return RunnerReport(
        runner_id="local",
        capabilities=Capabilities(engine="fake", dockerfile=False, apt_packages=False, python_versions=()),
        started_at=0,
        reported_at=0,
        cpus=4,
        cpu_percent=150.0,
        memory_bytes=16 * GIB,
        memory_used_bytes=6 * GIB,
        disk_free_bytes=9 * GIB,
        builders=1,
    )


def test_figures_for_scrapers_are_those_of_the_page() -> None:
    line = SpaceLine(make_fact("one"), 42.0, 512, None, 7, 2, 87.5)
    found = {
        metric.name: metric
        for metric in metrics_of(Overview([line, SpaceLine(make_fact("new"))], [], [], [make_runner()], []))
    }

    about = {"space": "ada/one", "owner": "ada"}
    assert found["spaceport_space_cpu_used"].samples == [(about, 0.42)]
    assert found["spaceport_space_requests_total"].samples == [(about, 7.0)]
    assert found["spaceport_space_recent_p95_seconds"].samples == [(about, 0.0875)]
    assert found["spaceport_machine_cpu_used"].samples == [({"runner": "local"}, 1.5)]
    assert found["spaceport_machine_memory_used_bytes"].samples == [({"runner": "local"}, 6.0 * GIB)]
    assert found["spaceport_machine_disk_bytes"].samples == []
    assert found["spaceport_redis_up"].samples == [({}, 1.0)]
    assert sum(value for _, value in found["spaceport_spaces"].samples) == 2


def test_what_cannot_be_known_without_redis_is_left_out() -> None:
    names = {metric.name for metric in metrics_of(Overview([], [], [], [], [], trouble="away"))}

    assert "spaceport_workers" not in names
    assert "spaceport_spaces" in names


def test_names_arewritten_so_that_a_scraper_reads_them() -> None:
    metric = Metric("m", "gauge", "Words.")
    metric.add(1.5, space='a"b\\c\nd')
    metric.add(2**40)
    metric.add(None, space="unknown")

    assert written(metric) == ('# HELP m Words.\n# TYPE m gauge\nm{space="a\\"b\\\\c\\nd"} 1.5\nm 1099511627776.0\n')


@pytest.mark.parametrize(
    ("images_gib", "free_gib", "over_gib"), [(3, 100, 0), (13, 100, 3), (3, 4, 1), (3, 0, 3), (13, 1, 4)]
)
def test_what_of_the_images_goes_is_what_is_above_the_budget_or_missing_to_the_reserve(
    images_gib: int, free_gib: int, over_gib: int
) -> None:
    settings = Settings(images_budget_bytes=10 * GIB, disk_reserve_bytes=5 * GIB)
    runner = make_runner().model_copy(update={"images_bytes": images_gib * GIB, "disk_free_bytes": free_gib * GIB})

    assert machine_of(runner, settings).over_bytes == over_gib * GIB


@pytest.mark.parametrize(
    ("unneeded_gib", "freed_gib", "is_exact"),
    [(None, 3, False), (2, 2, True), (3, 3, True), (5, 3, False), (0, 0, True)],
)
def test_no_more_is_said_to_be_freed_than_no_release_needs(
    unneeded_gib: int | None, freed_gib: int, is_exact: bool
) -> None:
    settings = Settings(images_budget_bytes=10 * GIB, disk_reserve_bytes=5 * GIB)
    sizes = {"images_bytes": 13 * GIB, "disk_free_bytes": 100 * GIB}
    sizes["unneeded_bytes"] = None if unneeded_gib is None else unneeded_gib * GIB
    found = machine_of(make_runner().model_copy(update=sizes), settings)

    assert (found.freed_bytes, found.is_exact) == (freed_gib * GIB, is_exact)


def test_large_files_are_summed_with_those_that_no_commit_names(tmp_path: Path) -> None:
    with make_bench(tmp_path).services.database.begin() as tx:
        for number in range(3):
            tx.blobs.add(Blob(f"{number}", 10, None, NOW))
            tx.blobs.grant("space", f"{number}")
        tx.blobs.note_unnamed(tx.blobs.grants_of("space")[0], NOW)

        assert tx.blobs.all_together() == Shelf(3, 30)
        assert tx.blobs.unnamed_together() == Shelf(1, 10)
