"""Redis away, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from spaceport.errors import Unavailable
from spaceport_runner.connection import REDIS_AWAY


@contextmanager
def redis_away_is_unavailable() -> Iterator[None]:
    """Raises Unavailable where Redis does not answer; everything else passes."""
    try:
        yield
    except REDIS_AWAY as error:
        raise Unavailable("Redis does not answer right now; nothing is lost, try again in a moment") from error
