"""What the base image offers, learned by running it."""

import re

from docker.errors import APIError, ContainerError

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors


def base_python_versions(connection: DockerConnection, image: str) -> tuple[str, ...]:
    """The Python of an image as ``("3.11",)``, empty when it has none that answers."""
    with docker_errors():
        try:
            output = connection.client.containers.run(
                image,
                ["python3", "--version"],
                remove=True,
                network_mode="none",
                user="1000:1000",
                cap_drop=["ALL"],
                security_opt=["no-new-privileges:true"],
                labels={"spaceport.probe": "python"},
            )
        except (APIError, ContainerError):
            return ()
    found = re.match(rb"Python (\d+\.\d+)", output)
    return (found[1].decode(),) if found else ()
