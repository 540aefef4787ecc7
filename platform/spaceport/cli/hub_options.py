"""Which hub a command talks to, and as whom."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from spaceport.cli.errors import plain_errors

if TYPE_CHECKING:
    from spaceport.cli.hub_client import HubClient

_HUB_VARIABLE = "HF_ENDPOINT"
#: The first of these that is set.
_TOKEN_VARIABLES = ("SPACEPORT_TOKEN", "HF_TOKEN")


def on_a_hub(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that goes over the API of a hub, near or far."""
    hub = click.option("--hub", envvar=_HUB_VARIABLE, help="Address of the hub [HF_ENDPOINT; else this machine's].")
    token = click.option(
        "--token", envvar=list(_TOKEN_VARIABLES), help="Access token [SPACEPORT_TOKEN or HF_TOKEN; else the admin's]."
    )
    return hub(token(plain_errors(command)))


def client_of(hub: str | None, token: str | None) -> "HubClient":
    """Without options and variables: this machine's hub, and its admin as long as the first credentials are kept."""
    from spaceport.cli.hub_client import HubClient
    from spaceport.first_start import kept_credentials
    from spaceport.settings import load_settings

    if not hub:
        settings = load_settings()
        kept = kept_credentials(settings.data_dir)
        hub, token = settings.internal_hub, token or (kept.token if kept else "")
    client = HubClient(hub, token or "")
    click.get_current_context().call_on_close(client.close)
    return client
