"""From an instance row to what its runner is told."""

from collections.abc import Sequence

from spaceport.domain.config import Secret
from spaceport.domain.instance import Instance
from spaceport.domain.mount import Mount, mount_address, mount_token, mounts_of
from spaceport.domain.oauth import OAuthApp
from spaceport.domain.release import Release
from spaceport.domain.source import source_path, source_token
from spaceport.domain.space import Space
from spaceport.rollout.environment import environment_of, start_seconds_of
from spaceport.rollout.sign_in import sealed_client_secret
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceSpec, Limits, MountSpec


def instance_spec(
    space: Space,
    release: Release,
    instance: Instance,
    settings: Settings,
    internal_secret: str,
    secrets: Sequence[Secret] = (),
    frozen: bool = False,
    app: OAuthApp | None = None,
    domains: Sequence[str] = (),
) -> InstanceSpec:
    """
    Everything the agent needs to start it; equal rows give equal specs.

    ``secrets`` are all versions that the Space ever had; the release says which ones it runs with.
    ``app`` is the Space's own, by which it signs people in; ``domains`` are those that lead to it beside its host.
    """
    flavor = settings.flavors.sized(release.hardware)
    return InstanceSpec(
        instance_id=instance.id,
        space_id=space.id,
        space_name=space.full_name,
        release_id=release.id,
        generation=instance.generation,
        sdk=release.sdk,
        template=release.template,
        image=release.image,
        sha=release.sha,
        source_url=settings.internal_hub + source_path(space.id, release.sha),
        source_token=source_token(internal_secret, space.id, release.sha),
        app_file=release.app_file,
        app_port=release.app_port,
        environment=environment_of(space, release, settings, app, domains),
        limits=Limits(memory_bytes=flavor.memory_bytes, cpus=flavor.cpus, pids=flavor.pids, gpus=flavor.gpus),
        start_timeout_seconds=start_seconds_of(space, release, settings),
        sealed_secrets={
            **sealed_client_secret(release, app),
            **{each.key: each.sealed for each in secrets if release.secret_versions.get(each.key) == each.version},
        },
        volume_bytes=space.volume_bytes,
        snapshot_as=release.snapshot_name if space.volume_bytes else "",
        restore_from=release.restore_from if space.volume_bytes else "",
        release_number=release.number,
        restart=instance.restart,
        mounts=tuple(_mount_spec(each, instance, settings, internal_secret) for each in mounts_of(space)),
        frozen=frozen,
    )


def _mount_spec(mount: Mount, instance: Instance, settings: Settings, internal_secret: str) -> MountSpec:
    """The hub decides when the runner asks, at each start: a token alone opens nothing that the owner may not read."""
    return MountSpec(
        name=mount.words,
        inside=mount.mount_path,
        url=settings.internal_hub + mount_address(instance.id, mount.key),
        token=mount_token(internal_secret, instance.id, mount.key),
    )
