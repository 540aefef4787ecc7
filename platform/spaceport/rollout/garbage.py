"""What runners may throw away: which images somebody may want again, and how much of a disk the others may take."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spaceport.domain.release import ReleaseImage, ReleaseStatus
from spaceport.interfaces import Database, Fleet
from spaceport.settings import Settings
from spaceport_runner.contract import COLLECT_LIFETIME_SECONDS, CollectRequest, RunnerReport

#: Asked again this often; a request lasts longer, so that one that is late does no harm.
INTERVAL_SECONDS = COLLECT_LIFETIME_SECONDS / 4
#: The key of what no runner may throw away, whichever made it.
EVERYWHERE = ""
#: Of a disk, in percent, what images may take where the settings name no number.
_SHARE_PERCENT = 60


@dataclass(frozen=True)
class Wanted:
    """Ids of releases that are targets or have instances, and names of dependencies that are being built."""

    release_ids: frozenset[str]
    building: frozenset[str]


def needed_images(images: Iterable[ReleaseImage], wanted: Wanted, keep_releases: int) -> dict[str, frozenset[str]]:
    """
    The images to keep on each runner, by its id; files of static Spaces, which all of them share, under EVERYWHERE.

    Of each Space: what it should run, runs or starts, the last release that worked, and the images of the newest
    ``keep_releases`` that did, so that going back needs no build. What a build is being made for may be one that is
    there already. ``images`` are in the order of their numbers, newest first.
    """
    needed: dict[str, set[str]] = defaultdict(set)
    by_space: dict[str, list[ReleaseImage]] = defaultdict(list)
    for image in images:
        by_space[image.space_id].append(image)
    for several in by_space.values():
        for image in [*_in_use(several, wanted), *_to_go_back_to(several, keep_releases)]:
            needed[EVERYWHERE if image.is_files else image.runner_id].add(image.image)
    return {runner_id: frozenset(names) for runner_id, names in needed.items()}


def collect_request(
    runner: RunnerReport, keep: frozenset[str], space_ids: Sequence[str], settings: Settings
) -> CollectRequest:
    """What one runner is told. Where the size of its disk is not known, only the reserve counts."""
    return CollectRequest(
        keep_images=tuple(sorted(keep)),
        space_ids=tuple(space_ids),
        budget_bytes=images_budget(runner, settings) or 2**62,
        reserve_bytes=max(settings.disk_reserve_bytes, settings.build_disk_bytes),
    )


def images_budget(runner: RunnerReport, settings: Settings) -> int | None:
    """Bytes that images and releases may take on this machine; None where the size of its disk is not known."""
    return settings.images_budget_bytes or runner.disk_bytes * _SHARE_PERCENT // 100 or None


class GarbageStep:
    """Runs in the controller only, one thread."""

    def __init__(self, settings: Settings, database: Database, fleet: Fleet) -> None:
        self._settings = settings
        self._database = database
        self._fleet = fleet
        self._next_at = 0.0

    def tell(self) -> None:
        """Tell every runner what it must keep, when it is time. Raises: Unavailable."""
        if time.monotonic() < self._next_at:
            return
        runners = self._fleet.runners()
        # The Spaces are read last: logs of one that is not among them are thrown away.
        with self._database.read() as tx:
            releases = {instance.release_id for instance in tx.instances.current()}
            building = frozenset(build.deps_hash for build in tx.builds.active())
            images = tx.releases.images()
            spaces = tx.spaces.all()
        releases |= {space.target_release_id for space in spaces if space.target_release_id}
        needed = needed_images(images, Wanted(frozenset(releases), building), self._settings.keep_releases)
        space_ids = [space.id for space in spaces]
        for runner in runners:
            keep = needed.get(runner.runner_id, frozenset()) | needed.get(EVERYWHERE, frozenset())
            self._fleet.collect(runner.runner_id, collect_request(runner, keep, space_ids, self._settings))
        self._next_at = time.monotonic() + INTERVAL_SECONDS


def _in_use(several: Sequence[ReleaseImage], wanted: Wanted) -> list[ReleaseImage]:
    return [
        image
        for image in several
        if image.release_id in wanted.release_ids
        or image.status in (ReleaseStatus.LIVE, ReleaseStatus.STARTING)
        or image.deps_hash in wanted.building
    ]


def _to_go_back_to(several: Sequence[ReleaseImage], keep_releases: int) -> list[ReleaseImage]:
    worked = [image for image in several if image.live_at is not None]
    newest = {image.image: image for image in reversed(worked)}
    last_good = max(worked, key=lambda image: (image.live_at is not None and image.live_at, image.number), default=None)
    kept = sorted(newest.values(), key=lambda image: image.number, reverse=True)[:keep_releases]
    return [*kept, last_good] if last_good else kept
