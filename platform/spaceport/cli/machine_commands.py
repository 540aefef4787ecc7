"""Commands of an admin about machines, over the API of a hub."""

from typing import Any

import click

from spaceport.cli.hub_options import client_of, on_a_hub


def register(group: click.Group) -> None:
    for command in (machines, drain, undrain):
        group.add_command(command)


_builder = click.option("--builder", type=click.IntRange(min=1), help="This builder only, counted from 1.")


@click.command()
@on_a_hub
def machines(hub: str | None, token: str | None) -> None:
    """List the machines, what runs on them, and which are drained."""
    for machine in client_of(hub, token).call("GET", "/api/admin/machines"):
        spaces, builds = len(machine["spaces"]), machine["builds"]
        heard = "" if machine["reports"] else ", gives no sign of life"
        click.echo(f"{machine['name']}  Spaces: {spaces}, builds: {builds}{heard}{_drain_words(machine['drain'])}")
        for builder in machine["builders"]:
            if builder["drain"] is not None:
                click.echo(f"  builder {builder['number']}{_drain_words(builder['drain'])}")


@click.command()
@click.argument("machine")
@_builder
@click.option("--reason", default="", help="Told to everybody whose Space waits for it.")
@click.option("--move-spaces", is_flag=True, help="Start its Spaces elsewhere, then end them here.")
@on_a_hub
def drain(
    machine: str, builder: int | None, reason: str, move_spaces: bool, hub: str | None, token: str | None
) -> None:
    """Let MACHINE take no new builds and start no Spaces; what runs there goes on."""
    asked = {"builder": builder, "reason": reason, "moveSpaces": move_spaces}
    client_of(hub, token).call("POST", f"/api/admin/machines/{machine}/drain", json=asked)
    what = f"builder {builder} of {machine}" if builder else machine
    click.echo(f"{what} is drained" + ("; its Spaces move where they can" if move_spaces and not builder else ""))


@click.command()
@click.argument("machine")
@_builder
@on_a_hub
def undrain(machine: str, builder: int | None, hub: str | None, token: str | None) -> None:
    """Let MACHINE take builds and Spaces again."""
    client_of(hub, token).call("POST", f"/api/admin/machines/{machine}/undrain", json={"builder": builder})
    click.echo(f"{f'builder {builder} of ' if builder else ''}{machine} takes new work again")


def _drain_words(drain: dict[str, Any] | None) -> str:
    if drain is None:
        return ""
    moves = ", its Spaces move" if drain["moveSpaces"] else ""
    why = f": {drain['reason']}" if drain["reason"] else ""
    return f"; drained by {drain['by']} since {drain['since'][:16]}{moves}{why}"
