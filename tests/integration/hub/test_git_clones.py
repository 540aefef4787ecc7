"""Clones of every kind: shallow, partial, with each way to say who one is, with and without ``.git``."""

import base64
from pathlib import Path

import pytest

from spaceport.domain.repo import RepoType
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub, change_files, git, make_work


@pytest.fixture
def remote(hub: Hub, tmp_path: Path) -> str:
    """The address of a private model with three commits, without who asks; ``{}`` is the place for ``.git``."""
    create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "tiny", private=True)
    work = make_work(tmp_path / "work", {"README.md": "# A model\n", "old.txt": "old\n" * 1000})
    change_files(work, {"old.txt": "new\n"})
    change_files(work, {"config.json": "{}\n"})
    host = hub.url.removeprefix("http://")
    git(work, "push", "-f", f"http://ada:{hub.person('ada').token}@{host}/ada/tiny", "main")
    return f"{host}/ada/tiny{{}}"


@pytest.mark.parametrize("suffix", ["", ".git"])
def test_whoever_may_read_clones_in_each_way_to_say_who_one_is(
    hub: Hub, tmp_path: Path, remote: str, suffix: str
) -> None:
    token, address = hub.person("ada").read_token, remote.format(suffix)
    basic = base64.b64encode(f"hf_user:{token}".encode()).decode()
    ways = [
        ([], f"http://hf_user:{token}@{address}"),
        ([], f"http://ada:{token}@{address}"),
        ([], f"http://{token}:@{address}"),
        (["-c", f"http.extraHeader=Authorization: Bearer {token}"], f"http://{address}"),
        (["-c", f"http.extraHeader=Authorization: Basic {basic}"], f"http://{address}"),
    ]
    for number, (options, url) in enumerate(ways):
        git(tmp_path, *options, "clone", url, f"clone{number}")
        assert (tmp_path / f"clone{number}" / "config.json").read_text() == "{}\n"

    for who in ("", "ada:wrong@", f"ada:{hub.person('eve').token}@", "ada:correct%20horse%20battery@"):
        refused = git(tmp_path, "clone", f"http://{who}{address}", "refused", check=False)
        assert refused.code != 0
        assert token not in refused.output
    assert not (tmp_path / "refused").exists()


@pytest.mark.parametrize("suffix", ["", ".git"])
def test_shallow_and_partial_clones_get_the_rest_when_it_is_needed(
    hub: Hub, tmp_path: Path, remote: str, suffix: str
) -> None:
    url = f"http://hf_user:{hub.person('ada').read_token}@{remote.format(suffix)}"
    git(tmp_path, "clone", "--depth=1", url, "shallow")
    shallow = tmp_path / "shallow"
    assert git(shallow, "rev-list", "--count", "HEAD").output.strip() == "1"
    git(shallow, "fetch", "--deepen=1")
    assert git(shallow, "rev-list", "--count", "HEAD").output.strip() == "2"
    git(shallow, "fetch", "--unshallow")
    assert git(shallow, "show", "HEAD~2:old.txt").output == "old\n" * 1000

    git(tmp_path, "clone", "--filter=blob:none", "--no-checkout", url, "partial")
    partial = tmp_path / "partial"
    missing = git(partial, "rev-list", "--objects", "--all", "--missing=print").output
    assert missing.count("?") == 4
    git(partial, "checkout", "main")
    assert (partial / "old.txt").read_text() == "new\n"
    assert git(partial, "show", "HEAD~2:old.txt").output == "old\n" * 1000

    git(tmp_path, "clone", "--filter=blob:limit=1k", "--depth=2", url, "both")
    change_files(tmp_path / "both", {"more.txt": "more\n"})
    writer = url.replace(hub.person("ada").read_token, hub.person("ada").token)
    git(tmp_path / "both", "push", writer, f"HEAD:refs/heads/from{len(suffix)}")
