"""What people say about whose news they want; the pages call these."""

from collections.abc import Iterable

from spaceport.domain.access import Action, is_own, require
from spaceport.domain.account import Caller, User
from spaceport.domain.notice import NoticeKind
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.domain.watch import Watch, hears, turned
from spaceport.errors import BadRequest, NotAuthenticated
from spaceport.interfaces import Transaction
from spaceport.services import Services

#: Of one person: whoever wants more takes a webhook.
MAX_WATCHES = 500


def is_heard(tx: Transaction, caller: Caller, repo: Space | Repo) -> bool:
    """Whether the news of this repo reach the caller; reads once."""
    return caller.user is not None and hears(tx.watches.get(repo.id, caller.user.id), is_own(caller, repo))


def turn_watch(services: Services, repo: Space | Repo, caller: Caller, wanted: bool) -> None:
    """
    Hear of this repo from now on, or not; asking twice changes nothing.

    Raises: NotAuthenticated, BadRequest over the limit, and as ``require`` for READ.
    """
    require(caller, Action.READ, repo)
    user, owns = signed_in(caller), is_own(caller, repo)
    with services.database.begin() as tx:
        watch = tx.watches.get(repo.id, user.id)
        if hears(watch, owns) is wanted:
            return
        level = turned(watch, owns)
        if level is None:
            tx.watches.remove(repo.id, user.id)
            return
        if watch is None and len(tx.watches.of_user(user.id)) >= MAX_WATCHES:
            raise BadRequest(f"you watch or mute {MAX_WATCHES} repos already: take some of them out first")
        tx.watches.put(Watch(repo.id, user.id, level, services.clock.now()))


def forget_watch(services: Services, caller: Caller, repo_id: str) -> None:
    """Back to what goes without saying, also for a repo that is hidden from the caller by now."""
    with services.database.begin() as tx:
        tx.watches.remove(repo_id, signed_in(caller).id)


def choose_kinds(services: Services, caller: Caller, wanted: Iterable[str]) -> None:
    """Hear of these kinds and no others. Raises: NotAuthenticated."""
    chosen = frozenset(wanted)
    quiet = [kind for kind in NoticeKind if kind not in chosen]
    with services.database.begin() as tx:
        tx.notices.set_quiet(signed_in(caller).id, quiet)


def read_notices(services: Services, caller: Caller, notice_id: str | None = None) -> None:
    """One, or all of them. Raises: NotAuthenticated."""
    with services.database.begin() as tx:
        tx.notices.mark_read(signed_in(caller).id, services.clock.now(), notice_id)


def signed_in(caller: Caller) -> User:
    """Raises: NotAuthenticated."""
    if caller.user is None:
        raise NotAuthenticated("sign in to see your notifications")
    return caller.user
