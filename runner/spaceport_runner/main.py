"""The runner process: an agent for instances, and worker processes for builds."""

import signal
import threading
from types import FrameType

import structlog

from spaceport_runner.agent import Agent
from spaceport_runner.builders import Builders
from spaceport_runner.connection import connect_briefly
from spaceport_runner.engines.choose import open_engine, with_engine_chosen
from spaceport_runner.engines.engine import Engine, EngineUnavailable
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.source import remove_leftover_sources

#: Seconds between two looks at the worker processes.
TEND_EVERY_SECONDS = 0.5
#: Seconds between two tries to open an engine that does not answer.
ENGINE_PAUSE_SECONDS = 2.0

log = structlog.get_logger()


def main(settings: RunnerSettings) -> int:
    """
    Run until SIGTERM or SIGINT. Returns the exit status of the process.

    Then no more work is taken, builds under way are abandoned (another worker takes them when their lease ends), and
    instances keep running unless ``settings.stop_instances_on_exit``. To be called in the main thread.
    """
    stop = _stop_on_signals()
    settings = with_engine_chosen(settings)
    settings.runner_dir.mkdir(parents=True, exist_ok=True)
    remove_leftover_sources(settings)
    engine = _open_engine_patiently(settings, stop)
    if engine is None:
        return 0
    try:
        _run(settings, engine, stop)
    finally:
        engine.close()
    return 0


def _run(settings: RunnerSettings, engine: Engine, stop: threading.Event) -> None:
    redis = connect_briefly(settings.redis_url)
    agent = Agent(settings, engine, redis)
    builders = Builders(settings)
    log.info("runner_started", runner_id=settings.runner_id, engine=engine.name, builders=settings.builders)
    agent.start()
    while not stop.is_set():
        builders.tend()
        stop.wait(TEND_EVERY_SECONDS)
    log.info("runner_stopping", stops_instances=settings.stop_instances_on_exit)
    builders.stop()
    agent.stop()
    if settings.stop_instances_on_exit:
        agent.stop_instances()
    agent.say_goodbye()
    redis.close()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def _open_engine_patiently(settings: RunnerSettings, stop: threading.Event) -> Engine | None:
    """None when told to stop before the engine answered."""
    is_told = False
    while not stop.is_set():
        try:
            return open_engine(settings)
        except EngineUnavailable as error:
            if not is_told:
                log.error("engine_does_not_answer", engine=settings.engine, error=str(error))
            is_told = True
            stop.wait(ENGINE_PAUSE_SECONDS)
    return None
