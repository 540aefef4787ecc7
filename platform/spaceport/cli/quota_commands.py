"""The command of an admin about how much one owner may have, over the API of a hub."""

from typing import Any

import click

from spaceport.cli.hub_options import client_of, on_a_hub
from spaceport.domain.quota import KINDS, amount_of, amount_words
from spaceport.errors import BadRequest

#: Of each kind: its key in the API, and the option.
_KEYS = {
    "spaces": "spaces",
    "running": "running",
    "memory_bytes": "memoryBytes",
    "cpus": "cpus",
    "gpus": "gpus",
    "storage_bytes": "storageBytes",
}


def register(group: click.Group) -> None:
    group.add_command(quota)


@click.command()
@click.argument("owner")
@click.option("--spaces", help="How many there may be.")
@click.option("--running", help="How many may run at the same time.")
@click.option("--memory", "memory_bytes", help="Of running Spaces together, in GiB.")
@click.option("--cpus", help="Of running Spaces together.")
@click.option("--gpus", help="Of running Spaces together.")
@click.option("--storage", "storage_bytes", help="Of large files and /data, in GiB.")
@on_a_hub
def quota(owner: str, hub: str | None, token: str | None, **asked: str | None) -> None:
    """Show, and change with options, how much OWNER (a user or an organization) may have.

    Each option takes a number, unlimited, or default to be like everybody.
    """
    changes = {_KEYS[kind]: _amount(kind, text) for kind, text in asked.items() if text is not None}
    client, path = client_of(hub, token), f"/api/admin/quotas/{owner}"
    found: dict[str, Any] = client.call("POST", path, json=changes) if changes else client.call("GET", path)
    for kind in KINDS:
        value = found[_KEYS[kind]]
        taken, own = amount_words(kind, value["used"]), "" if value["own"] is None else "  (own quota)"
        click.echo(f"{kind.removesuffix('_bytes'):8} {taken} of {amount_words(kind, value['allowed'])}{own}")


def _amount(kind: str, text: str) -> float | int | None:
    try:
        return amount_of(kind, text)
    except ValueError as error:
        raise BadRequest(str(error)) from error
