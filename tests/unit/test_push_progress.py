"""What the pusher reads, decided from rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.instance import Instance, Role
from spaceport.domain.line import Place
from spaceport.domain.push import Push
from spaceport.domain.release import Release, ReleaseStatus
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import Stage
from spaceport.repos.progress import View, built_lines, next_line
from spaceport.repos.receive import branch_notes
from spaceport.repos.refs import Moved, check_refs
from spaceport.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPACE = Space("0" * 24, "ada", "ada", "demo", "ada-demo", "127.64.0.1", "gradio", False, NOW, NOW, generation=3)
PUSH = Push("p", SPACE.id, "a" * 40, "message", "ada", NOW)
BUILD = Build("b", SPACE.id, PUSH.sha, "deps", "push", NOW, NOW + timedelta(hours=1))
RELEASE = Release(
    id="r",
    space_id=SPACE.id,
    build_id="b",
    number=1,
    sha=PUSH.sha,
    sdk="gradio",
    template="gradio",
    image="image",
    runner_id="local",
    app_file="app.py",
    app_port=7860,
    created_at=NOW,
)
LIVE = Instance("i", SPACE.id, "r", "local", 3, NOW, role=Role.LIVE)
OLD = replace(LIVE, release_id="older")
SETTINGS = Settings()


def line(view: View) -> tuple[str, bool]:
    found = next_line(view, SETTINGS)
    return found.text, found.is_over


def with_build(status: BuildStatus, **values: object) -> View:
    return View(SPACE, PUSH, build=replace(BUILD, status=status, **values))  # type: ignore[arg-type]


def test_a_push_is_followed_from_the_queue_to_the_address() -> None:
    view = View(SPACE, PUSH)
    seen = [
        line(view),
        line(replace(with_build(BuildStatus.QUEUED), place=Place(2, 3, 130))),
        line(with_build(BuildStatus.RUNNING)),
        line(with_build(BuildStatus.RUNNING, phase="installing dependencies")),
        line(with_build(BuildStatus.SUCCEEDED)),
        line(replace(view, release=RELEASE, instances=(OLD,))),
        line(replace(view, release=RELEASE, instances=(OLD, LIVE))),
    ]

    assert seen == [
        ("received", False),
        ("waiting for a free builder: 2nd of 3, about 2 min", False),
        ("building", False),
        ("building: installing dependencies", False),
        ("starting", False),
        ("starting", False),
        ("live at http://ada-demo.localhost:7701", True),
    ]


def test_a_build_that_was_over_between_two_looks_is_told_all_the_same() -> None:
    done = with_build(BuildStatus.SUCCEEDED, started_at=NOW, finished_at=NOW + timedelta(seconds=0.4))

    assert built_lines(with_build(BuildStatus.RUNNING), seen_building=False) == []
    assert built_lines(done, seen_building=False) == ["building", "built in 0.4 s, nothing to install"]
    assert built_lines(done, seen_building=True) == ["built in 0.4 s, nothing to install"]


def test_both_addresses_and_the_page_are_named() -> None:
    hints = next_line(View(SPACE, PUSH, release=RELEASE, instances=(LIVE,)), SETTINGS).hints

    assert hints == ("also at http://127.64.0.1:7701", "page: http://localhost:7700/spaces/ada/demo")


def test_a_static_space_is_live_without_an_instance() -> None:
    space = replace(SPACE, sdk="static", stage=Stage.RUNNING)

    assert line(View(space, PUSH, release=RELEASE))[1] is True
    assert line(View(replace(space, stage=Stage.APP_STARTING), PUSH, release=RELEASE)) == ("starting", False)


def test_a_failure_names_the_reason_the_remedy_and_the_log() -> None:
    view = replace(with_build(BuildStatus.FAILED, reason="no such package", suggestion="fix it"), instances=(OLD,))
    found = next_line(view, SETTINGS)

    assert found.text == "failed: no such package"
    assert found.hints == (
        "what to try: fix it",
        "the previous version keeps serving",
        f"log: http://localhost:7700/spaces/ada/demo/builds/{BUILD.id}",
    )


def test_a_failed_start_counts_only_for_its_own_generation() -> None:
    failed = replace(SPACE, start_failure="exit 1", failed_generation=3)
    view = View(failed, PUSH, release=RELEASE)

    assert line(view) == ("failed: exit 1", True)
    assert line(replace(view, space=replace(failed, generation=4))) == ("starting", False)


def test_a_start_that_failed_while_the_version_before_serves_is_told() -> None:
    """The Space has turned back to what serves by then."""
    before = replace(RELEASE, id="older", sha="b" * 40)
    space = replace(SPACE, start_failure="exit 1")
    failed = replace(RELEASE, status=ReleaseStatus.FAILED, failure="exit 1", suggestion="fix it")
    view = replace(with_build(BuildStatus.SUCCEEDED), space=space, made=failed, release=before, instances=(OLD,))

    assert line(view) == ("failed: exit 1", True)
    assert next_line(view, SETTINGS).hints == (
        "what to try: fix it",
        "the previous version keeps serving",
        f"log: http://localhost:7700/spaces/ada/demo/deployments/{failed.number}",
    )


def test_a_release_that_another_deployment_replaced_ends_the_telling() -> None:
    made, other = replace(RELEASE, status=ReleaseStatus.SUPERSEDED), replace(RELEASE, id="other", sha="b" * 40)
    view = replace(with_build(BuildStatus.SUCCEEDED), made=made, release=other)

    assert line(view) == ("superseded by another deployment", True)


def test_a_push_that_nothing_is_built_of_does_not_keep_the_pusher() -> None:
    planned = replace(SPACE, planned_push_id=PUSH.id)

    assert line(View(replace(planned, build_failure="no template"), PUSH)) == ("failed: no template", True)
    assert line(View(planned, PUSH))[1] is True
    assert line(View(replace(SPACE, missing_secrets=["KEY"]), PUSH)) == (
        "stored; ada/demo does not start before these secrets are set: KEY. Set them in its settings",
        True,
    )


def test_the_wait_for_room_is_told_as_the_page_tells_it() -> None:
    space = replace(SPACE, stage=Stage.APP_STARTING, stage_reason="waiting for 1 GiB, 2 ahead", waiting_since=NOW)

    assert line(View(space, PUSH, release=RELEASE)) == ("waiting for 1 GiB, 2 ahead", False)


def test_the_copy_of_data_is_told_to_who_waits_for_the_start() -> None:
    space = replace(SPACE, stage=Stage.RUNNING_BUILDING, stage_reason="copying /data (3.2 GiB)")

    assert line(View(space, PUSH, release=RELEASE, instances=(OLD,))) == ("starting: copying /data (3.2 GiB)", False)


def test_why_an_app_cannot_be_reached_is_told_to_who_waits_for_the_start() -> None:
    reason = "waiting for the app to answer: it listens on port 8000 instead of 7860"
    space = replace(SPACE, stage=Stage.APP_STARTING, stage_reason=reason)

    assert line(View(space, PUSH, release=RELEASE)) == (f"starting: {reason}", False)


@pytest.mark.parametrize("status", [BuildStatus.CANCELLED, BuildStatus.SUPERSEDED])
def test_an_ended_build_ends_the_telling(status: BuildStatus) -> None:
    assert line(with_build(status))[1] is True


def test_a_newer_push_ends_the_telling() -> None:
    assert line(View(SPACE, PUSH, is_latest=False, build=BUILD)) == ("superseded by a newer push", True)


@pytest.mark.parametrize("desired", [Desired.PAUSED, Desired.STOPPED, Desired.DELETED])
def test_a_space_that_shall_not_run_does_not_keep_the_pusher(desired: Desired) -> None:
    assert line(View(replace(SPACE, desired=desired), PUSH))[1] is True


def test_only_branches_tags_and_pull_requests_may_be_pushed() -> None:
    old, new = "0" * 40, "1" * 40
    fine = [Moved(old, new, "refs/heads/x"), Moved(old, new, "refs/tags/v1"), Moved(new, old, "refs/heads/x")]
    bad = [Moved(old, new, "refs/pr/x"), Moved(old, new, "HEAD"), Moved(new, old, "refs/heads/main")]

    assert check_refs([*fine, Moved(old, new, "refs/pr/1")]) == []
    assert len(check_refs([*bad, Moved(new, old, "refs/pr/1")])) == 4


def test_master_is_told_how_to_become_main() -> None:
    notes = branch_notes([Moved("0" * 40, "1" * 40, "refs/heads/master")])

    assert notes == [
        "master is stored; only main is deployed",
        "to deploy it, push it to main:  git push origin master:main",
    ]
    assert branch_notes([Moved("0" * 40, "1" * 40, "refs/heads/main")]) == []
