"""Organizations: who is a member, and as what."""

from spaceport import doing
from spaceport.callers import caller_for
from spaceport.domain.access import can_govern
from spaceport.domain.account import AccountKind, Caller, Membership, OrgRole, User
from spaceport.domain.names import check_namespace, new_id
from spaceport.errors import AccessDenied, AlreadyExists, BadRequest, Conflict, NotAuthenticated, UserNotFound
from spaceport.interfaces import Transaction
from spaceport.services import Services


def create_organization(services: Services, name: str, founder: User, fullname: str = "", most: int = 0) -> User:
    """
    Make an organization with one admin. Its name is a namespace, as that of a person.

    ``most`` is how many the founder may govern, this one among them; 0 for any number.

    Raises: InvalidName, AlreadyExists, AccessDenied when the founder governs as many as that.
    """
    now = services.clock.now()
    org = User(new_id(), check_namespace(name), "", False, now, AccountKind.ORGANIZATION, fullname.strip())
    with services.database.begin() as tx:
        if tx.accounts.user_by_name(org.name) is not None:
            raise AlreadyExists(f"the name {org.name} is taken")
        governed = sum(each.role is OrgRole.ADMIN for each in tx.accounts.memberships_of(founder.id))
        if most and governed >= most:
            raise AccessDenied(f"{founder.name} governs {governed} organizations already, and {most} is the limit here")
        tx.accounts.add_user(org)
        tx.accounts.add_membership(Membership(new_id(), org.id, founder.id, OrgRole.ADMIN, now))
    return org


def put_member(services: Services, tx: Transaction, org: User, name: str, role: str) -> None:
    """
    Add somebody, or give another role.

    Raises: BadRequest, UserNotFound, Conflict when nobody would be left who governs.
    """
    if role not in set(OrgRole):
        raise BadRequest(f"the role of a member is one of {', '.join(OrgRole)}; given: {role[:50]}")
    person = find_person(tx, name)
    members = tx.accounts.members(org.id)
    current = next((each for each in members if each.user_id == person.id), None)
    if current is None:
        tx.accounts.add_membership(Membership(new_id(), org.id, person.id, OrgRole(role), services.clock.now()))
        return
    if role != OrgRole.ADMIN:
        _check_governed(members, current, org)
    tx.accounts.update_membership(current.id, role=OrgRole(role))


def remove_member(tx: Transaction, org: User, name: str) -> None:
    """What the person made stays. Raises: UserNotFound, Conflict when nobody would be left who governs."""
    person = find_person(tx, name)
    members = tx.accounts.members(org.id)
    current = next((each for each in members if each.user_id == person.id), None)
    if current is None:
        raise UserNotFound(f"{person.name} is no member of {org.name}")
    _check_governed(members, current, org)
    tx.accounts.remove_membership(current.id)


def set_member(services: Services, caller: Caller, org_name: str, user: str, role: str) -> User:
    """
    ``put_member`` for who may; returns the organization.

    Raises: as ``put_member`` and ``require_governor``, UserNotFound.
    """
    with services.database.begin() as tx:
        org = find_organization(tx, org_name)
        _require_governor_now(tx, caller, org)
        put_member(services, tx, org, user, role)
    doing.tell(f"{user} is a member with the role {role}", org.name)
    return org


def take_out(services: Services, caller: Caller, org_name: str, user: str) -> User:
    """
    ``remove_member`` for who may: everybody may leave; who else goes, the admins say. Returns the organization.

    Raises: as ``remove_member`` and ``require_governor``, UserNotFound.
    """
    with services.database.begin() as tx:
        org = find_organization(tx, org_name)
        is_own = caller.user is not None and caller.user.name.lower() == user.lower() and caller.may_write_anything
        if not is_own:
            _require_governor_now(tx, caller, org)
        remove_member(tx, org, user)
    doing.tell(f"{user} is no member any more", org.name)
    return org


def found_organization(services: Services, caller: Caller, name: str, fullname: str = "") -> User:
    """
    ``create_organization`` for who may, within the limit of the settings.

    Raises: as ``create_organization`` and ``require_founder``.
    """
    founder = require_founder(caller)
    most = 0 if founder.is_admin else services.settings.max_organizations_per_user
    org = create_organization(services, name, founder, fullname, most)
    doing.tell(f"organization {org.name} made", org.name)
    return org


def find_person(tx: Transaction, name: str) -> User:
    """Raises: UserNotFound."""
    person = tx.accounts.user_by_name(name)
    if person is None or person.kind is not AccountKind.PERSON:
        raise UserNotFound(f"no user {name[:96]!r}")
    return person


def find_organization(tx: Transaction, name: str) -> User:
    """Raises: UserNotFound."""
    org = tx.accounts.user_by_name(name)
    if org is None or org.kind is not AccountKind.ORGANIZATION:
        raise UserNotFound(f"no organization {name[:96]!r}")
    return org


def require_founder(caller: Caller) -> User:
    """Whoever may make repos may make an organization. Raises: NotAuthenticated, AccessDenied."""
    if caller.user is None:
        raise NotAuthenticated("sign in to make an organization")
    if not caller.may_write_anything:
        raise AccessDenied("this token may not make an organization: use one with the role write")
    return caller.user


def require_governor(caller: Caller, org: User) -> None:
    """Raises: NotAuthenticated, AccessDenied."""
    if caller.user is None:
        raise NotAuthenticated(f"sign in to change the members of {org.name}")
    if not can_govern(caller, org.id):
        raise AccessDenied(f"only admins of {org.name} change its members")


def _require_governor_now(tx: Transaction, caller: Caller, org: User) -> None:
    """Somebody else may have taken the right away since the request came in. Raises: as ``require_governor``."""
    require_governor(caller_for(tx, caller.user, caller.token) if caller.user else caller, org)


def _check_governed(members: list[Membership], leaving: Membership, org: User) -> None:
    others = [each for each in members if each.id != leaving.id]
    if leaving.role is OrgRole.ADMIN and all(each.role is not OrgRole.ADMIN for each in others):
        raise Conflict(f"{org.name} would have no admin any more: make somebody else one first")
