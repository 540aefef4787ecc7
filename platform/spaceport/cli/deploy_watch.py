"""Watches a deployment from outside until it serves or fails, over the API."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spaceport.cli.hub_client import HubClient

#: Between two looks. The API is asked for rows, never made to wait.
_PAUSE_SECONDS = 0.5


class Outcome(StrEnum):
    WAITING = "waiting"
    LIVE = "live"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """``words`` say where it is; a failure has its cause there, and what to do in ``suggestion``."""

    outcome: Outcome
    words: str
    suggestion: str | None = None
    release: int | None = None


@dataclass(frozen=True)
class Look:
    """What the API says at one moment; releases newest first. ``push`` is that of the commit that is waited for."""

    runtime: Mapping[str, Any]
    releases: Sequence[Mapping[str, Any]]
    push: Mapping[str, Any] | None = None


def judge_commit(look: Look, sha: str, is_new: bool = True) -> Verdict:
    """
    What became of a pushed commit. Pure.

    ``is_new`` is False for one that the Space had already: what it led to then is the answer, and nothing is waited for
    that will not come.
    """
    push = look.push
    if push is None:
        # The hub writes a push down before git is told that it arrived: a new one is there in a moment.
        return Verdict(Outcome.WAITING, "received") if is_new else _nothing_to_come(look)
    build = push["build"]
    release = next((row for row in look.releases if build and row["sha"] == sha and row["build"] == build["id"]), None)
    if release is not None:
        return judge_release(release, look)
    if not push["isLatest"]:
        return Verdict(Outcome.FAILED, "a newer push took its place")
    if push["problem"]:
        return Verdict(Outcome.FAILED, f"stored, not built: {push['problem']}")
    if build is not None:
        return _judge_build(build, look)
    if stuck := _stuck(look):
        return stuck
    return _nothing_to_come(look) if push["isPlanned"] else Verdict(Outcome.WAITING, "waiting for its build")


def _nothing_to_come(look: Look) -> Verdict:
    """The hub has looked at the commit, and there was nothing to build."""
    words = f"stored, not built; the Space is {_stage_words(look)}"
    return Verdict(Outcome.FAILED, words, look.runtime.get("suggestion"))


def judge_release(release: Mapping[str, Any], look: Look) -> Verdict:
    """What became of a release. Pure."""
    number, status = int(release["number"]), release["status"]
    if status in ("live", "retired"):
        return (
            _stuck(look) or _replaced(release, look) or Verdict(Outcome.LIVE, f"release {number} is live", None, number)
        )
    if status == "failed":
        cause = release["failure"] or "it did not come up"
        return Verdict(Outcome.FAILED, f"release {number} failed: {cause}", release.get("suggestion"), number)
    if status == "superseded":
        return Verdict(Outcome.FAILED, f"release {number} was replaced by a newer one before it was live", None, number)
    return _stuck(look) or Verdict(Outcome.WAITING, _stage_words(look), release=number)


def _replaced(release: Mapping[str, Any], look: Look) -> Verdict | None:
    """Another commit serves by now: somebody pushed or went back to it."""
    live = next((each for each in look.releases if each["status"] == "live"), None)
    if release["status"] == "live" or live is None or live["sha"] == release["sha"]:
        return None
    number = int(release["number"])
    words = f"release {number} was live, but release {live['number']} of the commit {live['sha'][:7]} serves now"
    return Verdict(Outcome.FAILED, words, f"go back to it: spaceport rollback SPACE {number}", number)


def _judge_build(build: Mapping[str, Any], look: Look) -> Verdict:
    status = build["status"]
    if status in ("queued", "running", "succeeded") and (stuck := _stuck(look)):
        return stuck
    if status in ("failed", "cancelled"):
        return Verdict(Outcome.FAILED, f"the build {status}: {build['reason']}", build["suggestion"])
    if status == "superseded":
        return Verdict(Outcome.FAILED, "a newer push took its place")
    return Verdict(Outcome.WAITING, _stage_words(look))


def _stuck(look: Look) -> Verdict | None:
    """States that no waiting ends."""
    stage, desired = look.runtime["stage"], look.runtime.get("desired", "running")
    if desired not in ("running", "deleted"):
        # What is wanted counts at once, the stage follows.
        why = look.runtime.get("reason") if stage == "PAUSED" else None
        words = f"stored; the Space is {why or desired} and stays so until somebody starts it"
        return Verdict(Outcome.FAILED, words, look.runtime.get("suggestion"))
    if missing := look.runtime.get("missingSecrets"):
        words = f"CONFIG_ERROR: it does not start before these secrets are set: {', '.join(missing)}"
        return Verdict(Outcome.FAILED, words, "set them in its settings")
    if stage in ("PAUSED", "CONFIG_ERROR", "DELETING") or desired == "deleted":
        return Verdict(Outcome.FAILED, _stage_words(look), look.runtime.get("suggestion"))
    return None


def _stage_words(look: Look) -> str:
    stage, reason = look.runtime["stage"], look.runtime.get("reason")
    return f"{stage}: {reason}" if reason else str(stage)


class Watch:
    """Looks again and again, and tells each change once."""

    def __init__(self, client: HubClient, space: str, tell: Callable[[str], None], timeout_seconds: float) -> None:
        self._client = client
        self._path = f"/api/spaces/{space}"
        self._tell = tell
        self._timeout_seconds = timeout_seconds
        self._told = ""

    def look(self, sha: str | None = None) -> Look:
        """``sha`` is the commit whose push is of interest. Raises: what ``HubClient.call`` raises."""
        # The push comes first: a release that is made between the looks is seen with the build that made it.
        push = self._client.call("GET", f"{self._path}/pushes/{sha}")["push"] if sha else None
        return Look(
            self._client.call("GET", f"{self._path}/runtime"),
            self._client.call("GET", f"{self._path}/releases")["releases"],
            push,
        )

    def until_live(self, sha: str, is_new: bool) -> Verdict:
        """Until the pushed commit is live, or it is certain that it will not be."""
        return self._until_over(lambda: judge_commit(self.look(sha), sha, is_new))

    def _until_over(self, judge: Callable[[], Verdict]) -> Verdict:
        """The verdict that is not waiting any more, or the last one when the time is over, as a failure."""
        deadline = time.monotonic() + self._timeout_seconds
        while True:
            verdict = judge()
            self._tell_once(verdict.words)
            if verdict.outcome is not Outcome.WAITING:
                return verdict
            if time.monotonic() > deadline:
                return Verdict(Outcome.FAILED, f"not live after {self._timeout_seconds:g} seconds: {verdict.words}")
            time.sleep(_PAUSE_SECONDS)

    def until_release(self, number: int) -> Verdict:
        """Until the release of that number is live or has failed."""

        def judge() -> Verdict:
            look = self.look()
            found = next((each for each in look.releases if each["number"] == number), None)
            return judge_release(found, look) if found else Verdict(Outcome.FAILED, f"there is no release {number}")

        return self._until_over(judge)

    def _tell_once(self, words: str) -> None:
        if words != self._told:
            self._told = words
            self._tell(words)
