"""What becomes of builds whose worker, queue or time is gone."""

from datetime import timedelta

import pytest

from spaceport.builds.tracker import MAX_ATTEMPTS, QueueFacts, Verdict, judge
from spaceport.domain.build import Build, BuildStatus
from tests.unit.factories import NOW, ago, make_build

RUNNING = make_build(status=BuildStatus.RUNNING)
QUEUED = make_build(handed_at=NOW)


@pytest.mark.parametrize(
    ("build", "facts", "verdict"),
    [
        (QUEUED, QueueFacts("waiting", False, 0), Verdict.KEEP),
        (QUEUED, QueueFacts(None, False, 0), Verdict.ENQUEUE),
        (make_build(), QueueFacts(None, False, 3600), Verdict.KEEP),
        (make_build(deadline_at=ago(1)), QueueFacts(None, False, 0), Verdict.WAITED_TOO_LONG),
        (QUEUED, QueueFacts("started", False, 1), Verdict.KEEP),
        (QUEUED, QueueFacts("started", False, 60), Verdict.RETRY),
        (QUEUED, QueueFacts("over", False, 1), Verdict.KEEP),
        (QUEUED, QueueFacts("over", False, 60), Verdict.RETRY),
        (make_build(deadline_at=ago(1)), QueueFacts("waiting", False, 0), Verdict.WAITED_TOO_LONG),
        (RUNNING, QueueFacts("started", True, 0), Verdict.KEEP),
        (RUNNING, QueueFacts(None, False, 1), Verdict.KEEP),
        (RUNNING, QueueFacts(None, False, 60), Verdict.RETRY),
        (make_build(status=BuildStatus.RUNNING, attempt=MAX_ATTEMPTS), QueueFacts(None, False, 60), Verdict.LOST),
        (make_build(status=BuildStatus.RUNNING, deadline_at=ago(10)), QueueFacts(None, True, 0), Verdict.KEEP),
        (make_build(status=BuildStatus.RUNNING, deadline_at=ago(100)), QueueFacts(None, True, 0), Verdict.RAN_TOO_LONG),
    ],
)
def test_verdict(build: Build, facts: QueueFacts, verdict: Verdict) -> None:
    assert judge(build, facts, NOW) is verdict


def test_every_attempt_has_a_job_of_its_own() -> None:
    assert make_build(attempt=1).job_id != make_build(attempt=2).job_id


def test_no_active_build_is_kept_for_ever() -> None:
    far = NOW + timedelta(days=2)

    assert judge(QUEUED, QueueFacts("waiting", False, 0), far) is not Verdict.KEEP
    assert judge(RUNNING, QueueFacts("started", True, 0), far) is not Verdict.KEEP
