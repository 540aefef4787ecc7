"""Streams: stages, logs and the admin's page as they change."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi, close_session

from spaceport.deployments import record_repair
from spaceport.domain.account import ANONYMOUS, User
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.instance import Role
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.stage import Stage
from spaceport.identity import create_token
from spaceport.rollout import commands
from spaceport_runner.contract import build_log_path, run_log_path
from spaceport_runner.log_file import CappedLog, now_timestamp

from .conftest import GIB, Hub, make_runner, run_hub, wait_for


class Stream:
    """Messages of one stream, in order; ``end`` for its last word."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()
        self.headers = response.headers

    def next(self) -> Any:
        for line in self._lines:
            if line == "event: end":
                return "end"
            if line.startswith("data: {"):
                return json.loads(line.removeprefix("data: "))
        return "closed"

    def until(self, **wanted: Any) -> Any:
        while (message := self.next()) not in ("end", "closed"):
            if all(message.get(name) == value for name, value in wanted.items()):
                return message
        raise AssertionError(f"the stream ended without {wanted}")

    def texts(self) -> list[str]:
        """The text of all lines up to the end."""
        texts = []
        while (message := self.next()) not in ("end", "closed"):
            texts.append(message["data"].rstrip("\n"))
        return texts


@contextmanager
def open_stream(client: httpx.Client, path: str) -> Iterator[Stream]:
    with client.stream("GET", path) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


def build_log(hub: Hub, build: Build) -> CappedLog:
    return CappedLog(build_log_path(hub.services.settings.data_dir, build.id), 10**7)


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


def test_a_spaces_stream_begins_with_the_present_state_and_follows(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "hello", stage=Stage.BUILDING)
    with open_stream(hub.browser(), "/spaces/ada/hello/events") as stream:
        first = stream.next()
        hub.change(space, stage=Stage.APP_STARTING)
        stream.until(stage="APP_STARTING")
        hub.change(space, stage=Stage.RUNNING)
        last = stream.until(stage="RUNNING")

    assert (first["stage"], first["label"], first["serving"]) == ("BUILDING", "Building", False)
    assert last["serving"]
    assert "<iframe" in last["html"]["view"]


def test_a_stream_shows_the_owners_buttons_to_the_owner_only(hub: Hub, ada: User) -> None:
    hub.space(ada, "hello", stage=Stage.PAUSED)
    with open_stream(hub.browser(ada), "/spaces/ada/hello/events") as stream:
        assert "/start" in stream.next()["html"]["view"]
    with open_stream(hub.browser(), "/spaces/ada/hello/events") as stream:
        message = stream.next()
        assert "/start" not in message["html"]["view"]
        assert message["html"]["actions"].strip() == ""


def test_the_phase_of_a_build_travels_with_the_space(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "hello", stage=Stage.BUILDING)
    build = hub.build(space, status=BuildStatus.RUNNING)
    with open_stream(hub.browser(), "/spaces/ada/hello/events") as stream:
        assert stream.next()["build"]["phase"] is None
        with hub.services.database.begin() as tx:
            tx.builds.update(build.id, phase="installing dependencies")
        hub.change(space)
        while stream.next()["build"]["phase"] != "installing dependencies":
            pass


def test_a_stream_ends_when_its_space_is_deleted(hub: Hub, running_space: Space) -> None:
    with hub.services.database.begin() as tx:
        owner = tx.accounts.user(running_space.owner_id)
    with open_stream(hub.browser(owner), "/spaces/ada/hello/events") as stream:
        stream.next()
        commands.delete(hub.services, running_space, ANONYMOUS)
        assert stream.until(gone=True) == {"gone": True}
        assert stream.next() == "closed"


def test_the_list_stream_tells_nothing_of_other_peoples_private_spaces(hub: Hub, ada: User) -> None:
    secret, public = hub.space(ada, "secret", private=True), hub.space(ada, "open")
    with open_stream(hub.browser(), "/events") as stream:
        wait_for(lambda: bool(hub.events.watchers), "the watcher")
        hub.change(secret, stage=Stage.RUNNING)
        hub.change(public, stage=Stage.RUNNING)
        message = stream.next()

    assert message["name"] == "ada/open"
    assert "Running" in message["html"]


def test_the_list_stream_tells_what_changed_since_the_page_was_made(hub: Hub, ada: User) -> None:
    secret = hub.space(ada, "secret", private=True, stage=Stage.RUNNING)
    space = hub.space(ada, "open", stage=Stage.RUNNING)
    address = f"/events?since=2020-01-01T00:00:00Z&spaces={secret.id},{space.id},gone"
    with open_stream(hub.browser(), address) as stream:
        assert stream.next()["name"] == "ada/open"


def test_many_streams_share_one_watcher_that_ends_with_them(hub: Hub, running_space: Space) -> None:
    first, second = hub.browser(), hub.browser()
    with open_stream(first, "/spaces/ada/hello/events") as one, open_stream(second, "/events") as other:
        one.next()
        wait_for(lambda: len(hub.events.watchers) == 1, "one watcher")
        hub.change(running_space, stage=Stage.SLEEPING)
        assert one.until(stage="SLEEPING")
        assert other.until(stage="SLEEPING")
        assert len(hub.events.watchers) == 1

    wait_for(lambda: not hub.events.watchers, "the end of the watcher")


def test_a_build_log_is_live_and_ends_with_the_build(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "hello", stage=Stage.BUILDING)
    build = hub.build(space, status=BuildStatus.RUNNING)
    with build_log(hub, build) as log, open_stream(hub.browser(ada), "/api/spaces/ada/hello/logs/build") as stream:
        log.write("2026-01-31T12:00:00.123Z", "installing gradio")
        assert stream.next() == {"data": "installing gradio\n", "timestamp": "2026-01-31T12:00:00.123Z"}
        log.write(now_timestamp(), "done")
        assert stream.next()["data"] == "done\n"
        hub.end_build(build, BuildStatus.SUCCEEDED)
        assert stream.next() == "end"


def test_the_log_of_a_finished_build_is_kept_and_replays_from_its_first_line(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "hello")
    build = hub.build(space, status=BuildStatus.FAILED)
    with build_log(hub, build) as log:
        for number in range(5000):
            log.write(now_timestamp(), f"line {number}")
    browser = hub.browser(ada)

    for _ in range(2):
        before = datetime.now(UTC).replace(microsecond=0)
        with open_stream(browser, "/api/spaces/ada/hello/logs/build") as stream:
            (date,) = stream.headers.get_list("date")
            assert parsedate_to_datetime(date) >= before
            assert stream.texts() == [f"line {number}" for number in range(5000)]
    with open_stream(browser, f"/api/spaces/ada/hello/logs/build?build={build.id}&tail=2") as stream:
        assert stream.texts() == ["line 4998", "line 4999"]


@pytest.mark.parametrize("follow", [False, True])
def test_the_hubs_own_client_reads_logs(hub: Hub, ada: User, follow: bool) -> None:
    build = hub.build(hub.space(ada, "hello"), status=BuildStatus.FAILED)
    with build_log(hub, build) as log:
        for number in range(300):
            # The client leaves out what is more than a second newer than the answer's Date: that must be a fresh one.
            log.write(now_timestamp(), f"line {number}")
    api = HfApi(endpoint=hub.url, token=create_token(hub.services, ada, "laptop", "read"))
    try:
        lines = [line.rstrip("\n") for line in api.fetch_space_logs("ada/hello", build=True, follow=follow)]
        assert list(api.fetch_space_logs("ada/hello")) == []
    finally:
        close_session()

    assert lines == [f"line {number}" for number in range(300)]


def test_a_space_that_never_built_has_an_empty_log(hub: Hub, ada: User) -> None:
    hub.space(ada, "hello")
    for kind in ("build", "run"):
        with open_stream(hub.browser(ada), f"/api/spaces/ada/hello/logs/{kind}") as stream:
            assert stream.texts() == []


def test_the_run_log_is_that_of_the_newest_release(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "hello")
    old = hub.instance(space, hub.build(space, status=BuildStatus.SUCCEEDED), role=Role.GONE)
    new = hub.instance(space, hub.build(space, status=BuildStatus.SUCCEEDED))
    data_dir = hub.services.settings.data_dir
    with CappedLog(run_log_path(data_dir, space.id, old.id), 10**6) as log:
        log.write(now_timestamp(), "old words")
    with (
        CappedLog(run_log_path(data_dir, space.id, new.id), 10**6) as log,
        open_stream(hub.browser(ada), "/api/spaces/ada/hello/logs/run") as stream,
    ):
        log.write(now_timestamp(), "new words")
        assert stream.next()["data"] == "new words\n"
        with hub.services.database.begin() as tx:
            tx.instances.update(new.id, role=Role.GONE)
        hub.change(space)
        assert stream.next() == "end"
    with open_stream(hub.browser(ada), f"/api/spaces/ada/hello/logs/run?instance={old.id}") as stream:
        assert stream.texts() == ["old words"]


def test_the_run_log_goes_on_across_a_restart_and_replays_from_its_first_line(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "hello", stage=Stage.RUNNING)
    build = hub.build(space, status=BuildStatus.SUCCEEDED)
    first = hub.instance(space, build)
    data_dir = hub.services.settings.data_dir
    with open_stream(hub.browser(ada), "/api/spaces/ada/hello/logs/run") as stream:
        with CappedLog(run_log_path(data_dir, space.id, first.id), 10**6) as log:
            log.write(now_timestamp(), "then it crashed")
            assert stream.next()["data"] == "then it crashed\n"
        second = replace(first, id="second", created_at=first.created_at + timedelta(seconds=1))
        with hub.services.database.begin() as tx:
            tx.instances.update(first.id, role=Role.GONE)
            tx.instances.add(second)
        hub.change(space)
        with CappedLog(run_log_path(data_dir, space.id, second.id), 10**6) as log:
            log.write(now_timestamp(), "up again")
            assert stream.next()["data"] == "up again\n"
        hub.change(space, stage=Stage.PAUSED)
        with hub.services.database.begin() as tx:
            tx.instances.update(second.id, role=Role.GONE)
        hub.change(space)
        assert stream.next() == "end"

    with open_stream(hub.browser(ada), "/api/spaces/ada/hello/logs/run") as stream:
        assert stream.texts() == ["then it crashed", "up again"]
    with open_stream(hub.browser(ada), "/api/spaces/ada/hello/logs/run?tail=1") as stream:
        assert stream.texts() == ["up again"]


def test_a_silent_log_gives_signs_of_life_that_clients_ignore(hub: Hub, ada: User) -> None:
    space = hub.space(ada, "hello")
    hub.build(space, status=BuildStatus.RUNNING)
    with hub.browser(ada).stream("GET", "/api/spaces/ada/hello/logs/build") as response:
        line = next(line for line in response.iter_lines() if line)

    assert line == ": ping"


def test_logs_need_the_right_to_see_them(hub: Hub, ada: User) -> None:
    hub.space(ada, "hello")
    path = "/api/spaces/ada/hello/logs/build"

    assert hub.browser().get(path).status_code == 401
    assert hub.browser(hub.user("eve")).get(path).status_code == 403
    assert hub.browser(ada).get(f"{path}?build=nonsense").status_code == 404


def test_the_admins_stream_brings_rows_queue_and_figures(hub: Hub, running_space: Space) -> None:
    root = hub.browser(hub.user("root", is_admin=True))
    row = f"space-{running_space.id}"
    with open_stream(root, "/admin/events") as stream:
        first = stream.next()["parts"]
        hub.build(running_space, "More", phase="packing", status=BuildStatus.RUNNING)
        hub.change(running_space, stage=Stage.RUNNING_BUILDING)
        changed = stream.next()["parts"]

    assert "Running" in first[row]
    assert "1–1 of 1 Space" in first["pager"]
    assert "sandbox" in first["runners"]
    assert "The queue is empty." in first["queue"]
    assert "Running, building" in changed[row]
    assert "packing" in changed["queue"]
    assert "runners" not in changed or "sandbox" in changed["runners"]


def test_each_admin_that_looks_on_reads_the_own_language(hub: Hub, running_space: Space) -> None:
    root = hub.user("root", is_admin=True)
    chinese, english = hub.browser(root), hub.browser(root)
    chinese.headers["Accept-Language"] = "zh-CN"
    with open_stream(chinese, "/admin/events") as first, open_stream(english, "/admin/events") as second:
        told = [stream.next()["parts"]["queue"] for stream in (first, second)]

    assert "队列为空。" in told[0]
    assert "The queue is empty." in told[1]


def test_the_admin_sees_who_sleeps_waits_asks_and_what_the_disk_holds(hub: Hub, running_space: Space) -> None:
    with hub.services.database.read() as tx:
        ada = tx.accounts.user(running_space.owner_id)
    assert ada is not None
    now = hub.services.clock.now()
    hub.change(running_space, stage=Stage.SLEEPING, rest=Rest.FROZEN, rest_since=now)
    hub.space(ada, "waits", stage=Stage.APP_STARTING, waiting_since=now)
    hub.space(ada, "asks", stage=Stage.PAUSED, desired=Desired.STOPPED, review_requested_at=now)
    hub.build(hub.space(ada, "builds"), requested_by="ada")
    hub.parts.runner_reports = [make_runner(disk_bytes=200 * GIB, images_bytes=3 * GIB)]
    page = hub.browser(hub.user("root", is_admin=True)).get("/admin").text

    assert all(f">1 {words}</a>" in page for words in ("asleep", "frozen", "waiting for room", "asking for a review"))
    assert "frozen, memory kept" in page
    assert "waits for room since" in page
    assert "review asked" in page
    assert "120 GiB free</a> of 200 GiB" in page
    assert "3.0 GiB</a> of 120 GiB they may take" in page
    assert re.search(r'No. 1</td>.*?ada/builds.*?<td data-label="For">ada</td>', page, re.DOTALL)


def test_the_admin_sees_what_was_repaired(hub: Hub, running_space: Space) -> None:
    root = hub.browser(hub.user("root", is_admin=True))
    before = root.get("/admin").text
    with hub.services.database.begin() as tx:
        record_repair(tx, running_space.id, hub.services.clock.now(), "a build lost its worker & begins anew: try 2")

    assert "Nothing had to be put right yet." in before
    assert "a build lost its worker &amp; begins anew: try 2" in root.get("/admin").text


def test_the_admin_builds_again_what_failed_last(hub: Hub, running_space: Space) -> None:
    root = hub.browser(hub.user("root", is_admin=True))
    hub.build(running_space, status=BuildStatus.FAILED, reason="dependency not found: torchh")
    failed = root.get("/admin").text
    hub.build(running_space, seconds_ago=0, status=BuildStatus.SUCCEEDED)
    storage = root.get("/admin/-/storage").text

    assert "dependency not found: torchh" in failed
    assert 'formaction="/spaces/ada/hello/rebuild"' in failed
    assert "No build failed recently." in root.get("/admin").text
    assert "120 GiB free" in storage


def test_the_admins_page_is_honest_without_redis(hub: Hub, running_space: Space) -> None:
    hub.parts.is_away = True
    page = hub.browser(hub.user("root", is_admin=True)).get("/admin")

    assert page.status_code == 200
    assert "Redis does not answer" in page.text
    assert "ada/hello" in page.text
    assert "Unknown while Redis is away." in page.text


def test_the_hub_stops_while_streams_are_open(tmp_path: Path, apps_port: int) -> None:
    """``run_hub`` fails when the server does not end: open streams must not hold it."""
    with httpx.Client(timeout=20) as client, ExitStack() as streams, run_hub(tmp_path / "data", apps_port) as hub:
        hub.space(hub.user("ada"), "hello")
        stream = streams.enter_context(open_stream(client, f"{hub.url}/spaces/ada/hello/events"))
        assert stream.next()["stage"] == "NO_APP_FILE"
