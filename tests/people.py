"""People of tests: made like others, but for a password whose hash costs next to nothing to make and to check."""

from functools import cache

from argon2 import PasswordHasher

from spaceport.domain.account import User
from spaceport.domain.names import new_id
from spaceport.services import Services

PASSWORD = "correct horse battery"


def make_user(services: Services, name: str, is_admin: bool = False) -> User:
    """A user who signs in with ``PASSWORD``: a hash that is strong takes longer than most tests."""
    user = User(new_id(), name, _quick_hash(), is_admin, services.clock.now())
    with services.database.begin() as tx:
        tx.accounts.add_user(user)
    return user


@cache
def _quick_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
