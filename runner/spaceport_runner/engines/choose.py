"""Which engine a runner uses, and an object of it. Engines are imported only when they are asked for."""

from dataclasses import replace

import structlog

from spaceport_runner.engines.engine import Engine, EngineUnavailable
from spaceport_runner.settings import DEFAULT_BASE_IMAGE, RunnerSettings

log = structlog.get_logger()


def with_engine_chosen(settings: RunnerSettings) -> RunnerSettings:
    """
    Settings that name one engine: ``auto`` becomes ``docker`` where a Docker Engine answers and has what builds start
    from, else ``sandbox``.

    Decided once for a runner, so that its agent and its builds use the same.
    """
    if settings.engine != "auto":
        return settings
    chosen = "docker" if _docker_answers(settings) else "sandbox"
    log.info("engine_chosen", engine=chosen)
    return replace(settings, engine=chosen)


def open_engine(settings: RunnerSettings) -> Engine:
    """
    A new engine object; ``settings.engine`` names the engine.

    Raises: EngineUnavailable, ValueError for an unknown name.
    """
    match settings.engine:
        case "docker":
            from spaceport_runner.engines.docker import DockerEngine

            return DockerEngine(settings)
        case "sandbox":
            from spaceport_runner.engines.sandbox import SandboxEngine

            return SandboxEngine(settings)
        case "fake":
            from spaceport_runner.engines.fake import FakeEngine

            return FakeEngine(settings)
    raise ValueError(f"there is no engine {settings.engine!r}: choose auto, docker, sandbox or fake")


def _docker_answers(settings: RunnerSettings) -> bool:
    try:
        engine = open_engine(replace(settings, engine="docker"))
    except EngineUnavailable as error:
        log.info("docker_does_not_answer", reason=str(error))
        return False
    try:
        engine.list()
        # An image of another name may be pulled; this one is only ever made on the machine itself.
        can_build = settings.base_image != DEFAULT_BASE_IMAGE or bool(engine.capabilities().python_versions)
    except EngineUnavailable as error:
        log.info("docker_does_not_answer", reason=str(error))
        return False
    finally:
        engine.close()
    if not can_build:
        log.warning("docker_lacks_the_base_image", image=settings.base_image, what_to_do="make base-image")
    return can_build
