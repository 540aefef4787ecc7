"""One of many: what goes wrong with it keeps nobody from looking after the others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from spaceport.errors import Unavailable

log = structlog.get_logger()


@contextmanager
def own_trouble(what: str, then: Callable[[], None] | None = None, **names: str) -> Iterator[None]:
    """
    For one turn of a loop over Spaces or builds: an error in it is logged, and ``then`` is done about it.

    Raises: Unavailable, which is no trouble of one, and what ``then`` raises.
    """
    try:
        yield
    except Unavailable:
        raise
    except Exception:
        # A row that nobody foresaw must not end the process that looks after all others, again and again.
        log.exception(what, **names)
        if then is not None:
            then()
