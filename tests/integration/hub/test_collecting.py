"""What goes and what stays of large files, with real repos and a real store."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.integration.hub.conftest import Hub, change_files, git
from tests.integration.hub.test_git_lfs import SHA, clone, make_model, push_weights, url_of

from spaceport.domain.blob import StoredBlob
from spaceport.errors import BadRequest
from spaceport.repos.branches import create_branch, create_tag
from spaceport.repos.collecting import collect_large_files
from spaceport.repos.large_files import keep_large_file
from spaceport.repos.repo_creation import remove_repo

CONTENT = b"never committed"
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    return own_hub


class LaterClock:
    """So much later than it is."""

    def __init__(self, **later: float) -> None:
        self._later = timedelta(**later)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._later


def put(hub: Hub, content: bytes = CONTENT) -> StoredBlob:
    async def once() -> AsyncIterator[bytes]:
        yield content

    return asyncio.run(hub.services.objects.put(once()))


def collect(hub: Hub, **later: float) -> int:
    """Two rounds, an hour apart: a right goes when both find no commit that names the file."""
    hour = timedelta(hours=1).total_seconds()
    clocks = (LaterClock(**later), LaterClock(seconds=hour, **later))
    return sum(collect_large_files(replace(hub.services, clock=clock)) for clock in clocks)


def test_an_upload_that_was_never_committed_goes_after_a_day(hub: Hub) -> None:
    repo = make_model(hub)
    keep_large_file(hub.services, repo.id, put(hub))

    assert collect(hub, hours=22) == 0
    assert hub.services.objects.size(NAME) == len(CONTENT)
    assert collect(hub, hours=25) == 1
    assert hub.services.objects.size(NAME) is None
    with hub.services.database.read() as tx:
        assert tx.blobs.get(NAME) is None


def test_bytes_that_were_never_written_down_go_too(hub: Hub) -> None:
    put(hub)

    assert collect(hub, hours=22) == 0
    assert collect(hub, hours=25) == 1
    assert hub.services.objects.size(NAME) is None


@pytest.mark.git_lfs
def test_what_any_commit_of_any_branch_names_stays(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")
    work = clone(url_of(hub, "ada/tiny", "ada"), tmp_path / "other")
    git(work, "checkout", "-b", "side")
    other = os.urandom(2000)
    change_files(work, {"side.bin": other})
    change_files(work, {"side.bin": b"replaced"})
    git(work, "push", "origin", "side")
    git(work, "checkout", "main")
    git(work, "rm", "model.safetensors")
    git(work, "commit", "-m", "Take it away again")
    git(work, "push", "origin", "main")

    assert collect(hub, days=400) == 0
    assert hub.services.objects.size(SHA) is not None
    assert hub.services.objects.size(hashlib.sha256(other).hexdigest()) == 2000


@pytest.mark.git_lfs
def test_what_rewritten_history_names_no_more_goes(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")
    work = tmp_path / "work"
    git(work, "reset", "--hard", "HEAD~1")
    git(work, "push", "--force", "origin", "main")

    assert collect(hub, days=2) == 1
    assert hub.services.objects.size(SHA) is None


@pytest.mark.git_lfs
def test_a_removed_repo_takes_its_files_along_unless_another_has_them(hub: Hub, tmp_path: Path) -> None:
    first, second = make_model(hub), make_model(hub, name="second")
    push_weights(hub, tmp_path / "first")
    push_weights(hub, tmp_path / "second", "ada/second")

    remove_repo(hub.services, first, hub.person("ada").caller)
    assert collect(hub, days=2) == 0
    assert hub.services.objects.size(SHA) is not None
    remove_repo(hub.services, second, hub.person("ada").caller)
    assert collect(hub, days=2) == 1
    assert hub.services.objects.size(SHA) is None


@pytest.mark.git_lfs
def test_a_lost_database_takes_no_file_with_it(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")
    with hub.services.database.begin() as tx:
        tx.blobs.remove(SHA)

    assert collect(hub, days=2) == 0
    assert hub.services.objects.size(SHA) is not None


@pytest.mark.git_lfs
def test_of_a_repo_that_cannot_be_read_nothing_goes(hub: Hub, tmp_path: Path) -> None:
    repo = make_model(hub)
    push_weights(hub, tmp_path / "work")
    (hub.services.settings.data_dir / "repos" / "models" / f"{repo.id}.git" / "HEAD").unlink()

    assert collect(hub, days=2) == 0
    assert hub.services.objects.size(SHA) is not None


@pytest.mark.git_lfs
@pytest.mark.parametrize("by_git", [True, False])
def test_a_branch_at_an_old_commit_keeps_the_files_that_it_names(hub: Hub, tmp_path: Path, by_git: bool) -> None:
    """No ref led there any more, and the first round had found nobody who names them."""
    repo = make_model(hub)
    push_weights(hub, tmp_path / "work")
    work = tmp_path / "work"
    old = git(work, "rev-parse", "HEAD").output.strip()
    git(work, "reset", "--hard", "HEAD~1")
    git(work, "push", "--force", "origin", "main")
    assert collect_large_files(replace(hub.services, clock=LaterClock(hours=25))) == 0

    if by_git:
        git(work, "push", "origin", f"{old}:refs/heads/again")
    else:
        create_branch(hub.services, repo, hub.person("ada").caller, "again", old)

    assert collect(hub, hours=26) == 0
    assert hub.services.objects.size(SHA) is not None


@pytest.mark.git_lfs
def test_a_tag_at_a_commit_whose_files_were_collected_is_refused(hub: Hub, tmp_path: Path) -> None:
    repo = make_model(hub)
    push_weights(hub, tmp_path / "work")
    work = tmp_path / "work"
    old = git(work, "rev-parse", "HEAD").output.strip()
    git(work, "reset", "--hard", "HEAD~1")
    git(work, "push", "--force", "origin", "main")
    assert collect(hub, days=2) == 1

    with pytest.raises(BadRequest, match="LFS files that this repo does not have"):
        create_tag(hub.services, repo, hub.person("ada").caller, "v1", old)
