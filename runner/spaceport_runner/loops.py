"""Threads that do one thing again and again until told to stop."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class Loop:
    """
    Calls ``step`` at once, then every ``every_seconds`` and whenever woken, in a thread of its own.

    A step that fails is logged and called again in time: one bad moment must not end a runner's care for its instances.
    """

    def __init__(self, name: str, step: Callable[[], None], every_seconds: float) -> None:
        self._name = name
        self._step = step
        self._every_seconds = every_seconds
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Have the next step begin now. From any thread."""
        self._wake.set()

    def ask_to_stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def stop(self, patience_seconds: float | None = None) -> None:
        """Stop after the step that is under way, waiting for it at most so long."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(patience_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._step()
            except Exception:
                log.exception("loop_step_failed", loop=self._name)
            self._wake.wait(self._every_seconds)
