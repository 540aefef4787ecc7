"""Why a build or an instance is over, in one plain line each. Pure functions."""

import re
from collections.abc import Iterable, Sequence

from spaceport_runner.engines.engine import Observed
from spaceport_runner.listeners import Listener
from spaceport_runner.probe import NOTHING_SEEN

_UNITS = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))
#: Ports that are named of an app that listens on many.
_MAX_PORTS = 5
#: Addresses as servers print them when they start.
_LOCAL_ADDRESS = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d{2,5})")


def bytes_in_words(count: int) -> str:
    """``4 GiB``, ``1.5 GiB``, ``512 MiB``."""
    for unit, size in _UNITS:
        if count >= size:
            return f"{round(count / size, 1):g} {unit}"
    return f"{count} bytes"


def seconds_in_words(seconds: float) -> str:
    """``5 minutes``, ``90 seconds``, ``1 minute``."""
    whole = round(seconds)
    count, unit = (whole // 60, "minute") if whole >= 60 and whole % 60 == 0 else (whole, "second")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def build_deadline_passed(deadline_seconds: float) -> str:
    return f"the build took longer than {seconds_in_words(deadline_seconds)}"


def disk_full(free_bytes: int, disk_bytes: int) -> str:
    """Why no build is begun."""
    free = f"{bytes_in_words(free_bytes)} of {bytes_in_words(disk_bytes)} are free"
    return f"the disk of this machine is full ({free}): ask its operator to make room, then build again"


def instance_ended(observed: Observed | None, was_ready: bool) -> str:
    """Why an instance that was started is over; ``observed`` is None when the engine has no trace of it."""
    if observed is None:
        return "the instance was removed from outside Spaceport"
    if observed.out_of_memory:
        limit = observed.memory_limit_bytes
        return f"Memory limit exceeded ({bytes_in_words(limit)})" if limit else "Memory limit exceeded"
    before = "" if was_ready else f" before it answered on port {observed.app_port}"
    if observed.exit_code is None:
        return f"the app was killed from outside{before}"
    return f"the app exited with code {observed.exit_code}{before}"


def never_ready(
    app_port: int,
    timeout_seconds: float,
    last_seen: str,
    tail: Sequence[str],
    own_port: int | None,
    listeners: Sequence[Listener] = (),
) -> str:
    """
    Why an instance that lives is given up.

    ``last_seen`` is what the last probe found, ``own_port`` is where the engine put ``app_port``. Where the app listens
    instead (``listeners``) is the usual cause; where nobody could look, an address that the app printed itself.

    The platform's diagnosis reads these words.
    """
    words = f"did not answer on port {app_port} within {seconds_in_words(timeout_seconds)}: {last_seen}"
    if last_seen == NOTHING_SEEN.seen and (elsewhere := _listens_elsewhere(listeners, app_port, own_port)):
        return f"{words}; {elsewhere}"
    printed = _other_addresses(tail, {app_port, own_port})
    if printed is None and last_seen == NOTHING_SEEN.seen:
        printed = _only_for_itself(tail, app_port)
    hint = f"; its log speaks of {printed}, it must listen on 0.0.0.0:{app_port}" if printed else ""
    return words + hint


def listens_so_far(listeners: Sequence[Listener], app_port: int, own_port: int | None) -> str | None:
    """
    Where an app that does not answer yet listens instead, and where it must; None where nothing of the kind is seen.

    ``own_port`` as in ``never_ready``.
    """
    elsewhere = _listens_elsewhere(listeners, app_port, own_port)
    return f"{elsewhere} so far, not on 0.0.0.0:{app_port}" if elsewhere else None


def _listens_elsewhere(listeners: Sequence[Listener], app_port: int, own_port: int | None) -> str | None:
    expected = [each for each in listeners if each.port in (app_port, own_port)]
    if expected and all(each.is_loopback for each in expected):
        return f"it listens on {expected[0].shown} only"
    others = sorted({each.port for each in listeners})
    if expected or not others:
        return None
    return f"it listens on port {', '.join(map(str, others[:_MAX_PORTS]))} instead"


def _other_addresses(tail: Iterable[str], known_ports: set[int | None]) -> str | None:
    for line in reversed(list(tail)):
        for found in _LOCAL_ADDRESS.finditer(line):
            if int(found[1]) not in known_ports:
                return found[0]
    return None


def _only_for_itself(tail: Iterable[str], app_port: int) -> str | None:
    """The right port on the loopback address, where nobody outside the app's own network can reach it."""
    addresses = (f"http://127.0.0.1:{app_port}", f"http://localhost:{app_port}")
    return next((address for line in reversed(list(tail)) for address in addresses if address in line), None)
