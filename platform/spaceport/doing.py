"""What the request under way does, told by whoever does it, for the record that the audit log keeps of it."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from spaceport.domain.account import Caller


@dataclass
class Doing:
    """Filled while a request is handled, in whatever thread; see ``domain.audit`` for the fields."""

    actor: str = ""
    via: str = ""
    address: str = ""
    target: str = ""
    words: list[str] = field(default_factory=list)


_doing: ContextVar[Doing | None] = ContextVar("doing", default=None)


def begin() -> Doing:
    """A request begins: what is told from here on, in this task and the threads that it uses, is about it."""
    doing = Doing()
    _doing.set(doing)
    return doing


def tell(words: str, target: str = "") -> None:
    """One line about what is done, never a secret, and to what, where the address of the request does not say it."""
    if (doing := _doing.get()) is not None:
        if words not in doing.words:
            doing.words.append(words)
        doing.target = doing.target or target


def name_actor(actor: str, via: str, address: str = "") -> None:
    """Who does it, where the request itself is nobody's: a sign-in, the hook of a push."""
    if (doing := _doing.get()) is not None:
        doing.actor, doing.via, doing.address = actor, via, address


def way_of(caller: Caller) -> str:
    """How somebody who is known comes."""
    return f"token {caller.token.name}" if caller.token is not None else "browser"
