"""Mounted repos: what may be asked for."""

import pytest

from spaceport.domain.mount import Mount, check_mounts, checked_mount_path, mounts_of, row_of, wanted_mount
from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest, NotSupported
from tests.unit.factories import make_space


def mount_at(path: str, source: str = "ada/numbers") -> Mount:
    return Mount(RepoType.DATASET, source, path)


@pytest.mark.parametrize("path", ["/models", "/mnt/a b", "/data", "/data/numbers", "/workspace/x.y"])
def test_a_folder_of_its_own_is_fine(path: str) -> None:
    assert checked_mount_path(path + "/") == path


BENT = ("", "/", "models", "//models", "/a//b", "/a/../etc", "/a/.", "/a\nb", "/" + "a" * 300)
TAKEN = ("/etc", "/usr/lib/x", "/home/user/app", "/tmp/x")


@pytest.mark.parametrize("path", [*BENT, *TAKEN])
def test_the_places_of_system_and_app_are_refused_with_what_is_allowed(path: str) -> None:
    with pytest.raises(BadRequest, match="such as /models"):
        checked_mount_path(path)


def test_two_mounts_are_not_within_each_other() -> None:
    check_mounts([mount_at("/a"), mount_at("/ab"), mount_at("/b/a")], has_storage=True)

    for one, other in (("/a", "/a"), ("/a", "/a/b"), ("/a/b", "/a")):
        with pytest.raises(BadRequest, match="in each other's way"):
            check_mounts([mount_at(one), mount_at(other)], has_storage=False)
    with pytest.raises(BadRequest, match="at most 16"):
        check_mounts([mount_at(f"/m{number}") for number in range(17)], has_storage=False)


def test_data_is_free_where_there_is_no_storage() -> None:
    check_mounts([mount_at("/data")], has_storage=False)

    with pytest.raises(BadRequest, match="is the storage of this Space"):
        check_mounts([mount_at("/data/x")], has_storage=True)


def test_what_is_no_repo_is_refused_in_words() -> None:
    with pytest.raises(NotSupported, match="has no buckets"):
        wanted_mount("bucket", "ada/bucket", "/data")
    for kind, source, read_only in (("folder", "a/b", None), ("model", "a", None), ("model", "a/b", False)):
        with pytest.raises(BadRequest):
            wanted_mount(kind, source, "/models", read_only=read_only)
    for path in ("../x", "a/../b", "a//b"):
        with pytest.raises(BadRequest, match="a folder in the repo"):
            wanted_mount("model", "a/b", "/models", path=path)


def test_a_mount_comes_back_from_its_row_with_the_same_key() -> None:
    mount = wanted_mount("model", "ada/m", "/models", revision="v1", path="/onnx/")

    (again,) = mounts_of(make_space(mounts=[row_of(mount)]))

    assert again == mount
    assert again.key == mount.key != mount_at("/models").key
    assert (again.path, again.revision) == ("onnx", "v1")
