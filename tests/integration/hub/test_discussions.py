"""Discussions and pull requests with the real client: opened, talked about, merged, and by whom."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pygit2
import pytest
from huggingface_hub import CommitOperationAdd, DiscussionComment, DiscussionStatusChange, DiscussionTitleChange, HfApi
from huggingface_hub.community import DiscussionCommit
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from tests.integration.hub.conftest import README, Hub, change_files, git, make_work

from spaceport.domain.account import ANONYMOUS
from spaceport.domain.discussion import Discussion, DiscussionStatus
from spaceport.domain.events import Event
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.errors import NotAuthenticated
from spaceport.repos.discussions.opening import open_pull_request
from spaceport.repos.finding import find_any
from spaceport.repos.paths import repo_path

FILES = {"README.md": "# A repo\n", "config.json": "{}\n", "notes.txt": "one\ntwo\nthree\n"}


def api_of(hub: Hub, name: str = "ada", token: str | None = None) -> HfApi:
    return HfApi(hub.url, token or hub.person(name).token)


def remote(hub: Hub, kind: str = "model") -> str:
    prefix = RepoType(kind).prefix
    return f"http://hf_user:{hub.person('ada').token}@{hub.url.removeprefix('http://')}/{prefix}ada/tiny"


def pushed(hub: Hub, tmp_path: Path, kind: str = "model", private: bool = False) -> Path:
    """A repo ``ada/tiny`` with a first push; returns the working copy."""
    if kind == "space":
        hub.space(name="tiny", private=private)
    else:
        api_of(hub).create_repo("tiny", repo_type=kind, private=private)
    files = FILES | ({"README.md": README, "app.py": "print(1)\n"} if kind == "space" else {})
    work = make_work(tmp_path / "work", files)
    git(work, "push", "--force", remote(hub, kind), "main")
    return work


def commit_to_pull_request(hub: Hub, number: int, files: dict[str, str], kind: str = "model") -> str:
    """As the commit API does it: a commit on the ref of the pull request."""
    with hub.services.database.read() as tx:
        repo = find_any(tx, RepoType(kind), "ada", "tiny")
    assert repo is not None
    git_repo = pygit2.Repository(str(repo_path(hub.services.settings.data_dir, repo.id, RepoType(kind))))
    ref = f"refs/pr/{number}"
    parent = git_repo.references[ref].peel(pygit2.Commit)
    index = pygit2.Index()
    index.read_tree(parent.tree)
    for path, text in files.items():
        index.add(pygit2.IndexEntry(path, git_repo.create_blob(text.encode()), pygit2.enums.FileMode.BLOB))
    author = pygit2.Signature("eve", "eve@localhost")
    return str(git_repo.create_commit(ref, author, author, "Change it\n", index.write_tree(git_repo), [parent.id]))


def test_a_discussion_is_opened_talked_about_and_closed(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    ada, eve = api_of(hub), api_of(hub, "eve")

    opened = eve.create_discussion("ada/tiny", "A question", description="Why **so**?")
    answer = ada.comment_discussion("ada/tiny", opened.num, "Because.")
    ada.edit_discussion_comment("ada/tiny", opened.num, answer.id.upper(), "Because of that.")
    renamed = eve.rename_discussion("ada/tiny", opened.num, "A good question")
    closed = ada.change_discussion_status("ada/tiny", opened.num, "closed", comment="Answered")
    seen = eve.get_discussion_details("ada/tiny", opened.num)

    assert (opened.num, opened.status, opened.author, opened.is_pull_request) == (1, "open", "eve", False)
    assert isinstance(renamed, DiscussionTitleChange)
    assert (renamed.old_title, renamed.new_title) == ("A question", "A good question")
    assert isinstance(closed, DiscussionStatusChange)
    assert closed.new_status == "closed"
    assert (seen.title, seen.status, seen.url) == (
        "A good question",
        "closed",
        f"{hub.url}/ada/tiny/discussions/1",
    )
    comments = [event for event in seen.events if isinstance(event, DiscussionComment)]
    assert [each.content for each in comments] == ["Why **so**?", "Because of that.", "Answered"]
    assert comments[1].edited
    assert (comments[1].last_edited_by, comments[1].number_of_edits) == ("ada", 1)
    assert comments[1].edit_history == [{"raw": "Because."}]
    assert comments[0].rendered == "<p>Why **so**?</p>"
    assert [event.type for event in seen.events] == ["comment", "comment", "title-change", "comment", "status-change"]
    assert ada.change_discussion_status("ada/tiny", opened.num, "open").new_status == "open"  # type: ignore[attr-defined]


def test_a_hidden_comment_is_gone_for_good(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    eve = api_of(hub, "eve")
    number = eve.create_discussion("ada/tiny", "Rude").num
    rude = eve.comment_discussion("ada/tiny", number, "something rude")
    eve.edit_discussion_comment("ada/tiny", number, rude.id, "something ruder")

    with pytest.warns(UserWarning, match="irreversible"):
        hidden = api_of(hub).hide_discussion_comment("ada/tiny", number, rude.id)

    assert isinstance(hidden, DiscussionComment)
    assert (hidden.hidden, hidden.content, hidden.edit_history) == (True, "", [])
    assert "rude" not in httpx.get(f"{hub.url}/api/models/ada/tiny/discussions/{number}").text.replace("Rude", "")
    with pytest.raises(HfHubHTTPError, match="hidden"):
        eve.edit_discussion_comment("ada/tiny", number, rude.id, "again")


def test_discussions_are_listed_newest_first_with_filters_and_pages(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    ada, eve = api_of(hub), api_of(hub, "eve")
    for number in range(1, 61):
        open_one(hub, "eve", f"Number {number}", number % 2 == 0)
    ada.create_discussion("ada/tiny", "Of ada")
    ada.change_discussion_status("ada/tiny", 1, "closed")

    everything = list(eve.get_repo_discussions("ada/tiny"))
    assert [each.num for each in everything] == list(range(61, 0, -1))
    assert [each.num for each in eve.get_repo_discussions("ada/tiny", author="ADA")] == [61]
    pulls = list(eve.get_repo_discussions("ada/tiny", discussion_type="pull_request", discussion_status="open"))
    assert [each.num for each in pulls] == list(range(60, 1, -2))
    assert {each.status for each in pulls} == {"draft"}
    assert pulls[0].git_reference == "refs/pr/60"
    assert [each.num for each in eve.get_repo_discussions("ada/tiny", discussion_status="closed")] == [1]
    assert len(list(eve.get_repo_discussions("ada/tiny", discussion_type="discussion"))) == 31


def open_one(hub: Hub, person: str, title: str, is_pull_request: bool) -> None:
    api_of(hub, person).create_discussion("ada/tiny", title, pull_request=is_pull_request)


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_a_pull_request_moves_main_forward(hub: Hub, tmp_path: Path, kind: str) -> None:
    work = pushed(hub, tmp_path, kind)
    ada, eve = api_of(hub), api_of(hub, "eve")
    before = git(work, "rev-parse", "HEAD").output.strip()

    pull = eve.create_pull_request("ada/tiny", "Better config", repo_type=kind, description="See")
    assert (pull.status, pull.target_branch, pull.conflicting_files) == ("draft", "refs/heads/main", False)
    assert pull.diff == ""
    sha = commit_to_pull_request(hub, pull.num, {"config.json": '{"a": 1}\n'}, kind)
    open_pull = eve.get_discussion_details("ada/tiny", pull.num, repo_type=kind)
    ada.merge_pull_request("ada/tiny", pull.num, repo_type=kind, comment="Thanks")
    merged = eve.get_discussion_details("ada/tiny", pull.num, repo_type=kind)

    assert '+{"a": 1}' in (open_pull.diff or "")
    commits = [event for event in open_pull.events if isinstance(event, DiscussionCommit)]
    assert [(each.oid, each.summary) for each in commits] == [(sha, "Change it")]
    assert (merged.status, merged.merge_commit_oid, merged.conflicting_files) == ("merged", sha, False)
    assert merged.diff == open_pull.diff
    assert [event.type for event in merged.events] == ["comment", "commit", "comment", "status-change"]
    info = ada.repo_info("ada/tiny", repo_type=kind)
    assert info.sha == sha != before
    refs = git(work, "ls-remote", remote(hub, kind)).output
    assert f"{sha}\trefs/heads/main" in refs
    assert f"{sha}\trefs/pr/1" in refs


def test_a_pull_request_behind_main_is_joined_with_it(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    ada = api_of(hub)
    pull = ada.create_pull_request("ada/tiny", "Better config")
    head = commit_to_pull_request(hub, pull.num, {"config.json": '{"a": 1}\n'})
    main = change_files(work, {"notes.txt": "one\ntwo\nfour\n"})
    git(work, "push", remote(hub), "main")

    assert ada.get_discussion_details("ada/tiny", 1).conflicting_files is False
    ada.merge_pull_request("ada/tiny", pull.num)
    git(work, "pull", remote(hub), "main")

    assert git(work, "rev-parse", "HEAD^1", "HEAD^2").output.split() == [main, head]
    assert git(work, "log", "-1", "--format=%an %s").output.strip() == "ada Better config (#1)"
    assert (work / "config.json").read_text() == '{"a": 1}\n'
    assert (work / "notes.txt").read_text() == "one\ntwo\nfour\n"
    assert git(work, "rev-parse", "HEAD").output.strip() == ada.model_info("ada/tiny").sha
    assert "notes.txt" not in (ada.get_discussion_details("ada/tiny", 1).diff or "")


def test_conflicts_are_named_and_nothing_moves(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    ada = api_of(hub)
    pull = ada.create_pull_request("ada/tiny", "Mine")
    commit_to_pull_request(hub, pull.num, {"notes.txt": "mine\n"})
    main = change_files(work, {"notes.txt": "theirs\n"})
    git(work, "push", remote(hub), "main")

    assert ada.get_discussion_details("ada/tiny", 1).conflicting_files == ["notes.txt"]
    with pytest.raises(HfHubHTTPError, match=r"notes\.txt") as refused:
        ada.merge_pull_request("ada/tiny", pull.num)
    assert refused.value.response.status_code == 409
    assert refused.value.response.json()["filesWithConflicts"] == ["notes.txt"]
    assert ada.model_info("ada/tiny").sha == main
    assert ada.get_discussion_details("ada/tiny", 1).status == "draft"


def test_what_a_push_would_be_refused_for_is_not_merged(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    ada = api_of(hub)
    pull = ada.create_pull_request("ada/tiny", "Broken card")
    commit_to_pull_request(hub, pull.num, {"README.md": "---\ntags: [a\n---\n"})

    with pytest.raises(HfHubHTTPError, match="README") as refused:
        ada.merge_pull_request("ada/tiny", pull.num)
    assert refused.value.response.status_code == 400
    assert ada.model_info("ada/tiny").sha == git(work, "rev-parse", "HEAD").output.strip()


def test_merging_into_a_space_deploys_it(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path, "space")
    ada = api_of(hub)
    pull = ada.create_pull_request("ada/tiny", "New app", repo_type="space")
    sha = commit_to_pull_request(hub, pull.num, {"app.py": "print(2)\n"}, "space")
    told = len(hub.events.published)

    ada.merge_pull_request("ada/tiny", pull.num, repo_type="space")

    with hub.services.database.read() as tx:
        space = find_any(tx, RepoType.SPACE, "ada", "tiny")
        assert isinstance(space, Space)
        push = tx.pushes.latest(space.id)
    assert space.head_sha == sha
    assert push is not None
    assert (push.sha, push.pushed_by, push.problem) == (sha, "ada", None)
    assert [str(event.kind) for event in hub.events.published[told:]] == ["space.pushed"]


def test_nothing_is_merged_but_what_was_looked_at(hub: Hub, tmp_path: Path) -> None:
    """A commit between a look and a click, and one between the merge and its note."""
    pushed(hub, tmp_path, "space")
    ada = api_of(hub)
    ada.create_pull_request("ada/tiny", "New app", repo_type="space")
    seen = commit_to_pull_request(hub, 1, {"app.py": "print(2)\n"}, "space")
    details = f"{hub.url}/api/spaces/ada/tiny/discussions/1"
    by_ada = {"Authorization": f"Bearer {hub.person('ada').token}"}
    assert httpx.get(details).json()["changes"]["head"] == seen
    second = commit_to_pull_request(hub, 1, {"app.py": "import evil\n"}, "space")

    refused = httpx.post(f"{details}/merge", json={"head": seen}, headers=by_ada)
    assert (refused.status_code, "look at it again" in refused.json()["error"]) == (409, True)
    assert httpx.post(f"{details}/merge", json={"head": "main"}, headers=by_ada).status_code == 400
    assert ada.space_info("ada/tiny").sha not in (seen, second)

    publish = hub.events.publish

    def publish_and_push(event: Event) -> None:
        """Told when main has moved: the author pushes once more, and the merge is not noted yet."""
        publish(event)
        hub.events.publish = publish  # type: ignore[method-assign]
        commit_to_pull_request(hub, 1, {"app.py": "import more_evil\n"}, "space")

    hub.events.publish = publish_and_push  # type: ignore[method-assign]
    refused = httpx.post(f"{details}/merge", json={"head": second}, headers=by_ada)
    assert (refused.status_code, "more commits in this moment" in refused.json()["error"]) == (409, True)
    assert ada.space_info("ada/tiny").sha == second
    assert httpx.get(details).json()["status"] == "draft"

    assert httpx.post(f"{details}/merge", json={"comment": "All of it"}, headers=by_ada).status_code == 200
    assert httpx.get(details).json()["status"] == "merged"


def test_nothing_to_merge_and_merged_twice_are_conflicts(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    ada = api_of(hub)
    pull = ada.create_pull_request("ada/tiny", "Empty")
    with pytest.raises(HfHubHTTPError, match="nothing to merge"):
        ada.merge_pull_request("ada/tiny", pull.num)
    commit_to_pull_request(hub, pull.num, {"config.json": "[]\n"})
    ada.change_discussion_status("ada/tiny", pull.num, "closed")
    with pytest.raises(HfHubHTTPError, match="closed"):
        ada.merge_pull_request("ada/tiny", pull.num)
    ada.change_discussion_status("ada/tiny", pull.num, "open")
    ada.merge_pull_request("ada/tiny", pull.num)

    for action in (
        lambda: ada.merge_pull_request("ada/tiny", pull.num),
        lambda: ada.change_discussion_status("ada/tiny", pull.num, "closed"),
    ):
        with pytest.raises(HfHubHTTPError, match="merged") as refused:
            action()
        assert refused.value.response.status_code == 409
    with pytest.raises(HfHubHTTPError, match="only a pull request"):
        ada.merge_pull_request("ada/tiny", ada.create_discussion("ada/tiny", "Words").num)


def test_discussions_of_a_space_are_turned_off_and_on(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path, "space")
    ada = api_of(hub)
    ada.create_discussion("ada/tiny", "Before", repo_type="space")
    address = f"{hub.url}/api/spaces/ada/tiny"
    by_ada = {"Authorization": f"Bearer {hub.person('ada').token}"}

    assert httpx.put(f"{address}/settings", json={"discussionsDisabled": True}, headers=by_ada).status_code == 200
    assert httpx.get(f"{address}/discussions").status_code == 403
    assert httpx.put(f"{address}/settings", json={"discussionsDisabled": False}, headers=by_ada).status_code == 200
    assert [each.title for each in ada.get_repo_discussions("ada/tiny", repo_type="space")] == ["Before"]


def test_many_at_once_get_numbers_of_their_own(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    people = [api_of(hub, name) for name in ("ada", "eve", "bob", "zoe")]
    with ThreadPoolExecutor(8) as pool:
        numbers = list(
            pool.map(
                lambda n: people[n % 4].create_discussion("ada/tiny", "At once", pull_request=n % 2 == 0).num, range(16)
            )
        )

    assert sorted(numbers) == list(range(1, 17))


def test_many_merges_at_once_all_arrive(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    ada = api_of(hub)
    for number in range(1, 7):
        ada.create_pull_request("ada/tiny", f"Number {number}")
        commit_to_pull_request(hub, number, {f"file{number}.txt": "x\n"})
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: ada.merge_pull_request("ada/tiny", number), range(1, 7)))
    git(work, "pull", remote(hub), "main")

    assert {path.name for path in work.glob("file*")} == {f"file{number}.txt" for number in range(1, 7)}
    assert {each.status for each in ada.get_repo_discussions("ada/tiny")} == {"merged"}
    assert ada.model_info("ada/tiny").sha == git(work, "rev-parse", "HEAD").output.strip()


def test_two_who_merge_the_same_one_at_once_merge_it_once(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    ada = api_of(hub)
    ada.create_pull_request("ada/tiny", "Once")
    commit_to_pull_request(hub, 1, {"once.txt": "x\n"})

    by_ada = {"Authorization": f"Bearer {hub.person('ada').token}"}
    address = f"{hub.url}/api/models/ada/tiny/discussions/1/merge"
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: httpx.post(address, headers=by_ada).status_code, range(4)))

    assert sorted(statuses) == [200, 409, 409, 409]
    events = ada.get_discussion_details("ada/tiny", 1).events
    assert [event.type for event in events].count("status-change") == 1


def test_disabled_discussions_say_so(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    with hub.services.database.begin() as tx:
        repo = tx.repos.by_name(RepoType.MODEL, "ada", "tiny")
        assert repo is not None
        tx.repos.update(repo.id, has_discussions=False)

    address = f"{hub.url}/api/models/ada/tiny/discussions"
    assert httpx.head(address).status_code == 403
    answer = httpx.get(address)
    assert answer.status_code == 403
    assert "discussions" in answer.json()["error"]
    assert "disabled" in answer.json()["error"]
    with pytest.raises(HfHubHTTPError, match="disabled"):
        api_of(hub).create_discussion("ada/tiny", "Hello")


def test_where_discussions_are_disabled_guests_send_nothing(hub: Hub, tmp_path: Path) -> None:
    """Neither files for a pull request, in any of the ways, nor its commit: nothing of it stays in the repo."""
    pushed(hub, tmp_path)
    by = {name: {"Authorization": f"Bearer {hub.person(name).token}"} for name in ("ada", "eve")}
    repo, oid = f"{hub.url}/api/models/ada/tiny", "1" * 64
    commit = (
        '{"key":"header","value":{"summary":"x"}}\n{"key":"file","value":{"path":"x","content":"","encoding":"base64"}}'
    )

    def statuses(name: str) -> list[int]:
        answers = [
            httpx.get(f"{repo}/xet-write-token/None?create_pr=1", headers=by[name]),
            httpx.post(f"{repo}/preupload/main?create_pr=1", json={"files": []}, headers=by[name]),
            httpx.post(f"{repo}/commit/main?create_pr=1", content=commit, headers=by[name]),
            httpx.post(
                f"{hub.url}/ada/tiny.git/info/lfs/objects/batch",
                json={"operation": "upload", "objects": [{"oid": oid, "size": 1}]},
                headers=by[name],
            ),
            httpx.get(f"{hub.url}/ada/tiny.git/info/refs?service=git-receive-pack", headers=by[name]),
        ]
        return [each.status_code for each in answers]

    assert statuses("eve") == [200] * 5
    with hub.services.database.begin() as tx:
        found = tx.repos.by_name(RepoType.MODEL, "ada", "tiny")
        assert found is not None
        tx.repos.update(found.id, has_discussions=False)
    objects = repo_path(hub.services.settings.data_dir, found.id, RepoType.MODEL) / "objects"
    before = sorted(objects.rglob("*"))

    assert statuses("eve") == [403] * 5
    assert statuses("ada") == [200, 403, 403, 200, 200]
    assert sorted(objects.rglob("*")) == before


def test_a_pull_request_that_cannot_be_opened_leaves_no_objects(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    with hub.services.database.read() as tx:
        repo = find_any(tx, RepoType.MODEL, "ada", "tiny")
    assert repo is not None
    objects = repo_path(hub.services.settings.data_dir, repo.id, RepoType.MODEL) / "objects"
    before = sorted(objects.rglob("*"))

    with pytest.raises(HfHubHTTPError, match="description"):
        api_of(hub, "eve").create_commit(
            "ada/tiny",
            [CommitOperationAdd("new.txt", b"new")],
            commit_message="x",
            commit_description="y" * 65_537,
            create_pr=True,
        )
    assert sorted(objects.rglob("*")) == before
    assert list(api_of(hub).get_repo_discussions("ada/tiny")) == []


@pytest.mark.filterwarnings("ignore:Hidden comments")
def test_who_may_do_what(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    ada, eve, bob = api_of(hub), api_of(hub, "eve"), api_of(hub, "bob")
    pull = eve.create_pull_request("ada/tiny", "Of eve")
    commit_to_pull_request(hub, pull.num, {"config.json": "[1]\n"})
    said = eve.comment_discussion("ada/tiny", 1, "of eve")
    reader = api_of(hub, token=hub.person("ada").read_token)
    for who, action in (
        (bob, lambda api: api.rename_discussion("ada/tiny", 1, "Other")),
        (bob, lambda api: api.change_discussion_status("ada/tiny", 1, "closed")),
        (bob, lambda api: api.edit_discussion_comment("ada/tiny", 1, said.id, "other")),
        (ada, lambda api: api.edit_discussion_comment("ada/tiny", 1, said.id, "other")),
        (bob, lambda api: api.hide_discussion_comment("ada/tiny", 1, said.id)),
        (eve, lambda api: api.merge_pull_request("ada/tiny", 1)),
        (reader, lambda api: api.comment_discussion("ada/tiny", 1, "hello")),
        (reader, lambda api: api.create_discussion("ada/tiny", "hello")),
        (reader, lambda api: api.merge_pull_request("ada/tiny", 1)),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            action(who)
        assert refused.value.response.status_code == 403

    address = f"{hub.url}/api/models/ada/tiny/discussions"
    assert httpx.post(f"{address}/1/comment", json={"comment": "x"}).status_code == 401
    assert httpx.post(address, json={"title": "x"}).status_code == 401
    by_eve = {"Authorization": f"Bearer {hub.person('eve').token}"}
    by_ada = {"Authorization": f"Bearer {hub.person('ada').token}"}
    assert httpx.delete(f"{address}/1", headers=by_eve).status_code == 403
    assert httpx.delete(f"{address}/1", headers=by_ada).status_code == 200
    assert httpx.get(f"{address}/1").status_code == 404
    assert ada.create_discussion("ada/tiny", "Next").num == 2


def test_a_private_repo_says_nothing_of_its_discussions(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path, private=True)
    ada, eve = api_of(hub), api_of(hub, "eve")
    ada.create_discussion("ada/tiny", "Secret")

    for action in (
        lambda name: list(eve.get_repo_discussions(name)),
        lambda name: eve.get_discussion_details(name, 1),
        lambda name: eve.create_discussion(name, "Hello"),
        lambda name: eve.comment_discussion(name, 1, "Hello"),
        lambda name: eve.merge_pull_request(name, 1),
    ):
        answers = []
        for name in ("ada/tiny", "ada/absent"):
            with pytest.raises(RepositoryNotFoundError) as refused:
                action(name)
            answers.append((refused.value.response.status_code, refused.value.response.json()))
        assert answers[0] == answers[1]
    assert ada.get_discussion_details("ada/tiny", 1).title == "Secret"


def test_sizes_have_limits(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    ada = api_of(hub)
    number = ada.create_discussion("ada/tiny", "x" * 200, description="y" * 65_536).num
    for action in (
        lambda: ada.create_discussion("ada/tiny", "x" * 201),
        lambda: ada.create_discussion("ada/tiny", "t", description="y" * 65_537),
        lambda: ada.comment_discussion("ada/tiny", number, "y" * 65_537),
        lambda: ada.comment_discussion("ada/tiny", number, "  "),
        lambda: ada.rename_discussion("ada/tiny", number, ""),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            action()
        assert refused.value.response.status_code == 400
    assert httpx.get(f"{hub.url}/api/models/ada/tiny/discussions/99999999999").status_code == 404


def test_pull_requests_are_opened_by_other_parts_of_the_hub(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    with hub.services.database.read() as tx:
        repo = find_any(tx, RepoType.MODEL, "ada", "tiny")
    assert repo is not None

    opened = open_pull_request(
        hub.services, repo, hub.person("eve").caller, "By a commit", "", status=DiscussionStatus.OPEN
    )

    assert isinstance(opened, Discussion)
    assert (opened.number, opened.ref, opened.status) == (1, "refs/pr/1", "open")
    with pytest.raises(NotAuthenticated):
        open_pull_request(hub.services, repo, ANONYMOUS, "By nobody", "")
