"""Clone and push with the real git against a live hub."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spaceport.domain.audit import AuditQuery, AuditRecord
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.events import EventKind
from spaceport.domain.names import new_id
from spaceport.domain.push import Push
from spaceport.domain.space import Space
from spaceport.repos.publish import main_sha

from .conftest import README, GitResult, Hub, change_files, git, make_work, wait_until


def push(hub: Hub, work: Path, *refs: str, path: str = "ada/demo", user: str = "ada", token: str = "") -> GitResult:
    url = hub.git_url(path, token or hub.person(user).token)
    return git(work, "push", "--force", url, *(refs or ("main",)), check=False)


def latest_push(hub: Hub, space: Space) -> Push:
    with hub.services.database.begin() as tx:
        found = tx.pushes.latest(space.id)
    assert found is not None
    return found


def add_build(hub: Hub, push: Push, **values: object) -> Build:
    now = datetime.now(UTC)
    build = Build(new_id(), push.space_id, push.sha, "deps", "push", now, now + timedelta(hours=1))
    with hub.services.database.begin() as tx:
        tx.builds.add(build)
        tx.builds.update(build.id, **values)
    return build


def test_a_new_space_can_be_cloned_and_holds_a_card(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    git(tmp_path, "clone", hub.git_url("ada/demo"), "work")

    assert "sdk: gradio" in (tmp_path / "work" / "README.md").read_text()
    assert (tmp_path / "work" / ".gitattributes").is_file()
    assert git(tmp_path / "work", "log", "--format=%s").output.strip() == "initial commit"
    assert git(tmp_path / "work", "branch", "--show-current").output.strip() == "main"


def test_a_clone_works_with_and_without_the_git_suffix(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    git(tmp_path, "clone", hub.git_url("ada/demo.git"), "one")
    git(tmp_path, "clone", "--depth=1", hub.git_url("ADA/Demo"), "two")

    assert (tmp_path / "two" / "README.md").is_file()


def test_a_push_becomes_a_push_row_and_an_event(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = make_work(tmp_path / "work")
    sha = git(work, "rev-parse", "HEAD").output.strip()
    result = push(hub, work)

    assert result.code == 0, result.output
    found = latest_push(hub, space)
    assert (found.sha, found.pushed_by, found.problem) == (sha, "ada", None)
    assert found.card["app_file"] == "app.py"
    after = hub.read_space(space)
    assert (after.head_sha, after.has_app, after.title) == (sha, True, "Demo")
    assert [event.kind for event in hub.events.published].count(EventKind.PUSHED) == 1


def test_the_audit_log_tells_who_pushed_and_with_which_token(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    push(hub, make_work(tmp_path / "work"))

    def find() -> list[AuditRecord]:
        with hub.services.database.read() as tx:
            return tx.audit.find(AuditQuery(action="repo.push"), 10)

    # The hook ends when it has read enough: the record comes right after.
    wait_until(lambda: bool(find()))
    found = find()
    assert [(each.actor, each.target, each.address) for each in found] == [("ada", "spaces/ada/demo", "127.0.0.1")]
    assert found[0].via.startswith("git, token ")


def test_a_push_lets_go_after_its_time_and_names_the_page(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    result = push(hub, make_work(tmp_path / "work"))

    assert result.code == 0
    assert "remote: Spaceport: received" in result.output
    assert f"watch at {hub.services.settings.hub}/spaces/ada/demo" in result.output


def test_a_push_that_does_not_want_to_wait_does_not(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    work = make_work(tmp_path / "work")
    result = git(work, "push", "-f", "-o", "nowait", hub.git_url("ada/demo", hub.person("ada").token), "main")

    assert "Spaceport: accepted: watch at" in result.output


def test_a_failed_build_is_told_on_the_terminal(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = make_work(tmp_path / "work")
    results: list[GitResult] = []
    pusher = threading.Thread(target=lambda: results.append(push(hub, work)))
    pusher.start()
    wait_until(lambda: hub.read_space(space).has_app)
    add_build(hub, latest_push(hub, space), status=BuildStatus.FAILED, reason="no package foo", suggestion="mend it")
    pusher.join()

    assert "remote: Spaceport: failed: no package foo" in results[0].output
    assert "what to try: mend it" in results[0].output
    assert results[0].code == 0


REFUSED = {
    "no README": ({"app.py": ""}, "there is no README.md"),
    "no front matter": ({"README.md": "# hello\n", "app.py": ""}, "Missing configuration in README"),
    "broken YAML": ({"README.md": "---\nsdk: [\n---\n", "app.py": ""}, "not valid YAML"),
    "no app file": ({"README.md": README}, "looked for app.py"),
    "a bad card": (
        {"README.md": "---\nsdk: gradio\ncolorFrom: orange\nsdk_version: 3.27\n---\n", "app.py": ""},
        '"colorFrom" must be one of [red, yellow, green, blue, indigo, purple, pink, gray]; given: orange',
    ),
    "a Dockerfile here": (
        {"README.md": "---\nsdk: docker\n---\n", "Dockerfile": "FROM x"},
        "cannot build a Dockerfile",
    ),
    "Debian packages here": ({"README.md": README, "app.py": "", "packages.txt": "ffmpeg"}, "Debian packages"),
    "another Python": ({"README.md": README.replace("sdk:", "python_version: 3.7\nsdk:"), "app.py": ""}, "3.11"),
    "a large file": (
        {"README.md": README, "app.py": "", "model.bin": b"\0" * (10 * 1024**2 + 1)},
        "git lfs migrate import --include=model.bin",
    ),
    "an LFS pointer": (
        {
            "README.md": README,
            "app.py": "",
            "m.bin": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n",
        },
        "push the LFS files first: git lfs push --all origin",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_commit_is_refused_and_main_stays(hub: Hub, tmp_path: Path, case: str) -> None:
    files, words = REFUSED[case]
    space = hub.space()
    result = push(hub, make_work(tmp_path / "work", files))

    assert result.code != 0
    assert words in result.output
    assert "remote rejected" in result.output
    assert main_sha(hub.services, space.id) == space.head_sha
    assert hub.read_space(space).has_app is False


@pytest.mark.parametrize("others", [0, 300])
def test_a_large_file_that_a_later_commit_removed_is_refused(hub: Hub, tmp_path: Path, others: int) -> None:
    """Few objects arrive loose, many as a pack."""
    hub.space()
    work = make_work(tmp_path / "work")
    change_files(work, {"big.bin": b"\0" * (10 * 1024**2 + 1), **{f"d/{n}": str(n) for n in range(others)}})
    git(work, "rm", "big.bin")
    git(work, "commit", "-m", "Remove it")
    result = push(hub, work)

    assert result.code != 0
    assert "earlier commits or other branches of this push hold files over 10.0 MiB" in result.output


def test_a_commit_message_over_the_limit_is_refused(hub: Hub, tmp_path: Path) -> None:
    """It would be read whole again and again."""
    hub.space()
    work = make_work(tmp_path / "work", {"README.md": README, "app.py": ""})
    (tmp_path / "message").write_text("x" * (hub.services.settings.max_file_bytes + 1))
    git(work, "commit", "--quiet", "--allow-empty", "--file", str(tmp_path / "message"))

    assert "a commit message, a tag or a list of files has" in push(hub, work).output


def test_a_link_out_of_the_repo_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    work = make_work(tmp_path / "work")
    (work / "passwd").symlink_to("../../../etc/passwd")
    change_files(work, {})

    assert "passwd is a symbolic link that leads out of the repo" in push(hub, work).output


def test_a_submodule_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    work = make_work(tmp_path / "work")
    sha = git(work, "rev-parse", "HEAD").output.strip()
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{sha},lib")
    git(work, "commit", "-m", "Add a submodule")

    assert "lib is a git submodule" in push(hub, work).output


def test_only_main_is_deployed_and_master_gets_the_command(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    result = push(hub, make_work(tmp_path / "work", branch="master"), "master")

    assert result.code == 0
    assert "master is stored; only main is deployed" in result.output
    assert "git push origin master:main" in result.output
    assert hub.read_space(space).has_app is False


def test_main_cannot_be_deleted(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    result = push(hub, make_work(tmp_path / "work"), ":main")

    assert result.code != 0
    assert "main cannot be deleted" in result.output


@pytest.mark.parametrize("ref", ["refs/spaceport/x", "refs/pr/1", "refs/notes/x"])
def test_refs_that_are_no_branches_are_refused(hub: Hub, tmp_path: Path, ref: str) -> None:
    hub.space()
    result = push(hub, make_work(tmp_path / "work"), f"main:{ref}")

    assert result.code != 0
    assert "remote rejected" in result.output


def test_others_may_not_push(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    result = push(hub, make_work(tmp_path / "work"), user="eve")

    assert result.code != 0
    assert "eve has no right to push to ada/demo" in result.output


def test_an_admin_may_push_anywhere(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    hub.person("root", is_admin=True)

    assert push(hub, make_work(tmp_path / "work"), user="root").code == 0


def test_a_read_token_may_not_push(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    result = push(hub, make_work(tmp_path / "work"), token=hub.person("ada").read_token)

    assert result.code != 0
    assert "This token may only read" in result.output


def test_an_account_password_is_refused_with_the_way_out(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    result = push(hub, make_work(tmp_path / "work"), token="my-password")

    assert result.code != 0
    assert "/settings/tokens" in result.output


def test_a_push_to_what_is_not_there_says_how_to_make_it(hub: Hub, tmp_path: Path) -> None:
    hub.person("ada")
    result = push(hub, make_work(tmp_path / "work"), path="ada/nothing")

    assert result.code != 0
    assert "remote: There is no Space ada/nothing that you may see" in result.output
    assert f"remote:   on the page {hub.services.settings.hub}/new-space" in result.output
    assert "hf repos create ada/nothing --type space --space-sdk gradio" in result.output


@pytest.mark.parametrize("path", ["ada/nothing", "../../x/y", "..%2F..%2Fx/y", "ada/..%2f..%2fetc", "ada/%00"])
def test_strange_names_are_not_found(hub: Hub, tmp_path: Path, path: str) -> None:
    hub.person("ada")
    result = push(hub, make_work(tmp_path / "work"), path=path)

    assert result.code != 0
    assert "not found" in result.output.lower()


def test_many_small_objects_arrive_as_a_pack(hub: Hub, tmp_path: Path) -> None:
    """Above a hundred objects git keeps the pack: the check reads it from the quarantine all the same."""
    space = hub.space()
    work = make_work(tmp_path / "work")
    sha = change_files(work, {f"data/{number}.txt": str(number) for number in range(300)})

    assert push(hub, work).code == 0
    assert hub.read_space(space).head_sha == sha


def test_pushes_at_once_leave_the_head_where_main_is(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    works = [make_work(tmp_path / f"work{number}") for number in range(4)]
    for number, work in enumerate(works):
        change_files(work, {"app.py": f"print({number})\n"})
    threads = [threading.Thread(target=push, args=(hub, work)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert hub.read_space(space).head_sha == main_sha(hub.services, space.id)
    assert latest_push(hub, space).sha == main_sha(hub.services, space.id)


def test_requirements_that_name_other_files_tie_the_build_to_the_tree(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = make_work(tmp_path / "work")
    change_files(work, {"requirements.txt": "-r more.txt\n", "more.txt": "numpy\n"})
    push(hub, work)

    found = latest_push(hub, space)
    assert list(found.dependency_files) == ["requirements.txt"]
    assert found.tree == git(work, "rev-parse", "HEAD^{tree}").output.strip()
