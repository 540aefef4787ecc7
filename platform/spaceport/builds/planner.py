"""Which builds a Space needs: decided from rows alone, so that it can be asked again at any time."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from spaceport.builds.requests import preload_of
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.names import new_id
from spaceport.domain.push import Push
from spaceport.domain.space import Space
from spaceport_runner.template import Template


@dataclass(frozen=True)
class BuildPlan:
    """``create`` may be None; ``supersede`` are active builds that nobody waits for any more."""

    create: Build | None = None
    supersede: tuple[Build, ...] = ()


def plan_build(
    space: Space,
    push: Push | None,
    active: Sequence[Build],
    template: Template,
    now: datetime,
    queue_deadline_seconds: int,
    earlier: Sequence[Build] = (),
) -> BuildPlan:
    """
    The latest push wins, equal builds coalesce, one build per push.

    A push that a build was planned for already needs nothing, whatever became of that build; a requested rebuild does.
    ``earlier`` are the builds of the Space, newest first.
    A duplicate that still asks for secrets is not built: its Dockerfile may need them.
    """
    if push is None or push.problem or space.missing_secrets:
        return BuildPlan()
    is_new = push.id != space.planned_push_id
    if not is_new and not space.rebuild_requested:
        return BuildPlan()
    no_cache = space.rebuild_requested == "factory"
    use_lock = not is_new and space.rebuild_requested == "locked"
    if is_new and not space.rebuild_requested and any(build.sha == push.sha for build in active):
        return BuildPlan(supersede=tuple(build for build in active if build.sha != push.sha))
    trigger = f"push by {push.pushed_by}" if is_new else f"{space.rebuild_requested} by {space.rebuild_by}"
    build_id = new_id()
    base = deps_hash(push, template)
    build = Build(
        id=build_id,
        space_id=space.id,
        sha=push.sha,
        deps_hash=f"{base}-{build_id[:12]}" if no_cache or use_lock else newest_of(base, earlier),
        trigger=trigger,
        created_at=now,
        deadline_at=now + timedelta(seconds=queue_deadline_seconds),
        no_cache=no_cache,
        requested_by=push.pushed_by if is_new else space.rebuild_by or "",
        use_lock=use_lock,
    )
    return BuildPlan(create=build, supersede=tuple(active))


def deps_hash(push: Push, template: Template) -> str:
    """
    Names everything that installing depends on: equal hashes share one image or environment.

    A build without cache and one with kept versions make something else of the same dependencies, under a name of their
    own behind a ``-``: the image of the release before stays what it was.

    The commit itself is not part of it, so that a push that changes only code installs nothing. What was preloaded is
    the Space's own: what was public when it was fetched may be private when another one asks for it.
    """
    card = push.card
    preloaded = preload_of(push, template)
    parts = [
        template.name,
        template.digest,
        str(card.get("python_version") or ""),
        str(card.get("sdk_version") or template.default_sdk_version or ""),
        sorted(push.dependency_files.items()),
        push.tree or "",
        *((push.space_id, *preloaded) if preloaded else ()),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def newest_of(base: str, earlier: Sequence[Build]) -> str:
    """The name under which these dependencies were installed last for the Space, so that a push goes on from there."""
    for build in earlier:
        if build.status is BuildStatus.SUCCEEDED and build.deps_hash.partition("-")[0] == base:
            return build.deps_hash
    return base
