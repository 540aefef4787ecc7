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
    return {"number": 1, "sha": SHA, "status": "starting", "build": "b1", "failure": None, "suggestion": None} | values


def push(build: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    return {"sha": SHA, "problem": None, "isLatest": True, "isPlanned": True, "build": build} | values


PAUSED = runtime(stage="PAUSED", desired="paused", reason="paused by ada")
MISSING = runtime(stage="CONFIG_ERROR", reason="it asks for secrets", missingSecrets=["TOKEN"])

CASES = [
    ("nobody wrote it down yet", None, [], runtime(), Outcome.WAITING, "received"),
    ("nothing is planned yet", push(isPlanned=False), [], runtime(), Outcome.WAITING, "waiting for its build"),
    ("the Space is paused", push(isPlanned=False), [], PAUSED, Outcome.FAILED, "stored; the Space is paused by ada"),
    (
        "it is paused while its stage is not computed yet",
        push(build(status="queued")),
        [],
        runtime(stage="RUNNING", desired="stopped"),
        Outcome.FAILED,
        "stored; the Space is stopped and stays so",
    ),
    ("it asks for secrets", push(isPlanned=False), [], MISSING, Outcome.FAILED, "these secrets are set: TOKEN"),
    (
        "it cannot be deployed",
        push(problem="there is no app.py"),
        [],
        runtime(stage="NO_APP_FILE"),
        Outcome.FAILED,
        "not built: there is no app.py",
    ),
    (
        "there was nothing to build",
        push(),
        [],
        runtime(stage="BUILD_ERROR", reason="no template"),
        Outcome.FAILED,
        "stored, not built; the Space is BUILD_ERROR: no template",
    ),
    ("a newer push came before its build", push(isLatest=False), [], runtime(), Outcome.FAILED, "newer push"),
    ("it builds", push(build()), [], runtime(stage="BUILDING", reason="installing"), Outcome.WAITING, "installing"),
    ("the build failed", push(build(status="failed", reason="no such package")), [], PAUSED, Outcome.FAILED, "package"),
    ("a newer build came", push(build(status="superseded")), [], runtime(), Outcome.FAILED, "newer push"),
    (
        "it starts",
        push(build(status="succeeded")),
        [release()],
        runtime(stage="APP_STARTING"),
        Outcome.WAITING,
        "STARTING",
    ),
    ("it is live", push(build()), [release(status="live")], runtime(), Outcome.LIVE, "release 1 is live"),
    (
        "it was live and sleeps",
        push(build()),
        [release(status="live")],
        runtime(stage="SLEEPING"),
        Outcome.LIVE,
        "live",
    ),
    ("it was live and is paused", push(build()), [release(status="live")], PAUSED, Outcome.FAILED, "paused by ada"),
    (
        "it did not come up",
        push(build()),
        [release(status="failed", failure="it ended")],
        runtime(),
        Outcome.FAILED,
        "it ended",
    ),
    (
        "its release took a variable in",
        push(build()),
        [release(number=2, status="live"), release(status="superseded")],
        runtime(),
        Outcome.LIVE,
        "release 2",
    ),
    (
        "somebody went back to another commit",
        push(build()),
        [release(number=2, sha="b" * 40, build="b0", status="live"), release(status="retired")],
        runtime(),
        Outcome.FAILED,
        "release 2 of the commit bbbbbbb serves now",
    ),
]


@pytest.mark.parametrize(("what", "pushed", "releases", "now", "outcome", "words"), CASES, ids=[c[0] for c in CASES])
def test_a_push_is_followed_to_its_end(
    what: str, pushed: dict[str, Any] | None, releases: list[Any], now: dict[str, Any], outcome: Outcome, words: str
) -> None:
    verdict = judge_commit(Look(now, releases, pushed), SHA)

    assert verdict.outcome is outcome
    assert words in verdict.words


def test_releases_of_an_earlier_push_of_the_same_commit_say_nothing() -> None:
    old = [release(status="retired", build="b0")]

    assert judge_commit(Look(runtime(), old, push(isPlanned=False)), SHA).outcome is Outcome.WAITING


def test_an_unchanged_commit_that_never_was_pushed_is_not_waited_for() -> None:
    first = Look(runtime(stage="NO_APP_FILE", reason="nothing was pushed to main yet"), [])
    verdict = judge_commit(first, SHA, is_new=False)

    assert verdict.outcome is Outcome.FAILED
    assert verdict.words == "stored, not built; the Space is NO_APP_FILE: nothing was pushed to main yet"
