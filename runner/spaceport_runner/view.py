"""What the engine said last about its instances."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from spaceport_runner.engines.engine import Engine, EngineUnavailable, Observed

log = structlog.get_logger()


@dataclass(frozen=True)
class Snapshot:
    """
    All instances at one moment. ``began_at`` (monotonic seconds) is when asking began: what was started after it may be
    missing.
    """

    instances: Mapping[str, Observed]
    began_at: float


class EngineView:
    """
    The latest snapshot, kept while the engine does not answer: that it is away does not mean that instances are gone.

    May be used from several threads.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._removed_at: dict[str, float] = {}
        self._is_away = False

    def refresh(self) -> bool:
        """Ask the engine. Whether it answered."""
        began_at = time.monotonic()
        try:
            found = self._engine.list()
        except EngineUnavailable as error:
            if not self._is_away:
                log.error("engine_does_not_answer", error=str(error))
            self._is_away = True
            return False
        if self._is_away:
            log.info("engine_answers_again")
        self._is_away = False
        with self._lock:
            self._removed_at = {each: at for each, at in self._removed_at.items() if at >= began_at}
            instances = {each.instance_id: each for each in found if each.instance_id not in self._removed_at}
            self._snapshot = Snapshot(instances, began_at)
        return True

    def latest(self) -> Snapshot | None:
        """None until the engine answered once."""
        with self._lock:
            return self._snapshot

    def forget(self, instance_id: str) -> None:
        """The instance was just removed: a listing that began before does not know yet."""
        with self._lock:
            self._removed_at[instance_id] = time.monotonic()
            if self._snapshot is not None:
                rest = {key: value for key, value in self._snapshot.instances.items() if key != instance_id}
                self._snapshot = Snapshot(rest, self._snapshot.began_at)
