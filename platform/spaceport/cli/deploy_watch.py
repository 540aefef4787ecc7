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
    """What the API says at one moment; newest first."""

    runtime: Mapping[str, Any]
    builds: Sequence[Mapping[str, Any]]
    releases: Sequence[Mapping[str, Any]]


def judge_commit(look: Look, sha: str, known_builds: frozenset[str] = frozenset()) -> Verdict:
    """
    What became of a pushed commit. Pure.

    ``known_builds`` are those from before, which say nothing about the push that is waited for; empty when the commit
    was there already.
    """
    build = _newest(look.builds, sha, "id", known_builds)
    release = _newest(look.releases, sha, "build", known_builds)
    if release is not None and (build is None or build["id"] == release["build"]):
        return judge_release(release, look)
    if build is not None:
        return _judge_build(build, look)
    return _stuck(look) or Verdict(Outcome.WAITING, "waiting for its build")


def _newest(
    rows: Sequence[Mapping[str, Any]], sha: str, build_key: str, known_builds: frozenset[str]
) -> Mapping[str, Any] | None:
    return next((row for row in rows if row["sha"] == sha and row[build_key] not in known_builds), None)


def judge_release(release: Mapping[str, Any], look: Look) -> Verdict:
    """What became of a release. Pure."""
    number, status = int(release["number"]), release["status"]
    if status in ("live", "retired"):
        return Verdict(Outcome.LIVE, f"release {number} is live", release=number)
    if status == "failed":
        cause = release["failure"] or "it did not come up"
        return Verdict(Outcome.FAILED, f"release {number} failed: {cause}", look.runtime.get("suggestion"), number)
    if status == "superseded":
        return Verdict(Outcome.FAILED, f"release {number} was replaced by a newer one before it was live", None, number)
    return _stuck(look) or Verdict(Outcome.WAITING, _stage_words(look), release=number)


def _judge_build(build: Mapping[str, Any], look: Look) -> Verdict:
    status = build["status"]
    if status in ("failed", "cancelled"):
        return Verdict(Outcome.FAILED, f"the build {status}: {build['reason']}", build["suggestion"])
    if status == "superseded":
        return Verdict(Outcome.FAILED, "a newer push took its place")
    return Verdict(Outcome.WAITING, _stage_words(look))


def _stuck(look: Look) -> Verdict | None:
    """Stages that no waiting ends."""
    stage, reason = look.runtime["stage"], look.runtime.get("reason")
    if stage in ("PAUSED", "CONFIG_ERROR", "DELETING"):
        return Verdict(Outcome.FAILED, f"{stage}: {reason}", look.runtime.get("suggestion"))
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

    def look(self) -> Look:
        """Raises: what ``HubClient.call`` raises."""
        return Look(
            self._client.call("GET", f"{self._path}/runtime"),
            self._client.call("GET", f"{self._path}/builds")["builds"],
            self._client.call("GET", f"{self._path}/releases")["releases"],
        )

    def until_over(self, judge: Callable[[Look], Verdict]) -> Verdict:
        """The verdict that is not waiting any more, or the last one when the time is over, as a failure."""
        deadline = time.monotonic() + self._timeout_seconds
        while True:
            verdict = judge(self.look())
            self._tell_once(verdict.words)
            if verdict.outcome is not Outcome.WAITING:
                return verdict
            if time.monotonic() > deadline:
                return Verdict(Outcome.FAILED, f"not live after {self._timeout_seconds:g} seconds: {verdict.words}")
            time.sleep(_PAUSE_SECONDS)

    def until_release(self, number: int) -> Verdict:
        """Until the release of that number is live or has failed."""

        def judge(look: Look) -> Verdict:
            found = next((each for each in look.releases if each["number"] == number), None)
            return judge_release(found, look) if found else Verdict(Outcome.FAILED, f"there is no release {number}")

        return self.until_over(judge)

    def _tell_once(self, words: str) -> None:
        if words != self._told:
            self._told = words
            self._tell(words)
