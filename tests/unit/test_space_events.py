"""The event stream of one Space, read as a program reads it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spaceport.api.events import SpaceEvents, figures_of
from spaceport.domain.account import Caller, OrgRole
from spaceport.domain.history import HappeningKind
from spaceport.domain.instance import Role
from spaceport.live import Live
from spaceport.services import Services
from spaceport_runner.contract import InstanceReport, InstanceState, RunnerReport
from tests.unit.factories import NOW, make_build, make_instance, make_report, make_runner
from tests.unit.services import Bench, make_bench


class NoRunners:
    def runners(self) -> list[RunnerReport]:
        return []


def first_chunk(bench: Bench, services: Services, last_number: int | None = None, caller: Caller | None = None) -> str:
    async def read() -> str:
        live = Live(services)
        chunks = SpaceEvents(services, live, caller or bench.owner, bench.space).chunks(last_number)
        try:
            return await anext(chunks)
        finally:
            await chunks.aclose()  # type: ignore[attr-defined]
            await live.close()

    return asyncio.run(read())


def test_a_reader_that_was_away_for_long_misses_nothing(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    with bench.services.database.begin() as tx:
        first = tx.history.add("space", NOW, HappeningKind.STAGE, "system", "seen", {})
        for number in range(250):
            tx.history.add("space", NOW, HappeningKind.STAGE, "system", f"missed {number}", {})

    text = first_chunk(bench, bench.services, first.number)

    assert text.count("event: happening") == 250
    assert text.count("event: runtime") == 1


def test_the_runtime_of_the_stream_has_the_place_of_a_waiting_build(tmp_path: Path) -> None:
    """Whatever tells the runtime tells the same."""
    bench = make_bench(tmp_path)
    with bench.services.database.begin() as tx:
        tx.builds.add(make_build())

    text = first_chunk(bench, replace(bench.services, fleet=NoRunners()))  # type: ignore[arg-type]

    assert '"queue": {"position": 1, "waiting": 1' in text


def test_only_the_owner_is_told_which_secrets_are_missing(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.update(missing_secrets=["API_KEY"], private=False)
    with bench.services.database.begin() as tx:
        tx.history.add("space", NOW, HappeningKind.COMMAND, "ada", "duplicated", {"missing_secrets": ["API_KEY"]})
    owners = first_chunk(bench, bench.services, 0)
    strangers = first_chunk(bench, bench.services, 0, bench.stranger)

    assert owners.count("API_KEY") == 2
    assert "duplicated" in strangers
    assert "API_KEY" not in strangers


def test_a_reader_who_lost_the_right_to_read_is_told_no_more(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.update(private=True)
    was_member = replace(bench.stranger, roles={bench.space.owner_id: OrgRole.READ})

    assert first_chunk(bench, bench.services, caller=was_member).startswith("event: end")


class FullMachine(NoRunners):
    """Its one tenant never sleeps."""

    def runners(self) -> list[RunnerReport]:
        return [make_runner(memory_bytes=4 * 1024**3, cpus=1)]


def test_the_runtime_has_the_place_of_a_space_that_waits_for_room(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release()
    bench.update(waiting_since=NOW, stage_reason="waiting for room")

    text = first_chunk(bench, replace(bench.services, fleet=FullMachine()))  # type: ignore[arg-type]

    place = '"queue": {"position": 1, "waiting": 1, "estimateSeconds": null, "message": "waiting for room"}'
    assert place in text


class OneInstance(NoRunners):
    def observed(self, runner_ids: Sequence[str]) -> dict[str, InstanceReport]:
        report = make_report("instance", InstanceState.READY)
        figures = {"cpu_percent": 50.0, "memory_bytes": 7, "received_bytes_per_second": 100, "sent_bytes_per_second": 2}
        return {"instance": report.model_copy(update=figures)}


def test_figures_are_those_of_what_serves(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    services = replace(bench.services, fleet=OneInstance())  # type: ignore[arg-type]
    nothing = figures_of(services, "space")
    with bench.services.database.begin() as tx:
        tx.instances.add(make_instance(role=Role.LIVE))
    found = figures_of(services, "space")

    assert nothing is not None
    assert found is not None
    keys = ("replica", "cpu_usage_pct", "memory_used_bytes", "rx_bps", "tx_bps")
    assert [nothing[key] for key in keys] == [None, 0, 0, 0, 0]
    assert [found[key] for key in keys] == ["instance", 25.0, 7, 800, 16]
    assert figures_of(services, "gone") is None
