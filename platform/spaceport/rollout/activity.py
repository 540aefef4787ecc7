"""Visits, from the gateways' counters into the database."""

from datetime import UTC, datetime

from spaceport.domain.route import Activity
from spaceport.domain.space import Space
from spaceport.interfaces import Clock, Database, RouteTable


class ActivityStep:
    """Counters start at zero with each Redis, so only their growth is added."""

    def __init__(self, database: Database, routes: RouteTable, clock: Clock) -> None:
        self._database = database
        self._routes = routes
        self._clock = clock
        self._counted: dict[str, int] = {}

    def take(self) -> None:
        """Raises: Unavailable."""
        found, now = self._routes.activity(), self._clock.now()
        with self._database.read() as tx:
            spaces = {space.id: space for space in tx.spaces.all()}
        changes = {
            space_id: self._changes(spaces[space_id], activity, now)
            for space_id, activity in found.items()
            if space_id in spaces
        }
        for space_id, values in changes.items():
            if values:
                with self._database.begin() as tx:
                    tx.spaces.update(space_id, **values)
        self._counted = {space_id: activity.requests for space_id, activity in found.items()}

    def _changes(self, space: Space, activity: Activity, now: datetime) -> dict[str, object]:
        changes: dict[str, object] = {}
        before = self._counted.get(space.id)
        if activity.requests != before and activity.last_visit_at:
            grown = activity.requests - before if before is not None else 0
            changes["visits"] = space.visits + (grown if grown >= 0 else activity.requests)
            changes["last_visit_at"] = datetime.fromtimestamp(activity.last_visit_at, UTC)
        used_at = used_at_of(activity, now)
        if used_at is not None and (space.last_use_at is None or used_at > space.last_use_at):
            changes["last_use_at"] = used_at
        return changes


def used_at_of(activity: Activity, now: datetime) -> datetime | None:
    """When it was used last: right now while a request, stream or socket is open."""
    if activity.open:
        return now
    return None if activity.last_use_at is None else datetime.fromtimestamp(activity.last_use_at, UTC)
