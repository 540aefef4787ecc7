"""From a user to a caller: what this person may do follows from rows that are read here."""

from spaceport.domain.account import AccessToken, Caller, User
from spaceport.interfaces import Transaction


def caller_for(tx: Transaction, user: User, token: AccessToken | None = None) -> Caller:
    """With the roles in organizations, and the gated repos that let this person in."""
    roles = {each.org_id: each.role for each in tx.accounts.memberships_of(user.id)}
    return Caller(user, token, roles, tx.access_requests.repos_open_to(user.id))
