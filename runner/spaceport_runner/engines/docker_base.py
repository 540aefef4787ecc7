"""What the base image offers, learned by running it."""

import re
import time
from contextlib import suppress

from docker.errors import APIError, ContainerError

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors

LABEL_PROBE = "spaceport.probe"
#: Whose probe it is. Not ``LABEL_RUNNER``: what has that is an instance.
LABEL_PROBE_RUNNER = "spaceport.probe.runner"
#: A probe takes a second or two: one so old is left over from a process that was killed.
LEFT_OVER_SECONDS = 300.0


def base_python_versions(connection: DockerConnection, image: str, owner: str) -> tuple[str, ...]:
    """
    The Python of an image as ``("3.11",)``, empty when it has none that answers.

    ``owner`` is the runner's, whose old probes are removed first: a runner asks this when it starts and for each build.
    """
    with docker_errors():
        remove_left_probes(connection, owner)
        try:
            output = connection.client.containers.run(
                image,
                ["python3", "--version"],
                remove=True,
                network_mode="none",
                user="1000:1000",
                cap_drop=["ALL"],
                security_opt=["no-new-privileges:true"],
                labels={LABEL_PROBE: "python", LABEL_PROBE_RUNNER: owner},
            )
        except (APIError, ContainerError):
            return ()
    found = re.match(rb"Python (\d+\.\d+)", output)
    return (found[1].decode(),) if found else ()


def remove_left_probes(connection: DockerConnection, owner: str, older_than_seconds: float = LEFT_OVER_SECONDS) -> None:
    """Remove the old probes of this runner, and of no other. Raises: APIError."""
    labels = [f"{LABEL_PROBE}=python", f"{LABEL_PROBE_RUNNER}={owner}"]
    api = connection.client.api
    for summary in api.containers(all=True, filters={"label": labels}):
        if time.time() - summary["Created"] > older_than_seconds:
            # It may be gone, or about to go.
            with suppress(APIError):
                api.remove_container(summary["Id"], force=True)
