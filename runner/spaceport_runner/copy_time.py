"""How long preparing a volume may take: deadlines of its own, so that the one of a start is the app's alone."""

from collections.abc import Callable

#: A copy may take this long however small it is, and so much longer for each GiB (a slow disk writes 17 MiB a second)
#: and for each file (a slow disk makes 500 a second).
LEAST_SECONDS = 300
SECONDS_PER_GIB = 60
SECONDS_PER_FILE = 0.002
#: Seconds that may pass before it is told what takes so long: a volume of the usual size is looked at in far less.
QUICK_SECONDS = 1.0
#: Seconds that counting the files of a volume may take; before a restart somebody may be waiting for the app to wake.
COUNT_SECONDS = 600.0
COUNT_BEFORE_RESTART_SECONDS = 20.0
#: Seconds that removing what is left of earlier copies may delay a start.
REMOVE_SECONDS = 600.0
#: Seconds that one preparation waits for another one of the same volume, which was called off.
TURN_SECONDS = 600.0

#: Told what is being done, in words for people, and how many seconds it may take.
Step = Callable[[str, float], None]


def copy_seconds(size_bytes: int, files: int) -> float:
    """In proportion to its size and to the number of its files."""
    return LEAST_SECONDS + SECONDS_PER_GIB * size_bytes / 1024**3 + SECONDS_PER_FILE * files


def no_step(words: str, seconds: float) -> None:
    """For who does not want to be told."""
