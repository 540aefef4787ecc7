"""The paths of a commit, looked through again and again to find one layout."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from spaceport.repos.viewer.patterns import clean_pattern, matching, plain_folder

#: Patterns times paths, in all: a hundred thousand files without a card are looked through for 64 patterns.
_MAX_LOOKS = 8_000_000


class SearchedPaths:
    """The same question is answered once; all together may cost only so much, because a card is a stranger's."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = sorted(paths)
        self._known: dict[tuple[str, bool], tuple[str, ...]] = {}
        self._left = _MAX_LOOKS

    def __len__(self) -> int:
        return len(self._paths)

    def matching(self, pattern: str, only_data: bool = True) -> tuple[str, ...]:
        """As ``patterns.matching``. Raises: ValueError, also when all that was asked is too much."""
        clean = clean_pattern(pattern)
        known = self._known.get((clean, only_data))
        if known is None:
            among = self._below(plain_folder(clean))
            self._left -= len(among)
            if self._left < 0:
                raise ValueError("the card has too many patterns for so many files to be looked through here")
            known = self._known[clean, only_data] = tuple(matching(clean, among, only_data))
        return known

    def _below(self, folder: str) -> Sequence[str]:
        if not folder:
            return self._paths
        # What follows the slash in Unicode ends all that begins with it.
        first, last = bisect_left(self._paths, f"{folder}/"), bisect_left(self._paths, f"{folder}0")
        return self._paths[first:last]
