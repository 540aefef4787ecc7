"""Limits of an instance in the words of the Docker API. Pure."""

from collections.abc import Sequence
from typing import Any

from spaceport_runner.contract import Limits

NANO = 1_000_000_000


def docker_limits(limits: Limits, machine_cpus: int, gpus: Sequence[str] = ()) -> dict[str, Any]:
    """
    Arguments of ``docker create`` for these limits, with these GPUs.

    Memory and swap together are bounded by the same number, so an instance cannot swap its way past the limit. Docker
    refuses more cpus than the machine has. Asked for a number of GPUs, it would give everybody the first ones.
    """
    return {
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,
        "nano_cpus": int(min(limits.cpus, machine_cpus) * NANO),
        "pids_limit": limits.pids,
        "device_requests": [{"device_ids": list(gpus), "capabilities": [["gpu"]]}] if gpus else None,
    }
