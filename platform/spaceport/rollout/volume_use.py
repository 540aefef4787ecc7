"""What the volumes of Spaces hold, from the reports of runners into the database: there for those that sleep, too."""

from collections.abc import Iterable

from spaceport.interfaces import Database
from spaceport_runner.contract import InstanceReport


def note_volume_use(database: Database, reports: Iterable[InstanceReport]) -> None:
    """A few times a minute: a busy volume changes all the time."""
    held = volume_use(reports)
    if not held:
        return
    with database.read() as tx:
        known = {space.id: space.volume_used_bytes for space in tx.spaces.all()}
    changed = {space_id: used for space_id, used in held.items() if space_id in known and known[space_id] != used}
    if changed:
        with database.begin() as tx:
            for space_id, used in changed.items():
                tx.spaces.update(space_id, volume_used_bytes=used)


def volume_use(reports: Iterable[InstanceReport]) -> dict[str, int]:
    """
    Bytes by Space, of those that were measured.

    Two instances of a Space share its volume, and the older one may have been measured before something was written.
    """
    held: dict[str, int] = {}
    for report in sorted(reports, key=lambda report: report.generation):
        if report.volume_used_bytes is not None:
            held[report.space_id] = report.volume_used_bytes
    return held
