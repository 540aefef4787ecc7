"""How long copying a volume may take: a deadline of its own, so that the one of a start is the app's alone."""

from collections.abc import Callable

#: A copy may take this long however small it is, and so much longer for each GiB: a slow disk writes 17 MiB a second.
LEAST_SECONDS = 300
SECONDS_PER_GIB = 60
#: Seconds for what comes behind a copy: older ones and a copy that was too slow are removed, what is left is counted.
TIDY_SECONDS = 300

#: Told what is being done, in words for people, and how many seconds it may take.
Step = Callable[[str, float], None]


def copy_seconds(size_bytes: int) -> float:
    """In proportion to its size."""
    return LEAST_SECONDS + SECONDS_PER_GIB * size_bytes / 1024**3


def no_step(words: str, seconds: float) -> None:
    """For who does not want to be told."""
