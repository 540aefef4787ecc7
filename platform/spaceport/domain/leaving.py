"""A Space whose machine is drained: what is said of it, and whether another machine could have it. Pure."""

from dataclasses import dataclass

from spaceport.domain.drain import Drain
from spaceport.domain.release import Release
from spaceport.domain.space import Space


@dataclass(frozen=True)
class Leaving:
    """
    That the machine of a Space's target is drained.

    ``obstacle`` is why no other machine could build what is on ``main`` and start it; None where one could.
    """

    drain: Drain
    obstacle: str | None = None

    @property
    def waiting_words(self) -> str:
        """Of a Space that should start there."""
        return f"waiting: {self.drain.words}. It cannot be started elsewhere: {self.obstacle}"

    @property
    def serving_words(self) -> str:
        """Of a Space that serves there."""
        if self.obstacle and self.drain.moves:
            return f"{self.drain.words}. It goes on here, because it cannot be moved: {self.obstacle}"
        return f"{self.drain.words}. It goes on here" + ("" if self.drain.moves else " until somebody moves it")


def obstacle_of(space: Space, target: Release, size_words: str, has_others: bool, has_room: bool) -> str | None:
    """Why the target of a Space cannot be had on another machine; it has to be built there from ``main``."""
    if space.volume_bytes:
        return "its /data is on that machine"
    if target.sha != space.head_sha:
        return f"it runs the commit {target.sha[:7]}, and main is at another: a rebuild or a push moves it"
    if failure := space.build_failure or space.start_failure:
        return f"what was tried last failed: {failure}"
    if not has_others:
        return "there is no other machine that takes Spaces"
    return None if has_room else f"no other machine has room for {size_words}"
