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


def frozen_instances(platform: Platform) -> set[str]:
    """Ids of those that the runner has put into the freezer."""
    socket = platform.data_dir / "redis" / "redis.sock"
    with Redis(unix_socket_path=str(socket), decode_responses=True) as redis:
        observed = redis.hgetall(f"spaceport:observed:test{platform.hub_port}")
    return {instance_id for instance_id, report in observed.items() if json.loads(report)["is_frozen"]}
