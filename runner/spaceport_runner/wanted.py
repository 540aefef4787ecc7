"""Reads from Redis which instances should run, and hears when that changes."""

import threading
from collections.abc import Callable

import structlog
from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError

from spaceport_runner.contract import WANTED_CHANNEL, WANTED_COMPLETE_KEY, WANTED_KEY, InstanceSpec
from spaceport_runner.plan import Wanted

#: Seconds until a broken subscription is tried again, and how often a working one looks whether to end.
_SUBSCRIPTION_PAUSE_SECONDS = 0.5

log = structlog.get_logger()


def read_wanted(redis: Redis, runner_id: str) -> Wanted:
    """
    What should run on a runner now, read in one step.

    Raises what Redis raises when it is away.
    """
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.hgetall(WANTED_KEY.format(runner_id=runner_id))
        pipeline.exists(WANTED_COMPLETE_KEY.format(runner_id=runner_id))
        texts, is_complete = pipeline.execute()
    return Wanted({each: _read_spec(each, text) for each, text in texts.items()}, bool(is_complete))


def _read_spec(instance_id: str, text: str) -> InstanceSpec | None:
    try:
        return InstanceSpec.model_validate_json(text)
    except ValidationError as error:
        log.error("wanted_instance_not_readable", instance_id=instance_id, error=str(error))
        return None


class WantedListener:
    """Calls ``changed`` when somebody publishes on the runner's channel, and after each time Redis was away."""

    def __init__(self, redis: Redis, runner_id: str, changed: Callable[[], None]) -> None:
        self._redis = redis
        self._channel = WANTED_CHANNEL.format(runner_id=runner_id)
        self._changed = changed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wanted-listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except RedisError:
                self._stopping.wait(_SUBSCRIPTION_PAUSE_SECONDS)

    def _listen(self) -> None:
        with self._redis.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(self._channel)
            while not self._stopping.is_set():
                # The confirmation of the subscription counts as well: something may have changed before it.
                if subscription.get_message(timeout=_SUBSCRIPTION_PAUSE_SECONDS) is not None:
                    self._changed()
