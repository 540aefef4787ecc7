"""What the database says, for what no page and no API tells; and what only the passing of time would change."""

import json
import sqlite3
from typing import Any

from redis import Redis

from tests.e2e.platform import Platform


def query(platform: Platform, statement: str, **values: Any) -> list[dict[str, Any]]:
    connection = sqlite3.connect(platform.data_dir / "spaceport.sqlite3", timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            return [dict(row) for row in connection.execute(statement, values)]
    finally:
        connection.close()


def space_row(platform: Platform, space: str) -> dict[str, Any]:
    owner, name = space.split("/")
    [row] = query(platform, "SELECT * FROM spaces WHERE owner = :owner AND name = :name", owner=owner, name=name)
    return row


def change_space(platform: Platform, space: str, **changes: Any) -> None:
    """As if it had come to this by itself."""
    columns = ", ".join(f"{name} = :{name}" for name in changes)
    query(platform, f"UPDATE spaces SET {columns} WHERE id = :id", id=space_row(platform, space)["id"], **changes)


def instances_of(platform: Platform, space: str) -> list[dict[str, Any]]:
    """All there ever were, oldest first."""
    space_id = space_row(platform, space)["id"]
    return query(platform, "SELECT * FROM instances WHERE space_id = :id ORDER BY created_at", id=space_id)


def stages_told(platform: Platform, space: str) -> list[str]:
    """Every stage in its history, oldest first."""
    space_id = space_row(platform, space)["id"]
    told = query(
        platform, "SELECT details FROM happenings WHERE space_id = :id AND kind = 'stage' ORDER BY number", id=space_id
    )
    return [json.loads(row["details"])["stage"] for row in told]


def frozen_instances(platform: Platform) -> set[str]:
    """Ids of those that the runner has put into the freezer."""
    return {report["instance_id"] for report in _observed(platform) if report["is_frozen"]}


def observed_instances(platform: Platform, space: str) -> list[dict[str, Any]]:
    """What the runner says that it sees of a Space."""
    space_id = space_row(platform, space)["id"]
    return [report for report in _observed(platform) if report["space_id"] == space_id]


def last_sign_of_life(platform: Platform) -> float:
    """When the runner that runs now was heard of last, in seconds since the epoch; 0 while it was not yet."""
    with _redis(platform) as redis:
        report = json.loads(redis.get(f"spaceport:runner:test{platform.hub_port}") or "{}")
    return float(report.get("reported_at", 0))


def _observed(platform: Platform) -> list[dict[str, Any]]:
    with _redis(platform) as redis:
        return [json.loads(text) for text in redis.hvals(f"spaceport:observed:test{platform.hub_port}")]


def _redis(platform: Platform) -> Redis:
    socket = platform.data_dir / "redis" / "redis.sock"
    return Redis(unix_socket_path=str(socket), decode_responses=True)
