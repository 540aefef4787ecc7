"""Visits, from the gateways' counters into the database."""

from datetime import UTC, datetime

from spaceport.interfaces import Database, RouteTable


class ActivityStep:
    """Counters start at zero with each Redis, so only their growth is added."""

    def __init__(self, database: Database, routes: RouteTable) -> None:
        self._database = database
        self._routes = routes
        self._counted: dict[str, int] = {}

    def take(self) -> None:
        """Raises: Unavailable."""
        changed = {
            space_id: activity
            for space_id, activity in self._routes.activity().items()
            if activity.requests != self._counted.get(space_id)
        }
        for space_id, activity in changed.items():
            before = self._counted.get(space_id)
            grown = activity.requests - before if before is not None else 0
            with self._database.begin() as tx:
                space = tx.spaces.get(space_id)
                if space is not None:
                    visits = space.visits + (grown if grown >= 0 else activity.requests)
                    last_visit_at = datetime.fromtimestamp(activity.last_visit_at, UTC)
                    tx.spaces.update(space_id, visits=visits, last_visit_at=last_visit_at)
            self._counted[space_id] = activity.requests
