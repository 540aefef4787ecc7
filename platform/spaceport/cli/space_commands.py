"""Commands about Spaces on a hub, near or far: everything goes over its API, with a token."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spaceport.cli.hub_options import client_of, on_a_hub

if TYPE_CHECKING:
    from spaceport.cli.deploy_watch import Verdict
    from spaceport.cli.hub_client import HubClient

_DEFAULT_TIMEOUT_SECONDS = 1800


def _waits(default: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    wait = click.option("--wait/--no-wait", default=default, show_default=True, help="Wait until it is live.")
    timeout = click.option(
        "--timeout",
        type=click.FloatRange(min=1),
        default=_DEFAULT_TIMEOUT_SECONDS,
        show_default=True,
        help="Seconds to wait.",
    )
    return lambda command: wait(timeout(command))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--space", help="owner/name; the folder's name in your own namespace when left out.")
@click.option("--private/--public", default=None, help="When the Space has to be made first.")
@click.option("--message", "-m", default="Deploy", show_default=True, help="Of the commit, for a folder without git.")
@click.option("--force", is_flag=True, help="Replace commits that the Space has and a repository has not.")
@_waits(default=False)
@on_a_hub
def deploy(
    folder: Path,
    space: str | None,
    private: bool | None,
    message: str,
    force: bool,
    wait: bool,
    timeout: float,
    hub: str | None,
    token: str | None,
) -> None:
    """Push FOLDER to a Space, which is made where there is none; with --wait, fail if it does not come up.

    A git repository pushes the commit it is at. The files of any other folder become one commit.
    """
    from spaceport.cli.deploy_watch import Watch
    from spaceport.cli.folder_push import push_folder

    client = client_of(hub, token)
    name = full_name(client, space or folder.resolve().name)
    _ensure_space(client, name, folder, private)
    pushed = push_folder(client, name, folder, message, force or _is_untouched(client, name))
    for note in pushed.notes:
        click.echo(note, err=True)
    click.echo(f"pushed {pushed.sha[:7]} to {name}" if pushed.is_new else f"{name} has {pushed.sha[:7]} already")
    if wait:
        watch = Watch(client, name, click.echo, timeout)
        _finish(client, name, watch.until_live(pushed.sha, pushed.is_new))


@click.command()
@click.argument("space")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@on_a_hub
def releases(space: str, limit: int, hub: str | None, token: str | None) -> None:
    """List what was deployed of SPACE, newest first; the star marks what serves."""
    client = client_of(hub, token)
    name = full_name(client, space)
    answer = client.call("GET", f"/api/spaces/{name}/releases", params={"limit": limit})
    serving = answer["serving"]
    for release in answer["releases"]:
        star = "*" if serving and serving["number"] == release["number"] else " "
        who = f"{release['createdAt'][:19].replace('T', ' ')}  {release['createdBy']}"
        words = f"{release['kind']:8}  {release['status']:10}  {release['sha'][:7]}  {who}  {release['message']}"
        click.echo(f"{star}{release['number']:>4}  {words}")
    if serving and serving["sha"] != answer["mainSha"]:
        click.echo(f"serving {serving['sha'][:7]}, main is at {answer['mainSha'][:7]}")


@click.command()
@click.argument("space")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@click.option("--reason", default="", help="Kept in the history.")
@_waits(default=True)
@on_a_hub
def rollback(
    space: str, number: int, reason: str, wait: bool, timeout: float, hub: str | None, token: str | None
) -> None:
    """Serve release NUMBER of SPACE again, without a build; its repo stays where it is."""
    from spaceport.cli.deploy_watch import Watch

    client = client_of(hub, token)
    name = full_name(client, space)
    answer = client.call("POST", f"/api/spaces/{name}/releases/{number}/rollback", json={"reason": reason})
    made = answer["release"]["number"]
    click.echo(f"release {made} of {name} goes back to what release {number} was")
    for line in answer["leftBehind"]:
        click.echo(f"not rolled back: {line}")
    if wait:
        _finish(client, name, Watch(client, name, click.echo, timeout).until_release(made))


@click.command()
@click.argument("space")
@click.option("--factory", is_flag=True, help="Build anew, with nothing from the cache.")
@click.option("--locked", is_flag=True, help="Build anew with the versions that worked last.")
@on_a_hub
def restart(space: str, factory: bool, locked: bool, hub: str | None, token: str | None) -> None:
    """Start SPACE anew; what serves goes on until the new instance answers."""
    client = client_of(hub, token)
    name = full_name(client, space)
    wishes = {key: "true" for key, wished in (("factory", factory), ("locked", locked)) if wished}
    runtime = client.call("POST", f"/api/spaces/{name}/restart", params=wishes)
    click.echo(f"{name}: {runtime['stage']}")


@click.command()
@click.argument("space")
@on_a_hub
def review(space: str, hub: str | None, token: str | None) -> None:
    """Ask the admin to look at SPACE, which an admin or the platform stopped."""
    client = client_of(hub, token)
    name = full_name(client, space)
    runtime = client.call("POST", f"/api/spaces/{name}/review")
    click.echo(f"{name}: the admins see that you ask for a review ({runtime['reason']})")


def register(main: click.Group) -> None:
    for command in (deploy, releases, rollback, restart, review):
        main.add_command(command)


def full_name(client: "HubClient", space: str) -> str:
    return space if "/" in space else f"{client.whoami()}/{space}"


def _ensure_space(client: "HubClient", name: str, folder: Path, private: bool | None) -> None:
    """Raises: what the hub says about a new Space of this kind."""
    from spaceport.domain.front_matter import read_front_matter
    from spaceport.errors import NotFound

    try:
        client.call("GET", f"/api/spaces/{name}")
    except NotFound:
        readme = folder / "README.md"
        card = read_front_matter(readme.read_text(errors="replace")).values if readme.is_file() else {}
        owner, _, short = name.partition("/")
        body = {"name": short, "organization": owner, "type": "space", "sdk": card.get("sdk", "gradio")}
        client.call("POST", "/api/repos/create", json=body | ({} if private is None else {"private": private}))
        click.echo(f"made the Space {name}")


def _is_untouched(client: "HubClient", name: str) -> bool:
    """Whether all that the Space has is the README it was made with, which nobody misses."""
    from spaceport.repos.creation import FIRST_MESSAGE

    commits = client.call("GET", f"/api/spaces/{name}/commits/main")
    return [each["title"] for each in commits] == [FIRST_MESSAGE]


def _finish(client: "HubClient", name: str, verdict: "Verdict") -> None:
    from spaceport.cli.deploy_watch import Outcome

    if verdict.outcome is Outcome.LIVE:
        click.echo(f"live at {client.call('GET', f'/api/spaces/{name}')['host']}")
        return
    click.echo(f"failed: {verdict.words}", err=True)
    if verdict.suggestion:
        click.echo(f"suggestion: {verdict.suggestion}", err=True)
    sys.exit(1)
