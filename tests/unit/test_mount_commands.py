"""What owners do to the volumes of a Space."""

from pathlib import Path

import pytest

from spaceport.domain.mount import Mount, mounts_of
from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest, NotFound
from spaceport.rollout.mount_commands import add_mount, remove_mount, remove_mounts
from tests.unit.services import Bench, make_bench


def mount(path: str) -> Mount:
    return Mount(RepoType.DATASET, "ada/numbers", path, source_id="d1")


def paths(bench: Bench) -> list[str]:
    with bench.services.database.read() as tx:
        space = tx.spaces.get(bench.space.id)
    assert space is not None
    return [each.mount_path for each in mounts_of(space)]


def test_of_two_who_change_the_volumes_at_once_neither_undoes_the_other(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    as_both_saw_it = bench.space

    add_mount(bench.services, as_both_saw_it, bench.owner, mount("/mnt/a"))
    add_mount(bench.services, as_both_saw_it, bench.owner, mount("/mnt/b"))
    assert paths(bench) == ["/mnt/a", "/mnt/b"]
    remove_mount(bench.services, as_both_saw_it, bench.owner, "/mnt/a")
    assert paths(bench) == ["/mnt/b"]


def test_what_is_not_there_is_not_taken_away(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)

    with pytest.raises(NotFound, match="mounts nothing at /mnt/a"):
        remove_mount(bench.services, bench.space, bench.owner, "/mnt/a")
    with pytest.raises(BadRequest, match="has no volumes"):
        remove_mounts(bench.services, bench.space, bench.owner)
