"""What the volumes of Spaces hold, from the reports of runners into the database: there for those that sleep, too."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from spaceport.interfaces import Database
from spaceport_runner.contract import InstanceReport


@dataclass(frozen=True)
class VolumeUse:
    """What a volume holds, or held when that could last be counted in time (``is_stale``)."""

    used_bytes: int | None
    is_stale: bool = False


def note_volume_use(database: Database, reports: Iterable[InstanceReport]) -> None:
    """A few times a minute: a busy volume changes all the time."""
    held = volume_use(reports)
    if not held:
        return
    with database.read() as tx:
        known = {space.id: VolumeUse(space.volume_used_bytes, space.volume_is_stale) for space in tx.spaces.all()}
    held = {space_id: _known_before(use, known.get(space_id)) for space_id, use in held.items()}
    changed = {space_id: use for space_id, use in held.items() if space_id in known and known[space_id] != use}
    if changed:
        with database.begin() as tx:
            for space_id, use in changed.items():
                tx.spaces.update(space_id, volume_used_bytes=use.used_bytes, volume_is_stale=use.is_stale)


def volume_use(reports: Iterable[InstanceReport]) -> dict[str, VolumeUse]:
    """
    By Space, of those that were measured, or could not be.

    Two instances of a Space share its volume, and the older one may have been measured before something was written.
    """
    held: dict[str, VolumeUse] = {}
    for report in sorted(reports, key=lambda report: report.generation):
        if report.volume_used_bytes is not None or report.volume_is_stale:
            held[report.space_id] = VolumeUse(report.volume_used_bytes, report.volume_is_stale)
    return held


def _known_before(use: VolumeUse, before: VolumeUse | None) -> VolumeUse:
    """A figure that is known stays until there is a newer one."""
    if use.used_bytes is not None or before is None:
        return use
    return replace(use, used_bytes=before.used_bytes)
