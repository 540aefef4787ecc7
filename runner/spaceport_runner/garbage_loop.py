"""Throws away what nobody needs, as the controller asks; without a request nothing is ever removed."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import structlog
from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError

from spaceport_runner.abandoned import ABANDONED_FILE, ABANDONED_SECONDS, abandoned
from spaceport_runner.contract import COLLECT_KEY, CollectRequest
from spaceport_runner.engines.engine import Engine, EngineError
from spaceport_runner.garbage import Disk, Leftovers, Stored, is_too_full, orphans, removable
from spaceport_runner.image_uses import ImageUses
from spaceport_runner.loops import Loop
from spaceport_runner.mounts import UNUSED_SECONDS, Mounts
from spaceport_runner.roster import Roster
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.whole_trees import TreeError, remove_tree, used_bytes

LOOK_EVERY_SECONDS = 15.0
#: Seconds between two measurements of everything, where the disk is not short: counting files is work for the disk.
MEASURE_EVERY_SECONDS = 600.0
DAY_SECONDS = 86_400

log = structlog.get_logger()


class GarbageLoop:
    """One thread; ``leftovers`` are what was counted last."""

    def __init__(self, settings: RunnerSettings, engine: Engine, redis: Redis, roster: Roster, mounts: Mounts) -> None:
        self._settings = settings
        self._engine = engine
        self._redis = redis
        self._roster = roster
        self._mounts = mounts
        self._uses = ImageUses(settings)
        self._measured_at: float | None = None
        self._taken_bytes = 0
        self._next_try_at = 0.0
        self._counted_at: float | None = None
        self.leftovers = Leftovers()
        self._loop = Loop("garbage", self._step, LOOK_EVERY_SECONDS)

    def start(self) -> None:
        self._loop.start()

    def stop(self) -> None:
        self._loop.stop(0)

    def _step(self) -> None:
        request = self._request()
        try:
            if request is not None:
                self._remove_orphans(request)
                self._remove_volumes(request)
                self._remove_mounts()
                self._remove_old_logs(request)
            disk = self._disk()
            if request is not None and is_too_full(disk, request) and time.monotonic() >= self._next_try_at:
                self._make_room(request)
            if request is not None and self._counted_at != self._measured_at:
                self._count_leftovers(request)
        except (EngineError, TreeError, OSError) as error:
            log.warning("garbage_not_collected", error=str(error))

    def _request(self) -> CollectRequest | None:
        try:
            text = self._redis.get(COLLECT_KEY.format(runner_id=self._settings.runner_id))
            return CollectRequest.model_validate_json(text) if text else None
        except (RedisError, ValidationError) as error:
            log.warning("request_to_collect_not_read", error=str(error))
            return None

    def _make_room(self, request: CollectRequest) -> None:
        """Caches first, which only cost time; then images until it is enough, and what was kept for them."""
        self._engine.drop_caches()
        self._mounts.drop_lone_files()
        removed = 0
        for remove, stored in self._candidates(request):
            if not is_too_full(self._measure(), request):
                break
            log.info("image_collected", image=stored.name, unused_days=round(stored.age_seconds / DAY_SECONDS, 1))
            try:
                remove(stored.name)
            except EngineError as error:
                log.warning("image_not_collected", image=stored.name, error=str(error))
                continue
            self._uses.forget(stored.name)
            removed += 1
        if removed:
            self._engine.drop_caches()
        disk = self._measure()
        if disk.free_bytes < request.reserve_bytes:
            self._remove_volumes(request, after_seconds=0)
            disk = self._measure()
        if is_too_full(disk, request):
            # What is left is needed; looking again at once would only empty the caches again and again.
            self._next_try_at = time.monotonic() + MEASURE_EVERY_SECONDS
            log.warning("disk_stays_full", taken_bytes=disk.taken_bytes, free_bytes=disk.free_bytes)

    def _candidates(self, request: CollectRequest) -> Iterator[tuple[Callable[[str], None], Stored]]:
        """Images, static releases and what apps mounted in one row, the least recently used first."""
        used = {tracked.spec.image for tracked in self._roster.all() if tracked.spec is not None}
        images = [
            Stored(each.name, self._uses.age_seconds(each.name, each.made_at), each.in_use)
            for each in self._engine.images()
        ]
        static, mounts = self._static_releases(), self._mounts.stored()
        removers: dict[str, Callable[[str], None]] = {each.name: self._remove_static for each in static}
        removers |= {each.name: self._mounts.remove for each in mounts}
        removers |= {each.name: self._engine.remove_image for each in images}
        for stored in removable([*images, *static, *mounts], request, used):
            yield removers[stored.name], stored

    def _static_releases(self) -> list[Stored]:
        static = self._settings.data_dir / "static"
        found = [path for path in static.glob("*/*") if path.is_dir()]
        names = {f"{path.parent.name}/{path.name}": path for path in found}
        return [Stored(name, self._uses.age_seconds(name, path.stat().st_mtime)) for name, path in names.items()]

    def _remove_static(self, name: str) -> None:
        remove_tree(self._settings.data_dir / "static" / name)

    def _remove_orphans(self, request: CollectRequest) -> None:
        used = self._used_spaces()
        for kind in ("logs/run", "static"):
            folder = self._settings.data_dir / kind
            for space_id in orphans(_folders(folder), request, used):
                log.info("leftovers_of_a_removed_space", kind=kind, space_id=space_id)
                remove_tree(folder / space_id)

    def _remove_volumes(self, request: CollectRequest, after_seconds: float = ABANDONED_SECONDS) -> None:
        folder, used = self._settings.data_dir / "volumes", self._used_spaces()
        gone = orphans(_folders(folder), request, used)
        for volume in abandoned(folder, gone, {*request.space_ids, *used}, after_seconds):
            log.info("leftovers_of_a_removed_space", kind="volumes", space_id=volume.name)
            remove_tree(volume)

    def _remove_mounts(self) -> None:
        """Files of repos that no app has had at hand for long: they may not even be on the hub any more."""
        self._mounts.clear_leftovers()
        self._mounts.forget_all_but({tracked.instance_id for tracked in self._roster.all()})
        for stored in self._mounts.stored():
            if not stored.in_use and stored.age_seconds > UNUSED_SECONDS:
                self._mounts.remove(stored.name)

    def _used_spaces(self) -> set[str]:
        """Those that have instances here."""
        reports = [tracked.report for tracked in self._roster.all()]
        return {report.space_id for report in reports if report is not None}

    def _remove_old_logs(self, request: CollectRequest) -> None:
        logs = self._settings.data_dir / "logs"
        oldest = time.time() - request.keep_logs_days * DAY_SECONDS
        for path in (*logs.glob("build/*"), *logs.glob("run/*/*")):
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _disk(self) -> Disk:
        """Counted when it is time; how much of the whole disk is free is always known."""
        if self._measured_at is None or time.monotonic() - self._measured_at > MEASURE_EVERY_SECONDS:
            return self._measure()
        return Disk(self._taken_bytes, self._free_bytes())

    def _measure(self) -> Disk:
        images_bytes = self._engine.images_bytes()
        self.leftovers = replace(self.leftovers, images_bytes=images_bytes)
        others = [*(self._settings.data_dir / name for name in ("static", "logs")), self._mounts.folder]
        self._taken_bytes = images_bytes + sum(used_bytes(folder) for folder in others if folder.is_dir())
        self._measured_at = time.monotonic()
        return Disk(self._taken_bytes, self._free_bytes())

    def _count_leftovers(self, request: CollectRequest) -> None:
        """After each measurement, which costs as much."""
        folder = self._settings.data_dir / "static"
        removers = list(self._candidates(request))
        images = [stored.name for remove, stored in removers if remove == self._engine.remove_image]
        static = [folder / stored.name for remove, stored in removers if remove == self._remove_static]
        volumes = self._settings.data_dir / "volumes"
        gone = [mark.parent for mark in volumes.glob(f"*/{ABANDONED_FILE}")]
        self.leftovers = replace(
            self.leftovers,
            unneeded_bytes=self._engine.freed_bytes(images) + (used_bytes(*static) if static else 0),
            abandoned_bytes=used_bytes(*gone) if gone else 0,
        )
        self._counted_at = self._measured_at

    def _free_bytes(self) -> int:
        return shutil.disk_usage(self._settings.data_dir).free


def _folders(folder: Path) -> list[Stored]:
    if not folder.is_dir():
        return []
    now = time.time()
    return [Stored(path.name, now - path.stat().st_mtime) for path in folder.iterdir() if path.is_dir()]
