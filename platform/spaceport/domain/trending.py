"""
The score that lists are sorted by at first: what was liked, downloaded or made lately.

A like counts 1, a download ``DOWNLOAD``, being made ``NEW``; each halves every week. What is stored is the logarithm
(to the base 2) of that sum as of a fixed day, so that a score only changes when something happens to its repo, and
scores of different times can be compared as they are.
"""

import math
from datetime import UTC, datetime

LIKE, DOWNLOAD, NEW = 1.0, 0.1, 0.25
_HALF_LIFE_SECONDS = 7 * 24 * 3600
_START = datetime(2024, 1, 1, tzinfo=UTC)


def first_score(now: datetime) -> float:
    """Of a repo that was just made."""
    return _weeks(now) + math.log2(NEW)


def raised(score: float, weight: float, now: datetime) -> float:
    """The stored score after something of this weight happened; negative weights take something back."""
    # 2**score itself is too large a number: all is said relative to now.
    total = math.exp2(score - _weeks(now)) + weight
    lowest = 2.0**-60
    return _weeks(now) + math.log2(max(total, lowest))


def shown_score(score: float, now: datetime) -> int:
    """What the API tells: the sum as of now."""
    return round(math.exp2(min(score - _weeks(now), 40)))


def _weeks(moment: datetime) -> float:
    return (moment - _START).total_seconds() / _HALF_LIFE_SECONDS
