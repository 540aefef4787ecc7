"""Xorbs of which nobody made anything: they go after a day, like large files that no commit names."""

from datetime import timedelta

import structlog

from spaceport.repos.xet.generation import current_generation, renew_generation
from spaceport.repos.xet.library import xet_folder
from spaceport.repos.xet.xorb_files import XorbFiles
from spaceport.services import Services

log = structlog.get_logger()


def collect_xorbs(services: Services) -> None:
    """Where a large file went, its chunks went with it: clients that remember them must hear of it."""
    folder = xet_folder(services)
    oldest = services.clock.now() - timedelta(seconds=services.settings.unused_file_seconds)
    removed = XorbFiles(folder).clear(oldest.timestamp())
    with services.database.begin() as tx:
        tx.xorbs.forget_sent_before(oldest)
        lost = tx.xorbs.forget_lost()
    if lost:
        renew_generation(folder, current_generation(folder))
    if removed or lost:
        log.info("collected xorbs", unused=removed, lost=lost)
