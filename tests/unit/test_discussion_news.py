"""What webhooks and others hear of discussions."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.account import Caller
from spaceport.domain.history import NO_TALK, Happening, HappeningKind
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.domain.webhook import Webhook
from spaceport.notify.step import NotifyStep
from spaceport.repos.discussions import talking
from spaceport.repos.discussions.news import TALK_KEPT
from spaceport.repos.discussions.opening import open_discussion
from tests.unit.factories import NOW
from tests.unit.services import Bench, make_bench

HUB = "http://hub"


def repo_of(bench: Bench, kind: RepoType) -> Space | Repo:
    if kind is RepoType.SPACE:
        return bench.space
    with bench.services.database.begin() as tx:
        tx.repos.add(Repo("repo", kind, "user", "ada", "demo", False, NOW, NOW))
        found = tx.repos.get("repo")
    assert found is not None
    return found


def watch(bench: Bench, *domains: str) -> None:
    with bench.services.database.begin() as tx:
        watched = [{"type": "user", "name": "ada"}]
        tx.webhooks.add(Webhook("hook", "user", "https://example.org", None, watched, list(domains), True, NOW))


def told(bench: Bench) -> list[dict[str, Any]]:
    """Payloads, oldest first."""
    NotifyStep(bench.services.database, bench.services.clock, HUB).take()
    with bench.services.database.read() as tx:
        payloads = [each.payload for each in tx.webhooks.deliveries_of("hook")]
    return sorted(payloads, key=lambda payload: int(payload["happening"]["number"]))


def rows(bench: Bench, repo: Space | Repo) -> list[Happening]:
    with bench.services.database.read() as tx:
        return tx.history.of_space(repo.id, limit=1000)


def everybody_talks(bench: Bench, repo: Space | Repo) -> None:
    services, eve, ada = bench.services, bench.stranger, bench.owner
    number = open_discussion(services, repo, eve, "First", "hello").number
    said = talking.comment(services, repo, ada, number, "welcome")
    talking.edit_comment(services, repo, ada, number, said.id, "welcome, eve")
    talking.rename(services, repo, eve, number, "Second")
    talking.change_status(services, repo, ada, number, "closed", "done")


@pytest.mark.parametrize("kind", RepoType)
def test_webhooks_hear_who_said_what_in_repos_of_all_types(tmp_path: Path, kind: RepoType) -> None:
    bench = make_bench(tmp_path)
    repo = repo_of(bench, kind)
    watch(bench, "discussion")
    everybody_talks(bench, repo)

    heard = told(bench)
    assert [(each["event"]["scope"], each["event"]["action"]) for each in heard] == [
        ("discussion", "create"),
        ("discussion.comment", "create"),
        ("discussion.comment", "update"),
        ("discussion", "update"),
        ("discussion.comment", "create"),
        ("discussion", "update"),
    ]
    first, comment, last = heard[0], heard[1]["comment"], heard[-1]["discussion"]
    page = f"{HUB}/{kind.prefix}ada/demo/discussions/1"
    assert first["repo"]["type"] == kind
    assert ("subdomain" in first["repo"]) is (kind is RepoType.SPACE)
    assert first["comment"]["content"] == "hello"
    assert (comment["content"], comment["author"], comment["hidden"]) == ("welcome, eve", {"id": "user"}, False)
    assert comment["url"]["web"] == f"{page}#comment-{comment['id']}"
    assert (last["num"], last["title"], last["status"], last["isPullRequest"]) == (1, "Second", "closed", False)
    assert (last["author"], last["url"]["web"]) == ({"id": "eve"}, page)
    assert last["url"]["api"] == f"{HUB}/api/{kind.plural}/ada/demo/discussions/1"


def test_what_was_hidden_or_deleted_is_told_to_nobody(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    services, repo = bench.services, repo_of(bench, RepoType.MODEL)
    watch(bench)
    number = open_discussion(services, repo, bench.stranger, "A title", "a secret").number
    said = talking.comment(services, repo, bench.stranger, number, "a secret, too")
    talking.hide_comment(services, repo, bench.owner, number, said.id)
    [_, _, hidden] = told(bench)
    talking.delete(services, repo, bench.owner, number)

    deleted = told(bench)[-1]
    assert (hidden["comment"]["hidden"], "content" in hidden["comment"]) == (True, False)
    assert deleted["event"] == {"action": "delete", "scope": "discussion"}
    assert (deleted["discussion"]["num"], deleted["discussion"]["title"]) == (number, "")
    assert deleted["repo"]["type"] == "model"
    assert "secret" not in repr(rows(bench, repo))
    assert "title" not in repr(rows(bench, repo))


def test_talk_pushes_out_nothing_but_older_talk(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    with bench.services.database.begin() as tx:
        tx.history.add("space", NOW, HappeningKind.BUILD, "ada", "a build", {})
        for _ in range(TALK_KEPT):
            tx.history.add("space", NOW, HappeningKind.DISCUSSION, "eve", "earlier talk", {})
    everybody_talks(bench, bench.space)
    kept = Counter(each.kind for each in rows(bench, bench.space))
    with bench.services.database.begin() as tx:
        for _ in range(3):
            tx.history.add("space", NOW, HappeningKind.STAGE, "ada", "a stage", {})
        tx.history.trim("space", 2, NO_TALK)

    assert kept == {HappeningKind.BUILD: 1, HappeningKind.DISCUSSION: TALK_KEPT}
    left = Counter(each.kind for each in rows(bench, bench.space))
    assert left == {HappeningKind.STAGE: 2, HappeningKind.DISCUSSION: TALK_KEPT}


def test_nobody_hears_of_the_talk_in_a_repo_they_may_not_read(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, private=True)
    watch(bench, "discussion")
    with bench.services.database.begin() as tx:
        tx.webhooks.update("hook", user_id="eve")
    assert bench.owner.user is not None
    open_discussion(bench.services, bench.space, Caller(bench.owner.user), "First", "hello")

    assert told(bench) == []
