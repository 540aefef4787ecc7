"""What ``spaceport up`` tells on the terminal; pure text."""

from collections.abc import Sequence

from spaceport.first_start import CREDENTIALS_FILE, Credentials
from spaceport.settings import Settings
from spaceport_runner.contract import Capabilities


def welcome(settings: Settings, credentials: Credentials | None, capabilities: Capabilities | None) -> str:
    """Where things are, how to sign in, what runs Spaces and what it isolates, how to push."""
    lines = ["", f"  Spaceport is up: {settings.hub}", "", *_sign_in(settings, credentials), "", *_engine(capabilities)]
    return "\n".join([*lines, "", *_how_to_push(settings, credentials), ""])


def _sign_in(settings: Settings, credentials: Credentials | None) -> list[str]:
    if credentials is None:
        return ["  sign in   with the accounts made before"]
    return [
        f"  user      {credentials.name}",
        f"  password  {credentials.password}",
        f"  token     {credentials.token}",
        f"            (kept in {settings.data_dir / CREDENTIALS_FILE}; remove the file once you have noted them)",
    ]


def _engine(capabilities: Capabilities | None) -> list[str]:
    if capabilities is None:
        return ["  engine    the runner has not reported yet, see logs/processes/runner.log in the data folder"]
    return [
        f"  engine    {capabilities.engine}",
        *_wrapped("isolates", capabilities.isolation),
        *_wrapped("does not", capabilities.not_isolated),
    ]


def _wrapped(label: str, items: Sequence[str]) -> list[str]:
    return [f"  {label if index == 0 else '':<9} {item}" for index, item in enumerate(items)]


def _how_to_push(settings: Settings, credentials: Credentials | None) -> list[str]:
    name = credentials.name if credentials else "<user>"
    host = settings.hub.partition("://")[2]
    return [
        "  push      make a Space on the page /new-space, then in a folder with README.md and app.py:",
        f"            git push --force http://{name}@{host}/spaces/{name}/<space> main",
        "            (the token is the password; --force, once, replaces the README that a new Space begins with)",
        "",
        "  stop      Ctrl-C",
    ]
