"""What the command line makes of builds and releases: decided from what the API says at one moment."""

from typing import Any

import pytest

from spaceport.cli.deploy_watch import Look, Outcome, judge_commit

SHA = "a" * 40


def runtime(**values: Any) -> dict[str, Any]:
    return {"stage": "RUNNING", "reason": None, "suggestion": None} | values


def build(**values: Any) -> dict[str, Any]:
    return {"id": "b1", "sha": SHA, "status": "running", "reason": None, "suggestion": None} | values


def release(**values: Any) -> dict[str, Any]:
    return {"number": 1, "sha": SHA, "status": "starting", "build": "b1", "failure": None} | values


CASES = [
    ("nothing is planned yet", [], [], runtime(), Outcome.WAITING, "waiting for its build"),
    (
        "the Space is paused",
        [],
        [],
        runtime(stage="PAUSED", reason="paused by ada"),
        Outcome.FAILED,
        "PAUSED: paused by ada",
    ),
    ("it builds", [build()], [], runtime(stage="BUILDING", reason="installing"), Outcome.WAITING, "installing"),
    ("the build failed", [build(status="failed", reason="no such package")], [], runtime(), Outcome.FAILED, "package"),
    ("a newer push came", [build(status="superseded")], [], runtime(), Outcome.FAILED, "newer push"),
    ("it starts", [build(status="succeeded")], [release()], runtime(stage="APP_STARTING"), Outcome.WAITING, "STARTING"),
    ("it is live", [build(status="succeeded")], [release(status="live")], runtime(), Outcome.LIVE, "release 1 is live"),
    (
        "it did not come up",
        [build(status="succeeded")],
        [release(status="failed", failure="it ended")],
        runtime(),
        Outcome.FAILED,
        "it ended",
    ),
    (
        "its release took a variable in",
        [build(status="succeeded")],
        [release(number=2, status="live"), release(status="superseded")],
        runtime(),
        Outcome.LIVE,
        "release 2",
    ),
    (
        "another commit is being built",
        [build(id="b2", sha="b" * 40)],
        [],
        runtime(stage="BUILDING"),
        Outcome.WAITING,
        "waiting for its build",
    ),
]


@pytest.mark.parametrize(("what", "builds", "releases", "now", "outcome", "words"), CASES, ids=[c[0] for c in CASES])
def test_a_push_is_followed_to_its_end(
    what: str, builds: list[Any], releases: list[Any], now: dict[str, Any], outcome: Outcome, words: str
) -> None:
    verdict = judge_commit(Look(now, builds, releases), SHA)

    assert verdict.outcome is outcome
    assert words in verdict.words


def test_builds_and_releases_of_an_earlier_push_of_the_same_commit_say_nothing() -> None:
    old = Look(runtime(), [build(status="succeeded")], [release(status="retired")])

    assert judge_commit(old, SHA, frozenset({"b1"})).outcome is Outcome.WAITING
    assert judge_commit(old, SHA).outcome is Outcome.LIVE
