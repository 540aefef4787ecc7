"""Opens the secrets that requests carry, at the last moment before an app or a build gets them."""

from collections.abc import Mapping

from spaceport_runner.contract import InstanceSpec
from spaceport_runner.engines.engine import StartFailed
from spaceport_runner.sealing import SealBroken, Sealer, sealing_key
from spaceport_runner.settings import RunnerSettings


def open_secrets(settings: RunnerSettings, sealed: Mapping[str, str]) -> dict[str, str]:
    """
    The values by name; half a character (a lone surrogate), which no environment can hold, becomes ``?``.

    Raises: SealBroken.
    """
    if not sealed:
        return {}
    try:
        sealer = Sealer(sealing_key(settings.data_dir, settings.secrets_key))
    except (ValueError, OSError) as error:
        raise SealBroken(f"the key that seals secrets cannot be used: {error}") from error
    return {name: sealer.open(text).encode(errors="replace").decode() for name, text in sealed.items()}


def secrets_of(settings: RunnerSettings, spec: InstanceSpec) -> dict[str, str]:
    """The secrets of an instance. Raises: StartFailed."""
    try:
        return open_secrets(settings, spec.sealed_secrets)
    except SealBroken as error:
        raise StartFailed(str(error)) from error


def with_values(spec: InstanceSpec, secrets: Mapping[str, str]) -> InstanceSpec:
    """The spec with secrets among its variables, above those of the same name: not to be stored or sent anywhere."""
    return spec.model_copy(update={"environment": {**spec.environment, **secrets}})
