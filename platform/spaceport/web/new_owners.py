"""Under whose name somebody may make a repo."""

from spaceport.domain.access import can_create_in
from spaceport.domain.account import Caller
from spaceport.services import Services


def owners_for(services: Services, caller: Caller) -> list[str]:
    """Oneself, and the organizations where one may create repos; of somebody who is signed in."""
    assert caller.user is not None
    with services.database.read() as tx:
        organizations = [tx.accounts.user(org_id) for org_id in caller.roles if can_create_in(caller, org_id)]
    return [caller.user.name, *sorted(each.name for each in organizations if each is not None)]
