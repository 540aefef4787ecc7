"""Images of Spaces that the Docker Engine holds, and what they take of its disk."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from docker.errors import ImageNotFound

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors
from spaceport_runner.engines.engine import StoredImage
from spaceport_runner.image_uses import ImageUses

#: Repositories of images that builds of Spaces make.
OURS = ("spaceport/deps", "spaceport/space-")
#: Cache of build steps that was used within so many hours is left: other builds of this machine may be at it.
CACHE_UNUSED_HOURS = 1


@dataclass(frozen=True)
class Layers:
    """Digests of an image's layers, lowest first, and the size of them all."""

    digests: tuple[str, ...]
    size_bytes: int


class DockerImages:
    """Sees only images that this runner made: another Spaceport may share the engine."""

    def __init__(self, connection: DockerConnection, uses: ImageUses) -> None:
        self._connection = connection
        self._uses = uses
        #: By id of the image; what an id stands for never changes.
        self._layers: dict[str, Layers] = {}

    def stored(self) -> list[StoredImage]:
        with docker_errors():
            api = self._connection.client.api
            used = {container["ImageID"] for container in api.containers(all=True)}
            images = api.images()
        return [
            StoredImage(name=tag, made_at=float(image["Created"]), in_use=image["Id"] in used)
            for image in images
            for tag in self._own_tags(image)
        ]

    def total_bytes(self) -> int:
        """What would be free without the images of this runner: what they share with others is not counted."""
        with docker_errors():
            images = self._connection.client.api.images()
        own = {image["Id"] for image in images if self._own_tags(image)}
        layers = {image["Id"]: found for image in images if (found := self._layers_of(image["Id"])) is not None}
        self._layers = layers
        others = [found for image_id, found in layers.items() if image_id not in own]
        return sum(own_bytes(layers[image_id], others) for image_id in own & layers.keys())

    def freed_bytes(self, names: Collection[str]) -> int:
        """Layers that an image which stays is built on, or that several of these share, are not told apart further."""
        with docker_errors():
            images = self._connection.client.api.images()
        # Who has another name stays.
        going = {image["Id"] for image in images if image["RepoTags"] and set(image["RepoTags"]) <= set(names)}
        layers = {image["Id"]: found for image in images if (found := self._layers_of(image["Id"])) is not None}
        staying = [found for image_id, found in layers.items() if image_id not in going]
        return sum(own_bytes(layers[image_id], staying) for image_id in going & layers.keys())

    def drop_caches(self) -> None:
        with docker_errors():
            self._connection.client.api.prune_builds(filters={"unused-for": f"{CACHE_UNUSED_HOURS}h"}, all=True)

    def _own_tags(self, image: dict[str, Any]) -> list[str]:
        tags: list[str] = image["RepoTags"] or []
        return [tag for tag in tags if tag.startswith(OURS) and self._uses.was_made_here(tag)]

    def _layers_of(self, image_id: str) -> Layers | None:
        """None for an image that has gone since it was listed."""
        if image_id not in self._layers:
            with docker_errors():
                try:
                    image = self._connection.client.api.inspect_image(image_id)
                except ImageNotFound:
                    return None
            self._layers[image_id] = Layers(tuple(image["RootFS"].get("Layers") or ()), int(image["Size"]))
        return self._layers[image_id]


def own_bytes(image: Layers, others: list[Layers]) -> int:
    """The size of an image without the largest one that it is built on."""
    below = [other.size_bytes for other in others if image.digests[: len(other.digests)] == other.digests]
    return image.size_bytes - max(below, default=0)
