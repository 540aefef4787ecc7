"""
How secrets come into a container: through its standard input, once, before the app begins.

The Docker Engine never learns them: they are in no configuration, no layer and no command line. What is here beside
the handing over is pure, but for ``KeptSecrets``.
"""

import json
import os
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from docker.errors import NotFound

from spaceport_runner.engines.docker_connection import CALL_TIMEOUT_SECONDS, DockerConnection, close_stream
from spaceport_runner.engines.docker_containers import SEAT_PATH
from spaceport_runner.engines.engine import StartFailed
from spaceport_runner.masking import Mask
from spaceport_runner.seat import SECRETS_FLAG
from spaceport_runner.secret_values import open_secrets
from spaceport_runner.settings import RunnerSettings

SHELL = "/bin/sh"
#: Reads ``NAME=value`` lines up to a lone dot, exports them and becomes the image's own program, which finds nothing on
#: its standard input. The x keeps newlines at the end of a value. Its variables have a prefix no secret may have.
PROLOGUE = r"""
while IFS= read -r SPACEPORT_LINE && [ "$SPACEPORT_LINE" != . ]; do
    SPACEPORT_VALUE=$(printf '%bx' "${SPACEPORT_LINE#*=}")
    export "${SPACEPORT_LINE%%=*}=${SPACEPORT_VALUE%x}"
done
if [ "$SPACEPORT_LINE" != . ]; then
    echo '[Spaceport] the secrets of this Space did not arrive: the runner ended while it started the app' >&2
    exit 1
fi
unset SPACEPORT_LINE SPACEPORT_VALUE
exec "$@" < /dev/null
"""
#: Bytes that stand for themselves in a line of the prologue: visible ASCII and the blank, without the backslash.
_PLAIN = frozenset(range(0x20, 0x7F)) - {ord("\\")}

log = structlog.get_logger()


def seat_payload(secrets: Mapping[str, str]) -> bytes:
    """For ``seat.py``: JSON, of which no beginning is JSON too."""
    return json.dumps(dict(secrets)).encode()


def shell_payload(secrets: Mapping[str, str]) -> bytes:
    """
    For the prologue: plain ASCII, all else as octal escapes, so that no shell has anything to misunderstand.

    Source: POSIX, printf, the ``%b`` conversion.
    """
    lines = [f"{name}={''.join(map(_escaped, value.encode()))}\n" for name, value in secrets.items()]
    return "".join([*lines, ".\n"]).encode()


def with_secrets(
    arguments: Mapping[str, Any], secrets: Mapping[str, str], image_command: Callable[[], Sequence[str]]
) -> tuple[dict[str, Any], bytes | None]:
    """
    Arguments of ``containers.create`` for an app that gets secrets, and what to send to its standard input: None
    without secrets, where nothing changes.

    The seat takes them itself; every other program, with what it is given or else the image's own (``image_command``),
    starts behind the prologue.

    Raises: StartFailed when there is nothing to start.
    """
    if not secrets:
        return dict(arguments), None
    given = list(arguments["command"] or ())
    if given[1:2] == [SEAT_PATH]:
        return {**arguments, "command": [*given[:2], SECRETS_FLAG, *given[2:]], "stdin_open": True}, seat_payload(
            secrets
        )
    command = given or list(image_command())
    if not command:
        raise StartFailed("the image says nothing of what to run: give the Dockerfile a CMD or an ENTRYPOINT")
    prologue = {"entrypoint": [SHELL, "-c", PROLOGUE, "spaceport"], "command": command, "stdin_open": True}
    return {**arguments, **prologue}, shell_payload(secrets)


def command_of_image(config: Mapping[str, Any]) -> tuple[str, ...]:
    """What a container of an image runs when it is told nothing, from the answer of ``docker image inspect``."""
    return (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))


def require_shell(connection: DockerConnection, container_id: str) -> None:
    """
    Look for the shell of a container that was created, because its init would only say so after the start.

    Raises: StartFailed when there is none.
    """
    try:
        pieces, _ = connection.client.api.get_archive(container_id, SHELL)
    except NotFound as error:
        raise StartFailed(
            f"this Space has secrets, which {SHELL} hands to its app, and its image has no {SHELL}: "
            "start from an image that has a shell, or remove the secrets"
        ) from error
    deque(pieces, maxlen=0)


class InputOfContainer:
    """The standard input of a container that is about to start."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def send(self, payload: bytes) -> None:
        """
        All of it, and then the end. An app that ended before it read everything is no failure here: it says why itself.

        Raises: StartFailed when nobody reads.
        """
        pipe: socket.socket = self._stream._sock
        pipe.settimeout(CALL_TIMEOUT_SECONDS)
        try:
            pipe.sendall(payload)
            pipe.shutdown(socket.SHUT_WR)
        except TimeoutError as error:
            raise StartFailed("the container does not read the secrets of this Space") from error
        except OSError as error:
            log.info("secrets_not_read", error=str(error))

    def close(self) -> None:
        close_stream(self._stream)


@contextmanager
def attached_input(connection: DockerConnection, container_id: str) -> Iterator[InputOfContainer]:
    """
    Attached before the start, so that the input ends with this process, whatever becomes of it: the container was
    created to have its input closed when the first who attached has gone.
    """
    stream = connection.client.api.attach_socket(container_id, params={"stdin": 1, "stream": 1})
    attached = InputOfContainer(stream)
    try:
        yield attached
    finally:
        attached.close()


class KeptSecrets:
    """
    The sealed secrets of the instances that run, so that a later runner can hide the values in their output too.

    Files in the runner's folder, of no use without the key.
    """

    def __init__(self, settings: RunnerSettings) -> None:
        self._settings = settings
        self._folder = settings.runner_dir / "sealed"

    def keep(self, instance_id: str, sealed: Mapping[str, str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{instance_id}.json"
        temporary = path.with_suffix(".new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(dict(sealed), file)
        temporary.replace(path)

    def mask(self, instance_id: str) -> Mask:
        """What hides the values of an instance. Raises: SealBroken."""
        try:
            sealed = json.loads((self._folder / f"{instance_id}.json").read_text())
        except FileNotFoundError:
            return Mask()
        return Mask(open_secrets(self._settings, sealed).values())

    def forget(self, instance_id: str) -> None:
        (self._folder / f"{instance_id}.json").unlink(missing_ok=True)


def _escaped(byte: int) -> str:
    return chr(byte) if byte in _PLAIN else f"\\0{byte:03o}"
