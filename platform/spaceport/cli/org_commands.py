"""Commands about organizations, in this machine's database: whoever runs them needs no right of a member."""

import click

from spaceport.cli.errors import plain_errors
from spaceport.domain.account import OrgRole
from spaceport.errors import BadRequest
from spaceport.settings import load_settings


def register(group: click.Group) -> None:
    group.add_command(org)


@click.group()
def org() -> None:
    """Manage organizations and their members."""


@org.command("add")
@click.argument("name")
@click.option("--admin", required=True, help="The user who governs it.")
@click.option("--fullname", default="", help="As people read it.")
@plain_errors
def add(name: str, admin: str, fullname: str) -> None:
    """Add an organization."""
    from spaceport.bootstrap import make_services
    from spaceport.organizations import create_organization, find_person

    services = make_services(load_settings())
    with services.database.read() as tx:
        founder = find_person(tx, admin)
    made = create_organization(services, name, founder, fullname)
    click.echo(f"organization {made.name} added; {founder.name} is its admin")


@org.command("member")
@click.argument("name")
@click.argument("user")
@click.option("--role", type=click.Choice([role.value for role in OrgRole]), help="Add the user, or give another role.")
@click.option("--remove", is_flag=True, help="Take the user out.")
@plain_errors
def member(name: str, user: str, role: str | None, remove: bool) -> None:
    """Add USER to the organization NAME, give another role, or remove."""
    from spaceport.bootstrap import make_services
    from spaceport.organizations import find_organization, put_member, remove_member

    if (role is None) != remove:
        raise BadRequest("give --role or --remove")
    services = make_services(load_settings())
    with services.database.begin() as tx:
        organization = find_organization(tx, name)
        if role is None:
            remove_member(tx, organization, user)
        else:
            put_member(services, tx, organization, user, role)
    click.echo(f"{user} left {organization.name}" if role is None else f"{user} is in {organization.name}: {role}")
