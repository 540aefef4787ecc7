"""What is said of a commit, from its releases and builds."""

import pytest

from spaceport.domain.build import BuildStatus
from spaceport.domain.commit_status import commit_status, newest_push
from spaceport.domain.release import ReleaseStatus
from tests.unit.factories import NOW, ago, make_build, make_push, make_release, make_space


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (BuildStatus.QUEUED, "building"),
        (BuildStatus.RUNNING, "building"),
        (BuildStatus.SUCCEEDED, "building"),
        (BuildStatus.FAILED, "failed"),
        (BuildStatus.CANCELLED, "cancelled"),
        (BuildStatus.SUPERSEDED, "superseded"),
    ],
)
def test_a_build_that_came_to_no_release_is_what_is_told(status: BuildStatus, state: str) -> None:
    found = commit_status([], [make_build(status=status, reason="no such package\nmore")], make_push(), None)

    assert (found.state, found.cause) == (state, "no such package" if state == "failed" else None)


def test_what_visitors_get_goes_before_a_rebuild_that_failed() -> None:
    release = make_release(id="r", build_id="b1", number=3, status=ReleaseStatus.LIVE, created_at=ago(10))
    failed = make_build(id="b2", status=BuildStatus.FAILED, created_at=NOW)

    assert commit_status([release], [failed], None, "r").state == "live"
    assert commit_status([release], [failed], None, None).state == "failed"


def test_what_worked_and_was_left_is_replaced_or_rolled_back() -> None:
    release = make_release(status=ReleaseStatus.RETIRED, live_at=NOW)

    assert commit_status([release], [], None, "other").state == "replaced"
    assert commit_status([release], [], None, "other", was_rolled_back=True).state == "rolled-back"


def test_a_start_that_failed_says_why() -> None:
    found = commit_status([make_release(status=ReleaseStatus.FAILED, failure="listens on 8000")], [], None, None)

    assert (found.state, found.words, found.cause) == ("failed", "did not start", "listens on 8000")


def test_what_waits_for_a_stopped_space_is_not_said_to_be_on_its_way() -> None:
    found = commit_status([make_release()], [], None, None, is_stopped=True)

    assert (found.words, found.tone) == ("starts when the Space is to run again", "idle")


def test_commits_that_were_never_built_say_so() -> None:
    assert commit_status([], [], None, None).words == "never deployed"
    assert commit_status([], [], make_push(), None).words == "superseded before it was built"
    assert commit_status([], [], make_push(problem="no app file"), None).cause == "no app file"


def test_the_newest_push_waits_to_be_built_only_until_that_is_decided() -> None:
    push = make_push()
    decided = make_space(planned_push_id=push.id)

    assert newest_push(push, make_space()).words == "waiting to be built"
    assert newest_push(push, decided).words == "superseded before it was built"
    refused = newest_push(push, make_space(planned_push_id=push.id, build_failure="there is no template for it"))
    assert (refused.state, refused.cause) == ("failed", "there is no template for it")
