"""The commands that talk to a hub over its API, against a live one: real git, real HTTP."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from click.testing import CliRunner, Result
from tests.unit.factories import make_release

from spaceport.cli import main
from spaceport.domain.release import ReleaseStatus
from spaceport.domain.space import Desired, Space

from .conftest import README, Hub, change_files, git, make_work


def run(hub: Hub, *arguments: str, who: str = "ada") -> Result:
    environment = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "", "SPACEPORT_TOKEN": hub.person(who).token}
    return CliRunner().invoke(main, list(arguments), env=environment)


def make_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "README.md").write_text(README)
    (folder / "app.py").write_text("print('hello')\n")
    return folder


def space_of(hub: Hub, name: str) -> Space:
    with hub.services.database.read() as tx:
        found = tx.spaces.by_name("ada", name)
    assert found is not None
    return found


def test_a_folder_becomes_a_space_and_one_commit_on_top_each_time(hub: Hub, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tool")
    first = run(hub, "deploy", str(folder), "--private")
    again = run(hub, "deploy", str(folder))
    (folder / "app.py").unlink()
    (folder / "main.py").write_text("print('other')\n")
    (folder / "README.md").write_text(README.replace("app.py", "main.py"))
    other = run(hub, "deploy", str(folder), "-m", "Rename the app")
    token = hub.person("ada").token
    git(tmp_path, "clone", hub.git_url("ada/tool", token), "clone")

    assert [result.exit_code for result in (first, again, other)] == [0, 0, 0], first.output
    assert first.output.splitlines()[0] == "made the Space ada/tool"
    assert "has" in again.output
    assert "already" in again.output
    assert space_of(hub, "tool").private
    assert sorted(path.name for path in (tmp_path / "clone").iterdir()) == [
        ".git",
        ".gitattributes",
        "README.md",
        "main.py",
    ]
    log = git(tmp_path / "clone", "log", "--format=%s").output.splitlines()
    assert log == ["Rename the app", "Deploy", "initial commit"]


def test_a_repository_pushes_the_commit_it_is_at(hub: Hub, tmp_path: Path) -> None:
    work = make_work(tmp_path / "work")
    sha = git(work, "rev-parse", "HEAD").output.strip()
    (work / "app.py").write_text("print('not committed')\n")
    first = run(hub, "deploy", str(work), "--space", "ada/tool")
    other = make_folder(tmp_path / "tool")
    (other / "notes.txt").write_text("somebody else's\n")
    run(hub, "deploy", str(other), "--space", "ada/tool")
    refused = run(hub, "deploy", str(work), "--space", "ada/tool")
    forced = run(hub, "deploy", str(work), "--space", "ada/tool", "--force")

    assert first.exit_code == 0, first.output
    assert refused.exit_code == 1
    assert "replace them with --force" in refused.output
    assert forced.exit_code == 0, forced.output
    assert "1 changed files are not committed" in forced.output
    assert space_of(hub, "tool").head_sha == sha
    assert hub.person("ada").token not in forced.output + (work / ".git" / "config").read_text()


def test_a_refused_push_is_told_in_the_hubs_words(hub: Hub, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tool")
    (folder / "README.md").write_text("---\nsdk: gradio\ncolorFrom: orange\n---\n")
    result = run(hub, "deploy", str(folder))

    assert result.exit_code == 1
    assert '"colorFrom" must be one of' in result.output


def test_waiting_ends_with_the_cause_when_nothing_comes_up(hub: Hub, tmp_path: Path) -> None:
    work = make_work(tmp_path / "work")
    run(hub, "deploy", str(work), "--space", "ada/tool", "--force")
    change_files(work, {"app.py": "print('second')\n"})
    result = run(hub, "deploy", str(work), "--space", "ada/tool", "--wait", "--timeout", "1")

    assert result.exit_code == 1
    assert "failed: not live after 1 seconds: waiting for its build" in result.output


def test_waiting_ends_at_once_where_nothing_will_come_up(hub: Hub, tmp_path: Path) -> None:
    """No controller runs here: what is known without it must be enough."""
    work = make_work(tmp_path / "work")
    run(hub, "deploy", str(work), "--space", "ada/tool", "--force")
    tool = space_of(hub, "tool")
    with hub.services.database.begin() as tx:
        tx.spaces.update(tool.id, desired=Desired.STOPPED, stop_reason="stopped by the admin")
    unchanged = run(hub, "deploy", str(work), "--space", "ada/tool", "--wait")
    change_files(work, {"app.py": "print('second')\n"})
    changed = run(hub, "deploy", str(work), "--space", "ada/tool", "--wait")

    for result in (unchanged, changed):
        assert result.exit_code == 1
        assert "failed: stored; the Space is stopped and stays so until somebody starts it" in result.output


@pytest.fixture
def space(hub: Hub) -> Space:
    space = hub.space()
    with hub.services.database.begin() as tx:
        for number in (1, 2):
            release = make_release(
                id=f"release{number}",
                number=number,
                space_id=space.id,
                status=ReleaseStatus.LIVE if number == 2 else ReleaseStatus.RETIRED,
                live_at=datetime.now(UTC),
                sha=f"{number}" * 40,
                message=f"push {number}",
                created_by="ada",
            )
            tx.releases.add(release)
        tx.spaces.update(space.id, target_release_id="release2", volume_bytes=1024)
    return space


def test_releases_are_listed_with_what_serves(hub: Hub, space: Space) -> None:
    result = run(hub, "releases", "demo")

    lines = result.output.splitlines()
    assert lines[0].startswith("*   2  push      live        2222222")
    assert lines[1].startswith("    1  push      retired     1111111")
    assert space.head_sha is not None
    assert lines[2] == f"serving 2222222, main is at {space.head_sha[:7]}"


def test_a_rollback_says_what_stays_and_who_may_not(hub: Hub, space: Space) -> None:
    stranger = run(hub, "rollback", "ada/demo", "1", who="eve")
    result = run(hub, "rollback", "ada/demo", "1", "--no-wait", "--reason", "two is slow")
    again = run(hub, "rollback", "ada/demo", "9")

    assert stranger.exit_code == 1
    assert "has no right" in stranger.output
    assert result.exit_code == 0
    assert "release 3 of ada/demo goes back to what release 1 was" in result.output
    assert "not rolled back: the files in /data" in result.output
    assert "has no release 9" in again.output


def test_restarts_are_of_three_kinds(hub: Hub, space: Space) -> None:
    assert run(hub, "restart", "demo").output == "ada/demo: APP_STARTING\n"
    assert "push an app to main first" in run(hub, "restart", "demo", "--factory").output
    assert run(hub, "restart", "demo", "--locked").exit_code == 1


def test_a_review_is_asked_for_where_somebody_else_stopped_it(hub: Hub, space: Space) -> None:
    early = run(hub, "review", "demo")
    with hub.services.database.begin() as tx:
        tx.spaces.update(space.id, desired=Desired.STOPPED, stop_reason="stopped by root: it mines coins")
    stranger = run(hub, "review", "ada/demo", who="bob")
    asked = run(hub, "review", "demo")

    assert early.exit_code == 1
    assert "there is nothing to review" in early.output
    assert stranger.exit_code == 1
    assert asked.exit_code == 0, asked.output
    assert "the admins see that you ask for a review" in asked.output
    assert space_of(hub, "demo").review_requested_at is not None


def test_a_hub_that_does_not_answer_is_one_line(hub: Hub) -> None:
    result = CliRunner().invoke(main, ["releases", "ada/demo", "--hub", "http://127.0.0.1:1", "--token", "hf_x"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: http://127.0.0.1:1 does not answer")


@pytest.mark.git_lfs
def test_a_folder_with_large_files_is_deployed_by_way_of_lfs(hub: Hub, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tool")
    (folder / "data").mkdir()
    files = {"data/a large [one].dat": b"\1" * (11 * 1024**2), "model.bin": b"\2" * 100, "small.dat": b"\3" * 100}
    for path, content in files.items():
        (folder / path).write_bytes(content)

    first = run(hub, "deploy", str(folder))
    again = run(hub, "deploy", str(folder))

    assert first.exit_code == again.exit_code == 0, first.output
    assert "already" in again.output
    git(tmp_path, "clone", hub.git_url("ada/tool"), "clone")
    listed = git(tmp_path / "clone", "lfs", "ls-files", "--name-only").output.splitlines()
    assert sorted(listed) == ["data/a large [one].dat", "model.bin"]
    for path, content in files.items():
        answer = httpx.get(f"{hub.url}/spaces/ada/tool/resolve/main/{quote(path)}")
        assert answer.content == content
