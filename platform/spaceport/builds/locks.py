"""The versions that worked: which lock a rebuild may use."""

from spaceport.domain.push import Push
from spaceport.domain.release import Release
from spaceport.domain.space import Space
from spaceport.errors import Conflict
from spaceport.interfaces import Transaction

#: Releases looked through, newest first.
_LOOKED_AT = 50
#: Keys of the card that decide what is installed.
_CARD_KEYS = ("sdk", "sdk_version", "python_version")


def kept_lock(tx: Transaction, space: Space, push: Push) -> str:
    """
    What the newest release that worked had installed, for a commit that asks for the same.

    Versions kept for other requirements are of no use: they would lack what was added since.

    Raises: Conflict when there are none.
    """
    worked = [release for release in tx.releases.of_space(space.id, limit=_LOOKED_AT) if release.has_worked]
    with_lock = [release for release in worked if release.lock]
    for release in with_lock:
        earlier = tx.pushes.by_sha(space.id, release.sha)
        if earlier is not None and asks_for_the_same(earlier, push):
            return release.lock or ""
    if with_lock:
        raise Conflict(
            f"what {space.full_name} installs has changed since release {with_lock[0].number} worked: the versions "
            "kept then do not fit any more. Put its requirements back as they were, or rebuild without them"
        )
    raise Conflict(f"no release of {space.full_name} has worked yet with versions that could be kept: {_why(worked)}")


def asks_for_the_same(one: Push, other: Push) -> bool:
    """Whether two commits say the same about what is installed. Pure."""
    same_card = all(one.card.get(key) == other.card.get(key) for key in _CARD_KEYS)
    return same_card and one.dependency_files == other.dependency_files and one.tree == other.tree


def _why(worked: list[Release]) -> str:
    return "nothing was installed through Spaceport for it" if worked else "rebuild it without them"
