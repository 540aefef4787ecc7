"""What a runner asks the hub over HTTP, and how long it tries while the hub is away."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import structlog

#: Seconds a hub that is away is tried for.
HUB_PATIENCE_SECONDS = 60.0
#: Seconds the hub may take to connect and between two pieces of its answer.
_HUB_TIMEOUT_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0

T = TypeVar("T")

log = structlog.get_logger()


class HubAway(Exception):
    """Trying again later may help. The message says what the hub does not do."""


class FetchCancelled(Exception):
    """Nobody wants what is fetched any more."""


def patiently(once: Callable[[], T], cancelled: threading.Event) -> T:
    """
    The first answer, tried again while the hub is away.

    Raises: HubAway when that lasts, FetchCancelled when ``cancelled`` is set while waiting, and what ``once`` raises.
    """
    tries_until = time.monotonic() + HUB_PATIENCE_SECONDS
    pause_seconds = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return once()
        except HubAway as error:
            log.info("hub_is_away", reason=str(error))
            if time.monotonic() + pause_seconds > tries_until:
                raise
        if cancelled.wait(pause_seconds):
            raise FetchCancelled
        pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 2)


@contextmanager
def answer_of(url: str, token: str) -> Iterator[http.client.HTTPResponse]:
    """
    The hub's answer to GET, for who has the token. What fails on the way, also while it is read, is the hub's absence.

    Raises: HubAway, and OSError for files of the reader's own.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_HUB_TIMEOUT_SECONDS)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        if response.status >= 500 or response.status == 429:
            raise HubAway(f"the hub answered with status {response.status}")
        yield response
    except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise HubAway(f"the hub does not answer ({error or type(error).__name__})") from error
    except OSError as error:
        if error.filename is None:
            raise HubAway(f"the hub cannot be reached ({error})") from error
        raise
    finally:
        connection.close()
