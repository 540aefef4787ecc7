"""Ends a build from outside: at its deadline, or when a later attempt has taken over."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

from spaceport_runner.connection import REDIS_AWAY
from spaceport_runner.contract import LEASE_RENEWAL_SECONDS
from spaceport_runner.lease import BuildLease, Superseded

#: Seconds a build has to come to an end after being interrupted, before it is interrupted again.
_PATIENCE_SECONDS = 10.0
#: A superseded build that does not end by then is killed: two attempts must not work side by side.
_INTERRUPTS_BEFORE_KILL = 2

log = structlog.get_logger()


class DeadlinePassed(Exception):
    """The attempt took longer than its deadline allows."""


@contextmanager
def watched(lease: BuildLease, deadline_seconds: float) -> Iterator[None]:
    """
    Renew the lease meanwhile, and raise in the body what ends it: DeadlinePassed or Superseded.

    The body runs in the main thread, where a signal reaches it even while it waits for a process. Deadlines use
    SIGUSR1: SIGALRM belongs to RQ, whose own job timeout stays behind as a second net.
    """
    watch = _Watch(lease, time.monotonic() + deadline_seconds)
    previous = signal.signal(signal.SIGUSR1, watch.interrupt)
    thread = threading.Thread(target=watch.run, name="build-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.over.set()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        thread.join()
        signal.signal(signal.SIGUSR1, previous)


class _Watch:
    def __init__(self, lease: BuildLease, deadline: float) -> None:
        self.over = threading.Event()
        self._lease = lease
        self._deadline = deadline
        self._cause: Exception | None = None
        self._is_redis_away = False

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """The signal's handler, in the main thread."""
        if self._cause is not None and not self.over.is_set():
            raise self._cause

    def run(self) -> None:
        while not self.over.wait(max(0.0, min(LEASE_RENEWAL_SECONDS, self._deadline - time.monotonic()))):
            self._cause = self._find_cause()
            if self._cause is not None:
                return self._end_the_body()

    def _find_cause(self) -> Exception | None:
        try:
            self._lease.renew()
        except Superseded as error:
            return error
        except REDIS_AWAY as error:
            if not self._is_redis_away:
                log.warning("build_lease_not_renewed", error=str(error))
            self._is_redis_away = True
        else:
            self._is_redis_away = False
        return DeadlinePassed() if time.monotonic() >= self._deadline else None

    def _end_the_body(self) -> None:
        """Interrupt until the body is left: code that swallows one exception (logging does) meets the next."""
        interrupts = 0
        while not self.over.is_set():
            if isinstance(self._cause, Superseded) and interrupts == _INTERRUPTS_BEFORE_KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
            interrupts += 1
            self.over.wait(_PATIENCE_SECONDS)
