"""What the disk holds, and what of it would be freed, for admins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.domain.blob import Shelf
from spaceport.domain.space_fact import SpaceFact
from spaceport.event_stream import event_stream
from spaceport.rollout.garbage import images_budget
from spaceport.settings import Settings
from spaceport.web.admin_overview import OverviewReader
from spaceport.web.context import Web
from spaceport.web.live_parts import live_parts
from spaceport.web.visitor import admin_of
from spaceport_runner.contract import RunnerReport

_PATH = "/admin/-/storage"
#: All files are added up: while somebody looks on, less often than other figures.
_EVERY_SECONDS = 15.0
#: Spaces that are named.
_LARGEST = 10


@dataclass(frozen=True)
class MachineDisk:
    """
    ``over_bytes`` is what is above the budget, or what is missing to the reserve, whichever is more. Of what no release
    needs, ``unneeded_bytes`` (None where the machine has not counted it yet), so much at least goes at the next look:
    whole images.
    """

    runner: RunnerReport
    budget_bytes: int | None
    reserve_bytes: int
    over_bytes: int
    unneeded_bytes: int | None = None

    @property
    def freed_bytes(self) -> int:
        return self.over_bytes if self.unneeded_bytes is None else min(self.over_bytes, self.unneeded_bytes)

    @property
    def is_exact(self) -> bool:
        """Whether all goes that may: less would be too little."""
        return self.unneeded_bytes is not None and self.over_bytes >= self.unneeded_bytes


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    reader, settings = OverviewReader(web.services), web.services.settings

    def read() -> dict[str, Any]:
        overview = reader.read()
        before = web.services.clock.now() - timedelta(seconds=settings.unused_file_seconds)
        with web.services.database.read() as tx:
            files, unnamed = tx.blobs.all_together(), tx.blobs.unnamed_together()
            unused = tx.blobs.unused(before)
        return {
            "overview": overview,
            "files": files,
            "unnamed": unnamed,
            "unused": Shelf(len(unused), sum(blob.size_bytes for blob in unused)),
            "machines": [machine_of(runner, settings) for runner in overview.runners],
            # Volumes are in the data folder that all machines share.
            "abandoned_bytes": max((runner.abandoned_bytes or 0 for runner in overview.runners), default=0),
            "volumes": volumes_of([line.fact for line in overview.spaces]),
            "largest": sorted(overview.spaces, key=lambda line: -line.disk_bytes)[:_LARGEST],
        }

    @router.get(_PATH, include_in_schema=False)
    def storage(request: Request) -> Response:
        return web.renderer.page(request, admin_of(request), "admin_storage.html", **read())

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        await run_in_threadpool(admin_of, request)
        return event_stream(
            live_parts(web, lambda: {"storage": web.renderer.part("_admin_storage.html", **read())}, _EVERY_SECONDS)
        )

    return router


def machine_of(runner: RunnerReport, settings: Settings) -> MachineDisk:
    """As ``rollout.garbage`` tells the runner. Pure."""
    budget = images_budget(runner, settings)
    reserve = max(settings.disk_reserve_bytes, settings.build_disk_bytes)
    above = (runner.images_bytes or 0) - budget if budget else 0
    missing = reserve - runner.disk_free_bytes
    over = min(max(above, missing, 0), runner.images_bytes or 0)
    return MachineDisk(runner, budget, reserve, over, runner.unneeded_bytes)


def volumes_of(facts: Sequence[SpaceFact]) -> Shelf:
    """What all /data hold together. Pure."""
    used = [fact.volume_used_bytes for fact in facts if fact.volume_used_bytes]
    return Shelf(len(used), sum(used))
