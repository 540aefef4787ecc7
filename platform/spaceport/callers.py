"""From a user to a caller: what this person may do follows from rows that are read here."""

from spaceport.domain.account import ANONYMOUS, AccessToken, Caller, User
from spaceport.interfaces import Transaction


def caller_for(tx: Transaction, user: User, token: AccessToken | None = None) -> Caller:
    """With the roles in organizations, and the gated repos that let this person in."""
    roles = {each.org_id: each.role for each in tx.accounts.memberships_of(user.id)}
    return Caller(user, token, roles, tx.access_requests.repos_open_to(user.id))


def caller_now(tx: Transaction, caller: Caller) -> Caller:
    """The same person as of this moment, for who stays for long; nobody where person or token is gone."""
    user = tx.accounts.user(caller.user.id) if caller.user is not None else None
    token = caller.token
    if user is None or (token is not None and tx.accounts.token_by_hash(token.token_hash) is None):
        return ANONYMOUS
    return caller_for(tx, user, token)
