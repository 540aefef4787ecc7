"""The ``spaceport`` command."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import click

from spaceport import __version__
from spaceport.cli import (
    domain_commands,
    machine_commands,
    org_commands,
    quota_commands,
    repo_commands,
    space_commands,
)
from spaceport.cli.errors import plain_errors
from spaceport.errors import UserNotFound
from spaceport.settings import Settings, load_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spaceport")
def main() -> None:
    """Self-hosted Spaces: push a repo, get a running app at its own URL.

    Settings are environment variables (SPACEPORT_...), listed in the README.
    """


@main.command()
@click.option("--engine", type=click.Choice(["auto", "docker", "sandbox"]), help="Where Spaces run.")
@click.option("--samples/--no-samples", default=True, help="Push the sample Spaces at the first start.")
@plain_errors
def up(engine: str | None, samples: bool) -> None:
    """Start everything on this machine; Ctrl-C ends it."""
    from spaceport.up import run_all

    sys.exit(run_all(load_settings(engine=engine), with_samples=samples))


@main.command()
@plain_errors
def hub() -> None:
    """Run the hub alone: pages, API, git."""
    import uvicorn

    from spaceport.bootstrap import make_hub

    settings = _prepare("hub")
    uvicorn.run(
        make_hub(settings),
        host=settings.listen_host,
        port=settings.hub_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
        date_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies or "127.0.0.1",
    )


@main.command()
@plain_errors
def controller() -> None:
    """Run the controller alone: plans, deploys, repairs."""
    from spaceport.bootstrap import make_controller, make_courier, make_domain_check, make_timers

    settings = _prepare("controller")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    make_courier(settings, stop).start()
    make_timers(settings, stop).start()
    if settings.custom_domains == "verify":
        make_domain_check(settings, stop).start()
    make_controller(settings, stop).run()


@main.command()
@click.option("--stop-instances-on-exit", is_flag=True, help="End the running Spaces with the runner.")
@plain_errors
def runner(stop_instances_on_exit: bool) -> None:
    """Run this machine's runner alone: builds images, keeps instances."""
    from spaceport.bootstrap import make_runner_settings
    from spaceport_runner.main import main as run_runner

    settings = _prepare("runner")
    sys.exit(run_runner(make_runner_settings(settings, stop_instances_on_exit)))


@main.command()
@plain_errors
def gateway() -> None:
    """Run the gateway alone: carries visitors to Spaces."""
    import uvloop

    from spaceport.bootstrap import make_gateway_settings
    from spaceport.gateway.server import serve

    settings = _prepare("gateway")

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await serve(make_gateway_settings(settings), stop)

    uvloop.run(run())


@main.command()
@click.option("--listen", help="host:port to listen on; a socket in the data folder without it.")
@plain_errors
def redis(listen: str | None) -> None:
    """Run the embedded Redis server alone."""
    from spaceport.embedded_redis import redis_command

    command = redis_command(_prepare("redis"), listen)
    os.execv(command[0], command)


@main.command()
@plain_errors
def samples() -> None:
    """Push the sample Spaces with the credentials of the first start."""
    from spaceport.first_start import kept_credentials
    from spaceport.samples import push_sample, sample_folders

    settings = load_settings()
    credentials = kept_credentials(settings.data_dir)
    if credentials is None:
        raise UserNotFound("the file with the credentials of the first start is gone: push the samples with git")
    for folder in sample_folders(settings.samples_dir):
        pushed = push_sample(settings.internal_hub, credentials.name, credentials.token, folder)
        click.echo(f"{pushed.name}: {pushed.problem or 'pushed'}")


@main.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path))
@click.option("--hub", envvar="HF_ENDPOINT", help="Spaceport to ask what its engines can do (or HF_ENDPOINT).")
@plain_errors
def check(folder: Path, hub: str | None) -> None:
    """Say what a push of FOLDER would be told, without pushing; exit code 1 when it would be refused."""
    from spaceport.repos.check_folder import check_folder

    settings = load_settings()
    checked = check_folder(folder, settings, hub or settings.hub)
    for line in checked.lines():
        click.echo(line)
    if not checked.lines():
        click.echo("nothing to say: this can be pushed")
    sys.exit(1 if checked.problems else 0)


@main.group()
def user() -> None:
    """Manage users."""


@user.command("add")
@click.argument("name")
@click.option("--admin", is_flag=True, help="May see and do everything.")
@click.password_option()
@plain_errors
def user_add(name: str, admin: bool, password: str) -> None:
    """Add a user."""
    from spaceport.bootstrap import make_services
    from spaceport.identity import create_user

    create_user(make_services(load_settings()), name, password, is_admin=admin)
    click.echo(f"user {name} added")


@user.command("password")
@click.argument("name")
@click.password_option()
@plain_errors
def user_password(name: str, password: str) -> None:
    """Give a user another password; all browsers of the user are signed out."""
    from spaceport.bootstrap import make_services
    from spaceport.identity import set_password
    from spaceport.organizations import find_person

    services = make_services(load_settings())
    with services.database.read() as tx:
        found = find_person(tx, name)
    set_password(services, found, password)
    click.echo(f"{found.name} has another password")


@user.command("token")
@click.argument("name")
@click.option("--label", default="command line", help="What the token is for.")
@click.option("--role", type=click.Choice(["read", "write"]), default="write")
@plain_errors
def user_token(name: str, label: str, role: str) -> None:
    """Make a token for a user and print it once."""
    from spaceport.bootstrap import make_services
    from spaceport.identity import create_token

    services = make_services(load_settings())
    with services.database.read() as tx:
        found = tx.accounts.user_by_name(name)
    if found is None:
        raise UserNotFound(f"no user {name}: add one with spaceport user add")
    click.echo(create_token(services, found, label, role))


def _prepare(process: str) -> Settings:
    from spaceport.process_logging import configure_logging

    settings = load_settings()
    configure_logging(process, settings.data_dir)
    return settings


machine_commands.register(main)
org_commands.register(main)
domain_commands.register(main)
quota_commands.register(main)
repo_commands.register(main)
space_commands.register(main)
