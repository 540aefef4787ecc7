"""Asks running apps what can be called of them: through the gateway, like everybody, and seldom."""

import json
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as WaitedTooLong
from typing import Any

import httpx
import structlog

from spaceport import addresses
from spaceport.domain.app_access import ENTRY_COOKIE, sign_key, signed
from spaceport.domain.bots import HUB_AGENT
from spaceport.domain.space import Space
from spaceport.services import Services
from spaceport.web.app_endpoints import Endpoint, endpoints_of
from spaceport.web.space_snippets import gradio_path

log = structlog.get_logger()
#: How long a page waits for an app that nobody has asked yet; the next page has what came later.
_WAIT_SECONDS = 0.5
_TIMEOUT_SECONDS = 3.0
_MAX_BYTES = 512 * 1024
#: How long it is remembered that an app did not answer, or not in this way.
_AGAIN_SECONDS = 60.0
_MAX_KNOWN = 500
_THREADS = 2
_TICKET_SECONDS = 30

_Found = tuple[Endpoint, ...] | None


class AppInfo:
    """Of each start of an app it is asked once. Call from a thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], tuple[float, Future[_Found]]] = OrderedDict()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="endpoints of apps")

    def endpoints(self, space: Space, version: str) -> tuple[Endpoint, ...]:
        """
        Of an app that runs as ``version``; nothing while that is not known.

        Never wakes an app: who asks calls itself the hub, which is no visitor for gateways.
        """
        try:
            return self._asked(space, version).result(_WAIT_SECONDS) or ()
        except WaitedTooLong:
            return ()

    def _asked(self, space: Space, version: str) -> Future[_Found]:
        key = space.id, version
        with self._lock:
            known = self._known.get(key)
            if known is not None and not _is_worth_asking_again(*known):
                self._known.move_to_end(key)
                return known[1]
            asked = self._pool.submit(self._ask, space)
            self._known[key] = time.monotonic(), asked
            while len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
            return asked

    def _ask(self, space: Space) -> _Found:
        services, headers = self._services, {"User-Agent": HUB_AGENT, "Accept-Encoding": "identity"}
        if space.is_app_private:
            key = sign_key(services.internal_secret, space.id, space.links_version)
            ticket = signed(key, services.clock.now().timestamp() + _TICKET_SECONDS)
            headers["Cookie"] = f"{ENTRY_COOKIE}={ticket}"
        url = f"{addresses.client_url(space, services.settings)}{gradio_path(space)}/info"
        try:
            return endpoints_of(_json_at(url, headers))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            log.info("an app did not tell its endpoints", space=space.full_name, reason=str(error)[:200])
        except Exception:
            # The app wrote the answer: nothing in it may end the page of its Space, which waits for this.
            log.exception("the endpoints of an app could not be read", space=space.full_name)
        return None


def _is_worth_asking_again(asked_at: float, answer: Future[_Found]) -> bool:
    failed = answer.done() and answer.result() is None
    return failed and time.monotonic() - asked_at > _AGAIN_SECONDS


def _json_at(url: str, headers: dict[str, str]) -> Any:
    """Follows no redirect: an app decides where that leads. Raises: httpx.HTTPError, ValueError."""
    ends_at = time.monotonic() + _TIMEOUT_SECONDS
    with httpx.stream("GET", url, headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False) as answer:
        if answer.status_code != 200:
            raise ValueError(f"it answers {answer.status_code}")
        content = b""
        for part in answer.iter_bytes():
            content += part
            if len(content) > _MAX_BYTES or time.monotonic() > ends_at:
                raise ValueError("its answer is too long")
    return json.loads(content)
