"""
The one program inside every instance that starts a Python app: ``python seat.py [flag] <app_file> [arguments]``.

The app runs as ``__main__``, as if Python had been given its file. Standard library only and used as a lone file; it
runs under whatever Python a Space asks for. Preparing and running are apart, so that a process can one day be
prepared ahead of time (a warm seat) and take its app later.
"""

import gc
import json
import os
import select
import socket
import sys
import time
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

#: Objects made before the collector looks, while the app imports its libraries.
IMPORT_THRESHOLD = (100_000, 50, 100)
#: As first argument: more of the environment comes on standard input, as one JSON object.
SECRETS_FLAG = "--secrets-from-stdin"
#: Seconds that it may take to come.
SECRETS_TIMEOUT_SECONDS = 60


def main() -> None:
    prepare()
    arguments = sys.argv[1:]
    if arguments[:1] == [SECRETS_FLAG]:
        arguments = arguments[1:]
        take_secrets()
    if not arguments:
        sys.exit("seat.py needs the app's file")
    run(arguments)


def prepare() -> None:
    """Everything that needs neither the app's code nor its environment."""
    _collect_less_until_the_app_listens()


def take_secrets() -> None:
    """
    Put what comes on standard input into the environment; the app then finds nothing there.

    Raises: SystemExit when it does not come whole: whoever starts the app has ended meanwhile.
    """
    try:
        secrets = json.loads(_all_input())
    except ValueError:
        sys.exit("[Spaceport] the secrets of this Space did not arrive: the runner ended while it started the app")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.environ.update(secrets)


def _all_input() -> bytes:
    deadline = time.monotonic() + SECRETS_TIMEOUT_SECONDS
    chunks: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0 and select.select([0], [], [], left)[0]:
        chunk = os.read(0, 65536)
        if not chunk:
            break
        chunks.append(chunk)
    return b"".join(chunks)


def run(arguments: list[str]) -> None:
    """
    Run the app's file as ``__main__``; ``arguments`` is what it sees as ``sys.argv``.

    Tracebacks begin in the app's own file. Raises: SystemExit.
    """
    path = os.path.abspath(arguments[0])
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        sys.exit(f"the app file {arguments[0]!r} cannot be read: {error.strerror}")
    sys.argv = list(arguments)
    # Python put this file's folder there; the app expects its own.
    sys.path[0] = os.path.dirname(path)
    try:
        exec(compile(source, path, "exec"), _new_main(path).__dict__)
    except Exception as error:
        _print_from_the_app_on(error)
        sys.exit(1)


def _new_main(path: str) -> ModuleType:
    """An empty ``__main__`` as Python makes it for a file; the one that runs now stays alive beside it."""
    module = ModuleType("__main__")
    module.__file__ = path
    module.__loader__ = SourceFileLoader("__main__", path)
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__seat__"] = sys.modules["__main__"]
    sys.modules["__main__"] = module
    return module


def _print_from_the_app_on(error: Exception) -> None:
    """Report an exception without the frames of this file; a mistake in the app's syntax has no other frames."""
    traceback = error.__traceback__.tb_next if error.__traceback__ else None
    error.__traceback__ = traceback
    sys.excepthook(type(error), error, traceback)
    sys.stderr.flush()


def _collect_less_until_the_app_listens() -> None:
    """
    Keep the collector from walking all of gradio again and again while it is being imported.

    Imported modules are never garbage: they are put aside for good (``gc.freeze``) when the app binds its port, and
    from then on the collector works as always.
    """
    thresholds = gc.get_threshold()
    bind = socket.socket.bind
    gc.set_threshold(*IMPORT_THRESHOLD)

    def bind_once(self: socket.socket, address: Any) -> None:
        socket.socket.bind = bind  # type: ignore[method-assign]
        gc.freeze()
        gc.set_threshold(*thresholds)
        return bind(self, address)

    socket.socket.bind = bind_once  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    main()
