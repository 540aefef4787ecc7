"""Commands of an admin about repos of all types, over the API of a hub."""

import click

from spaceport.cli.hub_options import client_of, on_a_hub
from spaceport.domain.repo import RepoType


def register(group: click.Group) -> None:
    group.add_command(repo)


@click.group()
def repo() -> None:
    """Close repos to everybody but admins, and open them again."""


_type = click.option("--type", "kind", type=click.Choice([kind.value for kind in RepoType]), default="model")


@repo.command("disable")
@click.argument("name")
@_type
@click.option("--reason", default="", help="Kept in the history.")
@on_a_hub
def disable(name: str, kind: str, reason: str, hub: str | None, token: str | None) -> None:
    """Close the repo NAME (owner/name); the app of a Space is stopped."""
    path = f"/api/{RepoType(kind).plural}/{name}/disable"
    client_of(hub, token).call("POST", path, json={"reason": reason})
    click.echo(f"{name} is closed to all but admins")


@repo.command("enable")
@click.argument("name")
@_type
@on_a_hub
def enable(name: str, kind: str, hub: str | None, token: str | None) -> None:
    """Open the repo NAME again; the app of a Space is started by hand."""
    client_of(hub, token).call("POST", f"/api/{RepoType(kind).plural}/{name}/enable")
    click.echo(f"{name} is open again")
