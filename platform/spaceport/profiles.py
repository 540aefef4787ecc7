"""People and organizations say who they are."""

from spaceport import doing
from spaceport.domain.access import can_govern
from spaceport.domain.account import AccountKind, Caller, User
from spaceport.domain.profile import check_profile
from spaceport.errors import AccessDenied, NotAuthenticated, UserNotFound
from spaceport.services import Services


def change_own_profile(services: Services, caller: Caller, fullname: str, bio: str, website: str) -> None:
    """Raises: BadRequest, NotAuthenticated."""
    if caller.user is None:
        raise NotAuthenticated("sign in to change your profile")
    _change(services, caller.user, fullname, bio, website)


def change_organization_profile(
    services: Services, caller: Caller, name: str, fullname: str, bio: str, website: str
) -> User:
    """Return the organization as it was. Raises: BadRequest, NotAuthenticated, UserNotFound, AccessDenied."""
    if caller.user is None:
        raise NotAuthenticated("sign in to change an organization")
    with services.database.read() as tx:
        org = tx.accounts.user_by_name(name)
    if org is None or org.kind is not AccountKind.ORGANIZATION:
        raise UserNotFound(f"no organization is called {name[:96]!r}")
    if not can_govern(caller, org.id):
        raise AccessDenied(f"only the admins of {org.name} change what it says about itself")
    _change(services, org, fullname, bio, website)
    return org


def _change(services: Services, owner: User, fullname: str, bio: str, website: str) -> None:
    profile = check_profile(fullname, bio, website)
    with services.database.begin() as tx:
        tx.accounts.set_profile(owner.id, profile)
    doing.tell(f"profile of {owner.name} changed", owner.name)
