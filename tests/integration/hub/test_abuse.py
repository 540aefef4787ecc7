"""What somebody sends who wants to harm: refused at the door, at no more cost than an honest request."""

from pathlib import Path

import pytest
from tests.unit.test_git_tree import commit_of

from spaceport.repos.discussions.opening import open_pull_request
from spaceport.repos.paths import repo_path
from spaceport.repos.refs import read_ref

from .conftest import Hub, git

TEN = [f"d{number}" for number in range(10)]


@pytest.mark.parametrize("ref", ["refs/heads/side", "refs/tags/v1", "refs/pr/1"])
def test_folders_that_unfold_to_billions_come_in_by_no_ref(hub: Hub, tmp_path: Path, ref: str) -> None:
    space = hub.space()
    open_pull_request(hub.services, space, hub.person("ada").caller, "A bomb", "")
    folder = repo_path(hub.services.settings.data_dir, space.id)
    before = read_ref(folder, ref)
    commit_of(tmp_path / "bomb", levels=200, names=TEN, leaf="file")
    url = hub.git_url("ada/demo", hub.person("ada").token)
    result = git(tmp_path / "bomb", "push", "-f", url, f"main:{ref}", check=False)

    assert result.code != 0
    assert f"{ref}: the commit has more than 100,000 files and folders" in result.output
    assert read_ref(folder, ref) == before
