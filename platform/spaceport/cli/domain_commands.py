"""Commands about a Space's own domains; they go over the API of the hub, with a token."""

from typing import Any

import click

from spaceport.cli.hub_options import client_of, on_a_hub
from spaceport.cli.space_commands import full_name


def register(main: click.Group) -> None:
    main.add_command(domain)


@click.group()
def domain() -> None:
    """List, add, check and remove a Space's own domains."""


@domain.command("list")
@click.argument("space")
@on_a_hub
def list_domains(space: str, hub: str | None, token: str | None) -> None:
    """List the domains of SPACE, and the records that are waited for."""
    client = client_of(hub, token)
    for each in client.call("GET", f"/api/spaces/{full_name(client, space)}/domains"):
        _show(each)


@domain.command()
@click.argument("space")
@click.argument("name")
@on_a_hub
def add(space: str, name: str, hub: str | None, token: str | None) -> None:
    """Let the domain NAME lead to SPACE, once a DNS record proves that it is yours."""
    _call("POST", "", space, name, hub, token)


@domain.command()
@click.argument("space")
@click.argument("name")
@on_a_hub
def check(space: str, name: str, hub: str | None, token: str | None) -> None:
    """Look for the DNS record of the domain NAME now."""
    _call("POST", "/check", space, name, hub, token)


@domain.command()
@click.argument("space")
@click.argument("name")
@on_a_hub
def remove(space: str, name: str, hub: str | None, token: str | None) -> None:
    """Let the domain NAME lead to SPACE no more."""
    _call("DELETE", "", space, name, hub, token)
    click.echo(f"{name}: removed")


def _call(method: str, verb: str, space: str, name: str, hub: str | None, token: str | None) -> None:
    client = client_of(hub, token)
    path = f"/api/spaces/{full_name(client, space)}/domains{verb}"
    answer = client.call(method, path, json={"domain": name})
    if answer:
        _show(answer)


def _show(told: dict[str, Any]) -> None:
    click.echo(f"{told['domain']}: {told['status']}")
    if told["status"] == "waiting":
        record = told["record"]
        click.echo(f'  set {record["name"]}. {record["type"]} "{record["value"]}"')
        if told["problem"]:
            click.echo(f"  {told['problem']}")
