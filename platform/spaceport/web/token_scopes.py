"""What the form of a fine-grained token says, as scopes: from names to ids, and back to words."""

from collections.abc import Mapping, Sequence

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.scopes import EVERYWHERE, Right
from spaceport.domain.space import Space
from spaceport.errors import BadRequest
from spaceport.interfaces import Transaction
from spaceport.repos.finding import find_any, find_by_id, kind_of
from spaceport.translating import gettext, marked, translated

#: Lines of both fields together.
_MAX_PLACES = 100
_RIGHT_WORDS = {
    Right.READ: marked("read"),
    Right.WRITE: marked("read and write"),
    Right.DISCUSSION: marked("discuss"),
    Right.GATED: marked("enter gated repos"),
}


def scopes_of(
    tx: Transaction, caller: Caller, reads: str, writes: str, everywhere: Sequence[str] = ()
) -> dict[str, list[str]]:
    """
    One place a line: ``owner/name``, with the kind before it where several have that name, or ``owner/*``.
    ``everywhere`` are rights that need no place.

    Raises: BadRequest naming the line that cannot be used; what the caller may not see reads like what is not there.
    """
    if not set(everywhere) <= {Right.DISCUSSION, Right.GATED}:
        raise BadRequest("reading and writing are for chosen repos and owners only")
    scopes: dict[str, list[str]] = {EVERYWHERE: list(everywhere)} if everywhere else {}
    for right, text in ((Right.READ, reads), (Right.WRITE, writes)):
        for line in text.replace(",", "\n").splitlines():
            if words := line.split():
                scopes.setdefault(_place_of(tx, caller, words), []).append(right)
    if not scopes:
        raise BadRequest("say which repos the token is for, one a line")
    if len(scopes) > _MAX_PLACES:
        raise BadRequest(
            gettext("a token is for at most %(number)s places: name an owner as owner/*", number=_MAX_PLACES)
        )
    return {place: sorted(set(rights)) for place, rights in scopes.items()}


def scope_words(tx: Transaction, caller: Caller, scopes: Mapping[str, Sequence[str]] | None) -> list[str]:
    """A line for each place, such as ``model ada/tiny: read``."""
    return [f"{_words_of(tx, caller, place)}: {_rights(given)}" for place, given in (scopes or {}).items()]


def _place_of(tx: Transaction, caller: Caller, words: Sequence[str]) -> str:
    """The id of a repo or of a namespace. Raises: BadRequest."""
    line = " ".join(words)[:200]
    owner, _, name = words[-1].partition("/")
    if name == "*" and len(words) == 1:
        return _namespace_of(tx, caller, owner)
    kinds = [kind for kind in RepoType if len(words) == 1 or words[0] == kind]
    if len(words) > 2 or not kinds or not name:
        raise BadRequest(
            gettext("write one place a line, such as model ada/tiny or ada/* ; given: %(line)s", line=line)
        )
    found = [repo for kind in kinds if (repo := _visible(caller, find_any(tx, kind, owner, name))) is not None]
    if not found:
        raise BadRequest(gettext("there is no repo %(name)s", name=line))
    if len(found) > 1:
        choices = ", ".join(f"{kind_of(repo)} {repo.full_name}" for repo in found)
        raise BadRequest(gettext("several repos are called %(name)s: write %(choices)s", name=line, choices=choices))
    return found[0].id


def _namespace_of(tx: Transaction, caller: Caller, owner: str) -> str:
    """One's own, or that of an organization one is a member of. Raises: BadRequest."""
    user = tx.accounts.user_by_name(owner)
    is_theirs = user is not None and caller.user is not None and (user.id == caller.user.id or user.id in caller.roles)
    if user is None or not is_theirs:
        raise BadRequest(
            gettext("%(owner)s/* is neither yours nor an organization that you are a member of", owner=owner[:96])
        )
    return user.id


def _visible(caller: Caller, repo: Space | Repo | None) -> Space | Repo | None:
    return repo if repo is not None and can(caller, Action.READ, repo) else None


def _words_of(tx: Transaction, caller: Caller, place: str) -> str:
    if place == EVERYWHERE:
        return gettext("everywhere")
    if (owner := tx.accounts.user(place)) is not None:
        return f"{owner.name}/*"
    repo = _visible(caller, find_by_id(tx, RepoType.SPACE, place) or find_by_id(tx, RepoType.MODEL, place))
    return f"{kind_of(repo)} {repo.full_name}" if repo else gettext("a repo that is gone")


def _rights(given: Sequence[str]) -> str:
    return (
        translated(_RIGHT_WORDS[Right.WRITE])
        if Right.WRITE in given
        else gettext(" and ").join(translated(_RIGHT_WORDS[Right(each)]) for each in given)
    )
