"""Limits of an instance in the words of the Docker API. Pure."""

from typing import Any

from spaceport_runner.contract import Limits

NANO = 1_000_000_000


def docker_limits(limits: Limits, machine_cpus: int) -> dict[str, Any]:
    """
    Arguments of ``docker create`` for these limits.

    Memory and swap together are bounded by the same number, so an instance cannot swap its way past the limit. Docker
    refuses more cpus than the machine has.
    """
    gpus = [{"count": limits.gpus, "capabilities": [["gpu"]]}] if limits.gpus else None
    return {
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,
        "nano_cpus": int(min(limits.cpus, machine_cpus) * NANO),
        "pids_limit": limits.pids,
        "device_requests": gpus,
    }
