"""What the pusher reads on the terminal after a push: from rows to one line, and the loop that prints it."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from spaceport.addresses import app_url, client_url, page_url
from spaceport.build_line import places_now, room_now
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.instance import Instance, Role
from spaceport.domain.line import ABOUT_TO_START, Place
from spaceport.domain.push import Push
from spaceport.domain.release import Release, ReleaseStatus
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import Stage, missing_secrets_words
from spaceport.interfaces import Transaction
from spaceport.services import Services
from spaceport.settings import Settings

#: Seconds between two looks at the database: short while a code-only push may go live, then easier on everybody.
_QUICK_SECONDS, _SLOW_SECONDS, _QUICK_FOR_SECONDS = 0.1, 0.5, 15.0
_PREFIX = "Spaceport: "
#: How reasons of a stage begin that are told of a start: what may take long, and why the app cannot be reached so far.
_TOLD = ("copying /data", "waiting for the app to answer: ")


@dataclass(frozen=True)
class View:
    """
    All rows that say how far a push is, read in one transaction.

    ``build`` is the one made for this push, ``place`` where it stands in line while it waits, ``made`` the release that
    it led to. ``release`` is what should serve, ``instances`` the current ones of the Space. ``is_latest`` is False
    when a newer push arrived.
    """

    space: Space
    push: Push
    is_latest: bool = True
    build: Build | None = None
    place: Place | None = None
    made: Release | None = None
    release: Release | None = None
    instances: tuple[Instance, ...] = ()


@dataclass(frozen=True)
class Line:
    """What to print now; ``is_over`` when nothing more will come."""

    text: str
    is_over: bool = False
    hints: tuple[str, ...] = ()


def next_line(view: View, settings: Settings) -> Line:
    """How far the push is, as one line."""
    space, build = view.space, view.build
    if space.desired is Desired.DELETED:
        return Line("the Space was deleted", is_over=True)
    if not view.is_latest:
        return Line("superseded by a newer push", is_over=True)
    if view.push.problem:
        return Line(f"failed: {view.push.problem}", is_over=True)
    if space.desired is not Desired.RUNNING:
        return Line(f"stored; the Space is {space.desired} and stays so until somebody starts it", is_over=True)
    if build is None and space.missing_secrets:
        return Line(f"stored; {space.full_name} {missing_secrets_words(space.missing_secrets)}", is_over=True)
    if build is None and space.planned_push_id == view.push.id:
        return _unbuilt(view, settings)
    if build is not None and build.status is BuildStatus.FAILED:
        return _failed(view, build.reason or "the build failed", build.suggestion, settings, f"builds/{build.id}")
    if build is not None and build.status is BuildStatus.CANCELLED:
        return Line(build.reason or "the build was cancelled", is_over=True)
    if view.made is not None and view.made.status is ReleaseStatus.FAILED:
        # What serves is the target again, so that the Space itself shows another commit.
        failure, page = view.made.failure or "the app did not start", f"deployments/{view.made.number}"
        return _failed(view, failure, view.made.suggestion, settings, page)
    if view.made is not None and view.made.status is ReleaseStatus.SUPERSEDED:
        return Line("superseded by another deployment", is_over=True)
    if view.release is not None and view.release.sha == view.push.sha:
        return _deploying(view, settings)
    return _building(build, view.place)


def built_lines(view: View, seen_building: bool) -> list[str]:
    """
    What is told once when the push's build is done.

    A build that reuses everything is over between two looks: it is told all the same.
    """
    build = view.build
    if build is None or build.status is not BuildStatus.SUCCEEDED or not build.started_at or not build.finished_at:
        return []
    seconds = (build.finished_at - build.started_at).total_seconds()
    done = f"built in {seconds:.1f} s" + ("" if build.installed else ", nothing to install")
    return [done] if seen_building else ["building", done]


def _building(build: Build | None, place: Place | None) -> Line:
    if build is None:
        return Line("received")
    if build.status is BuildStatus.QUEUED:
        return Line(place.words if place else ABOUT_TO_START)
    if build.status is BuildStatus.RUNNING:
        return Line(f"building: {build.phase}" if build.phase else "building")
    if build.status is BuildStatus.SUPERSEDED:
        return Line("superseded by a newer build", is_over=True)
    return Line("starting")


def _unbuilt(view: View, settings: Settings) -> Line:
    """The planner saw the push and made nothing of it."""
    if view.space.build_failure:
        return _failed(view, view.space.build_failure, view.space.suggestion, settings)
    return Line("stored, not built: another deployment took its place", is_over=True)


def _deploying(view: View, settings: Settings) -> Line:
    space, release = view.space, view.release
    if space.start_failure and space.failed_generation == space.generation:
        return _failed(view, space.start_failure, space.suggestion, settings)
    is_live = release is not None and any(
        instance.role is Role.LIVE and instance.release_id == release.id for instance in view.instances
    )
    if is_live or (space.sdk == "static" and space.stage is Stage.RUNNING):
        page = page_url(space, settings)
        hints = (
            (f"also at {client_url(space, settings)}",)
            if client_url(space, settings) != app_url(space, settings)
            else ()
        )
        return Line(f"live at {app_url(space, settings)}", is_over=True, hints=(*hints, f"page: {page}"))
    if space.waiting_since is not None and space.stage is Stage.APP_STARTING:
        return Line(space.stage_reason or "waiting for room")
    if space.stage_reason is not None and space.stage_reason.startswith(_TOLD):
        return Line(f"starting: {space.stage_reason}")
    return Line("starting")


def _failed(view: View, reason: str, suggestion: str | None, settings: Settings, page: str = "logs") -> Line:
    """``page`` is the one of the Space that shows the log: its newest log may be that of what serves."""
    hints = [f"what to try: {suggestion}"] if suggestion else []
    if any(instance.role is Role.LIVE for instance in view.instances):
        hints.append("the previous version keeps serving")
    hints.append(f"log: {page_url(view.space, settings)}/{page}")
    return Line(f"failed: {reason}", is_over=True, hints=tuple(hints))


def read_view(services: Services, push: Push) -> View | None:
    """The rows of a push; None when the Space is gone."""
    with services.database.read() as tx:
        space = tx.spaces.get(push.space_id)
        if space is None:
            return None
        latest = tx.pushes.latest(push.space_id)
        build = build_of_push(tx, space, push)
        is_waiting = build is not None and build.status is BuildStatus.QUEUED
        now, places = services.clock.now(), {}
        if is_waiting:
            places = places_now(tx, room_now(tx, services.fleet, services.settings), now)
        releases = tx.releases.of_space(push.space_id) if build is not None else []
        return View(
            space=space,
            push=push,
            is_latest=latest is None or latest.id == push.id,
            build=build,
            place=places.get(build.id) if build is not None else None,
            made=next((each for each in releases if _is_made_by(each, build)), None),
            release=tx.releases.get(space.target_release_id) if space.target_release_id else None,
            instances=tuple(tx.instances.current(push.space_id)),
        )


def build_of_push(tx: Transaction, space: Space, push: Push) -> Build | None:
    """The newest build of a push, also where it was joined to one that was under way."""
    return next((each for each in tx.builds.of_space(push.space_id) if _is_of(each, push, space)), None)


def _is_of(build: Build, push: Push, space: Space) -> bool:
    """A build of the same commit from an earlier push counts only once the planner has joined the two."""
    return build.sha == push.sha and (build.created_at >= push.pushed_at or space.planned_push_id == push.id)


def _is_made_by(release: Release, build: Build | None) -> bool:
    return build is not None and release.build_id == build.id and release.source_release_id is None


async def tell_progress(services: Services, push: Push) -> AsyncIterator[str]:
    """Lines for the pusher until the push is live, failed or superseded, or the time for telling is over."""
    started = time.monotonic()
    last, seen_building, is_built = "", False, False
    while True:
        view = await run_in_threadpool(read_view, services, push)
        if view is None:
            yield f"{_PREFIX}the Space was deleted"
            return
        built = [] if is_built else built_lines(view, seen_building)
        is_built = is_built or bool(built)
        for text in built:
            yield f"{_PREFIX}{text}"
        line = next_line(view, services.settings)
        seen_building = seen_building or line.text.startswith("building")
        if line.text != last:
            last = line.text
            yield f"{_PREFIX}{line.text}"
            for hint in line.hints:
                yield f"{_PREFIX}  {hint}"
        if line.is_over:
            return
        passed = time.monotonic() - started
        if passed > services.settings.push_wait_seconds:
            yield f"{_PREFIX}not finished yet: watch at {page_url(view.space, services.settings)}"
            return
        await asyncio.sleep(_QUICK_SECONDS if passed < _QUICK_FOR_SECONDS else _SLOW_SECONDS)
