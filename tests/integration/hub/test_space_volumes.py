"""Repos that a Space mounts: set by the released client, and fetched as a runner does it, from a live hub."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi, Volume
from huggingface_hub.errors import BadRequestError, HfHubHTTPError
from tests.unit.factories import NOW, make_instance, make_release

from spaceport.domain.instance import Role
from spaceport.domain.release import ReleaseKind, ReleaseStatus
from spaceport.domain.space import Space
from spaceport.rollout.specs import instance_spec
from spaceport_runner.contract import InstanceSpec
from spaceport_runner.mount_source import MountError
from spaceport_runner.mounts import Mounts
from spaceport_runner.settings import RunnerSettings

from .conftest import Hub

LARGE = b"large " * 300_000


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    return own_hub


@pytest.fixture
def api(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.person("ada").token)


@pytest.fixture
def space(hub: Hub) -> Space:
    """One whose first release serves."""
    space = hub.space()
    with hub.services.database.begin() as tx:
        tx.releases.add(make_release(id="release1", space_id=space.id, status=ReleaseStatus.LIVE, live_at=NOW))
        tx.spaces.update(space.id, target_release_id="release1", has_app=True)
    return space


@pytest.fixture
def numbers(api: HfApi) -> str:
    return put(api, "ada/numbers", {"train/one.csv": b"1,2\n", "train/two.csv": b"3,4\n", "weights.bin": LARGE})


def put(api: HfApi, name: str, files: dict[str, bytes], private: bool = False) -> str:
    api.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
    for path, content in files.items():
        api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=name, repo_type="dataset")
    return name


def dataset(source: str = "ada/numbers", mount_path: str = "/mnt/numbers", **more: Any) -> Volume:
    return Volume(type="dataset", source=source, mount_path=mount_path, **more)


class Runner:
    """What a runner does before it starts an instance of the Space."""

    def __init__(self, hub: Hub, space: Space, folder: Path) -> None:
        self._hub, self._space = hub, space
        settings = RunnerSettings("local", folder, folder, "redis://none", disk_reserve_bytes=0)
        self.settings = replace(settings, mount_limit_bytes=8 * 1024**2)
        self.mounts = Mounts(self.settings)
        self.log: list[str] = []
        self.steps: list[str] = []

    def spec(self, instance_id: str) -> InstanceSpec:
        with self._hub.services.database.begin() as tx:
            space, release = tx.spaces.get(self._space.id), tx.releases.get("release1")
            assert space is not None
            assert release is not None
            instance = make_instance(id=instance_id, space_id=space.id, release_id="release1", role=Role.CANDIDATE)
            tx.instances.add(instance)
            settings, secret = self._hub.services.settings, self._hub.services.internal_secret
            return instance_spec(space, release, instance, settings, secret)

    def prepare(self, spec: InstanceSpec, mounts: Mounts | None = None) -> list[Path]:
        found = (mounts or self.mounts).prepare(
            spec, self.log.append, threading.Event(), lambda words, seconds: self.steps.append(words)
        )
        return [each.folder for each in found]


@pytest.fixture
def runner(hub: Hub, space: Space, tmp_path: Path) -> Runner:
    return Runner(hub, space, tmp_path / "runner")


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_volumes_are_set_told_and_taken_away_without_a_build(hub: Hub, api: HfApi, space: Space, numbers: str) -> None:
    api.set_space_volumes("ada/demo", [dataset(path="train/", read_only=True), dataset(mount_path="/data")])
    told = api.space_info("ada/demo").runtime
    assert told is not None
    with hub.services.database.read() as tx:
        (newest, *_) = tx.releases.of_space(space.id)
        happened = tx.history.of_space(space.id)
    api.delete_space_volumes("ada/demo")
    with pytest.raises(BadRequestError, match="has no volumes"):
        api.delete_space_volumes("ada/demo")

    assert [volume.to_dict() for volume in told.volumes or []] == [
        {"type": "dataset", "source": numbers, "mountPath": "/mnt/numbers", "revision": "main", "readOnly": True}
        | {"path": "train"},
        {"type": "dataset", "source": numbers, "mountPath": "/data", "revision": "main", "readOnly": True},
    ]
    assert (newest.kind, newest.image, newest.sha) == (ReleaseKind.CONFIG, *_image_and_sha(hub))
    assert any(each.summary == "volumes at /mnt/numbers, /data" for each in happened)
    assert api.get_space_runtime("ada/demo").volumes == []


def _image_and_sha(hub: Hub) -> tuple[str, str]:
    with hub.services.database.read() as tx:
        first = tx.releases.get("release1")
    assert first is not None
    return first.image, first.sha


REFUSED: list[tuple[Sequence[Volume], int, str]] = [
    ([Volume(type="bucket", source="ada/b", mount_path="/data")], 501, "has no buckets"),
    ([dataset(source="ada/nothing")], 400, "no dataset ada/nothing"),
    ([dataset(source="eve/hidden")], 400, "no dataset eve/hidden"),
    ([dataset(source="eve/gated")], 403, "restricted"),
    ([dataset(revision="v9")], 400, "no revision"),
    ([dataset(path="nowhere")], 400, "no folder nowhere"),
    ([dataset(path="weights.bin")], 400, "no folder weights.bin"),
    ([dataset(mount_path="/usr/share")], 400, "such as /models"),
    ([dataset(), dataset()], 400, "in each other's way"),
    ([dataset(read_only=False)], 400, "read-only"),
]


def test_what_cannot_be_mounted_is_refused_in_words(hub: Hub, api: HfApi, space: Space, numbers: str) -> None:
    eves = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    put(eves, "eve/hidden", {}, private=True)
    put(eves, "eve/gated", {"a.txt": b"a"})
    eves.update_repo_settings("eve/gated", repo_type="dataset", gated="manual")
    hub.space(name="page", sdk="static")

    for volumes, status, words in REFUSED:
        with pytest.raises(HfHubHTTPError, match=words) as caught:
            api.set_space_volumes("ada/demo", list(volumes))
        assert caught.value.response.status_code == status
    with pytest.raises(BadRequestError, match="static"):
        api.set_space_volumes("ada/page", [dataset()])
    assert not hub.read_space(space).mounts
    api.set_space_volumes("ada/demo", [dataset(mount_path="/data")])
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    stored = httpx.post(f"{hub.url}/api/spaces/ada/demo/storage", json={"bytes": 1024}, headers=headers)
    assert (stored.status_code, "mount it elsewhere first" in stored.json()["error"]) == (409, True)


def test_new_spaces_and_copies_have_volumes_and_nobody_learns_of_private_ones(hub: Hub, api: HfApi) -> None:
    put(api, "ada/numbers", {"a.txt": b"a"})
    put(api, "ada/secret", {"b.txt": b"b"}, private=True)
    volumes = [dataset(), dataset("ada/secret", "/secret")]
    api.create_repo("ada/new", repo_type="space", space_sdk="gradio", space_volumes=volumes)
    eve = hub.person("eve")
    seen = HfApi(endpoint=hub.url, token=eve.token).get_space_runtime("ada/new")
    body = {"repository": "eve/copy"}
    copied = httpx.post(
        f"{hub.url}/api/spaces/ada/new/duplicate", json=body, headers={"Authorization": f"Bearer {eve.token}"}
    ).json()
    api.duplicate_repo("ada/new", "ada/other", repo_type="space", space_volumes=[dataset(mount_path="/other")])

    assert [volume.source for volume in seen.volumes or []] == ["ada/numbers", "****/******"]
    assert copied["missingVolumes"] == ["/secret"]
    assert [each.mount_path for each in api.get_space_runtime("ada/other").volumes or []] == ["/other"]
    with hub.services.database.read() as tx:
        copy = tx.spaces.by_name("eve", "copy")
        assert copy is not None
        assert [row["mount_path"] for row in copy.mounts] == ["/mnt/numbers"]
        assert "ada/secret" not in repr(tx.history.of_space(copy.id))


def test_a_runner_fetches_each_commit_once_and_only_what_is_new(
    api: HfApi, space: Space, numbers: str, runner: Runner
) -> None:
    api.set_space_volumes("ada/demo", [dataset()])
    (first,) = runner.prepare(runner.spec("one"))
    steps = len(runner.steps)
    (again,) = runner.prepare(runner.spec("two"))
    put(api, numbers, {"train/three.csv": b"5,6\n"})
    (second,) = runner.prepare(runner.spec("three"))

    assert first == again
    assert len(runner.steps) == steps + 1
    assert files_in(first).keys() == {".gitattributes", "train/one.csv", "train/two.csv", "weights.bin"}
    assert files_in(second) == files_in(first) | {"train/three.csv": b"5,6\n"}
    assert (second / "weights.bin").read_bytes() == LARGE
    assert (second / "weights.bin").samefile(first / "weights.bin")
    assert (second / "weights.bin").stat().st_mode & 0o777 == 0o444
    assert any(line.startswith("/mnt/numbers is the dataset ada/numbers at the commit ") for line in runner.log)


def test_what_no_instance_mounts_is_removed_with_its_own_files_only(
    api: HfApi, space: Space, numbers: str, runner: Runner
) -> None:
    api.set_space_volumes("ada/demo", [dataset(path="train")])
    (first,) = runner.prepare(runner.spec("one"))
    put(api, numbers, {"train/two.csv": b"changed\n"})
    (second,) = runner.prepare(runner.spec("two"))
    left_over = runner.mounts.folder / "files" / "ab" / ("ab" * 20)
    left_over.parent.mkdir(exist_ok=True)
    left_over.write_bytes(b"of a fetch that failed")
    runner.mounts.forget_all_but({"two"})
    for stored in runner.mounts.stored():
        runner.mounts.remove(stored.name)

    assert not first.exists()
    assert files_in(second) == {"one.csv": b"1,2\n", "two.csv": b"changed\n"}
    kept = [path.stat().st_nlink for path in (runner.mounts.folder / "files").glob("*/*")]
    assert kept == [2, 2]


def test_who_may_mount_it_is_looked_up_at_each_start(
    hub: Hub, api: HfApi, space: Space, numbers: str, runner: Runner
) -> None:
    eves = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    put(eves, "eve/open", {"a.txt": b"a"})
    api.set_space_volumes("ada/demo", [dataset("eve/open", "/open")])
    spec = runner.spec("one")
    runner.prepare(spec)
    eves.move_repo("eve/open", "eve/renamed", repo_type="dataset")
    runner.prepare(runner.spec("two"))
    eves.update_repo_settings("eve/renamed", repo_type="dataset", gated="manual")
    with pytest.raises(MountError, match="at /open cannot be mounted: eve/renamed is gated, and has not let in ada"):
        runner.prepare(runner.spec("three"))
    eves.update_repo_settings("eve/renamed", repo_type="dataset", gated=False, private=True)
    with pytest.raises(MountError, match="cannot be mounted: its dataset is not open any more to ada"):
        runner.prepare(spec)
    eves.delete_repo("eve/renamed", repo_type="dataset")
    with pytest.raises(MountError, match="its dataset is not there any more"):
        runner.prepare(runner.spec("four"))


def test_the_token_of_an_instance_opens_its_own_mounts_for_as_long_as_it_is_there(
    hub: Hub, api: HfApi, space: Space, numbers: str, runner: Runner
) -> None:
    api.set_space_volumes("ada/demo", [dataset()])
    one, two = runner.spec("one").mounts[0], runner.spec("two").mounts[0]
    answers = [
        httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code
        for url, token in ((one.url, one.token), (one.url, two.token), (f"{two.url}/files?ids={'0' * 40}", one.token))
    ]
    with hub.services.database.begin() as tx:
        tx.instances.update("one", role=Role.GONE)

    assert answers == [200, 403, 403]
    assert httpx.get(one.url, headers={"Authorization": f"Bearer {one.token}"}).status_code == 404
    for ids in ("", "x", "../etc", "0" * 64):
        refused = httpx.get(f"{two.url}/files?ids={ids}", headers={"Authorization": f"Bearer {two.token}"})
        assert refused.status_code in (400, 404)


def test_what_is_too_large_is_told_before_it_is_fetched(api: HfApi, space: Space, numbers: str, runner: Runner) -> None:
    api.set_space_volumes("ada/demo", [dataset()])
    small = Mounts(replace(runner.settings, mount_limit_bytes=1024))
    full = Mounts(replace(runner.settings, disk_reserve_bytes=1024**6))

    with pytest.raises(MountError, match=r"holds 1\.7 MiB, more than the 1 KiB that may be mounted"):
        runner.prepare(runner.spec("one"), small)
    with pytest.raises(MountError, match="does not fit on the disk"):
        runner.prepare(runner.spec("two"), full)
    assert not (runner.mounts.folder / "files").exists()
