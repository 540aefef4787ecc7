"""One small bridge network per Space: instances of a Space see each other, never those of another Space."""

import hashlib
from collections.abc import Iterable
from ipaddress import IPv4Network, ip_network
from itertools import islice
from typing import Any

import structlog
from docker.errors import APIError, NotFound

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors, explanation
from spaceport_runner.engines.engine import StartFailed

#: Bits of a Space's subnet: 16 addresses, 13 of them for instances.
SUBNET_PREFIX = 28
#: Subnets tried when Docker says that one overlaps with something we cannot see (a route, another engine's network).
OVERLAP_TRIES = 20
LABEL_RUNNER = "spaceport.runner"
LABEL_SPACE = "spaceport.space"

log = structlog.get_logger()


class NetworkPoolExhausted(StartFailed):
    """No subnet is left."""


class DockerNetworks:
    """Makes and removes the networks of one runner. The caller sees to it that no two threads handle one Space."""

    def __init__(self, connection: DockerConnection, runner_id: str, pool: str) -> None:
        self._connection = connection
        self._runner_id = runner_id
        self._pool = pool

    def ensure(self, space_id: str) -> str:
        """
        The id of a Space's network, made when it is missing.

        Raises: NetworkPoolExhausted.
        """
        with docker_errors():
            found = self._connection.client.api.networks(filters={"label": self._labels(space_id)})
        if found:
            # Docker does not keep names of networks unique; the same one is taken by everybody.
            return str(min(network["Id"] for network in found))
        return self._make(space_id)

    def remove_unused(self, space_id: str) -> None:
        """Remove a Space's network unless an instance is still attached to it."""
        with docker_errors():
            api = self._connection.client.api
            for network in api.networks(filters={"label": self._labels(space_id)}):
                self._remove(api, network["Id"])

    def _remove(self, api: Any, network_id: str) -> None:
        try:
            api.remove_network(network_id)
        except NotFound:
            return
        except APIError as error:
            # 403: "has active endpoints". The last instance that goes takes it along.
            if error.response is None or error.response.status_code not in (403, 409):
                raise
            log.debug("network_in_use", network=network_id, reason=explanation(error))

    def _make(self, space_id: str) -> str:
        name = f"spaceport-{space_id}"
        for subnet in islice(free_subnets(self._pool, self._taken(), space_id), OVERLAP_TRIES):
            try:
                with docker_errors():
                    made = self._connection.client.api.create_network(
                        name,
                        driver="bridge",
                        ipam={"Driver": "default", "Config": [{"Subnet": str(subnet)}]},
                        labels={LABEL_RUNNER: self._runner_id, LABEL_SPACE: space_id},
                        check_duplicate=True,
                    )
                return str(made["Id"])
            except APIError as error:
                if "overlap" not in explanation(error).lower():
                    raise StartFailed(f"Docker cannot make a network for the Space: {explanation(error)}") from error
                log.info("subnet_taken", subnet=str(subnet), reason=explanation(error))
        raise NetworkPoolExhausted(
            f"no free network is left in {self._pool}: stop Spaces, or give the runner a larger or another range "
            "(app_network_pool) that nothing else on this machine uses"
        )

    def _taken(self) -> list[IPv4Network]:
        with docker_errors():
            networks = self._connection.client.api.networks()
        configs = [config for network in networks for config in (network["IPAM"]["Config"] or [])]
        subnets = [ip_network(config["Subnet"]) for config in configs if config.get("Subnet")]
        return [subnet for subnet in subnets if isinstance(subnet, IPv4Network)]

    def _labels(self, space_id: str) -> list[str]:
        return [f"{LABEL_RUNNER}={self._runner_id}", f"{LABEL_SPACE}={space_id}"]


def free_subnets(pool: str, taken: Iterable[IPv4Network], space_id: str) -> Iterable[IPv4Network]:
    """
    Subnets of the pool that overlap with none of ``taken``.

    Each Space begins to look at another place, so that two runners on one machine rarely want the same.
    """
    network = IPv4Network(pool)
    occupied = [subnet for subnet in taken if subnet.overlaps(network)]
    count = max(1, 2 ** (SUBNET_PREFIX - network.prefixlen))
    size = 2 ** (32 - SUBNET_PREFIX)
    first = int.from_bytes(hashlib.sha256(space_id.encode()).digest()[:4], "big") % count
    for step in range(count):
        address = int(network.network_address) + ((first + step) % count) * size
        subnet = IPv4Network((address, SUBNET_PREFIX))
        if not any(subnet.overlaps(other) for other in occupied):
            yield subnet
