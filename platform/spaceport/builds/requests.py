"""From a build row to what the runner is asked to do."""

from dataclasses import dataclass, field

from spaceport.domain.build import Build
from spaceport.domain.config import current_versions
from spaceport.domain.push import Push
from spaceport.domain.source import source_path, source_token
from spaceport.domain.space import Space
from spaceport.settings import Settings
from spaceport.stores import Transaction
from spaceport_runner.contract import BuildRequest
from spaceport_runner.template import Template


def app_file_of(push: Push, template: Template) -> str:
    """The file that starts the app; empty where the image knows."""
    return str(push.card.get("app_file") or template.default_app_file or "")


def app_port_of(push: Push, template: Template) -> int:
    return int(push.card.get("app_port") or template.default_app_port)


def preload_of(push: Push, template: Template) -> tuple[str, ...]:
    """What the card wants to have fetched from this hub; nothing where the image is the repo's own business."""
    if template.needs_dockerfile or not template.needs_instance:
        return ()
    return tuple(str(line) for line in push.card.get("preload_from_hub") or ())


@dataclass(frozen=True)
class BuildConfiguration:
    """
    What a build gets besides its commit: variables and sealed secrets as they are now, and for a locked build the
    versions it has to install.
    """

    variables: dict[str, str] = field(default_factory=dict)
    sealed_secrets: dict[str, str] = field(default_factory=dict)
    lock: str | None = None


def configuration_of(tx: Transaction, space: Space, template: Template, lock: str | None) -> BuildConfiguration:
    """Variables and secrets are for a repo's own Dockerfile only."""
    if not template.needs_dockerfile:
        return BuildConfiguration(lock=lock)
    secrets = tx.configs.secrets(space.id)
    newest = current_versions(secrets)
    return BuildConfiguration(
        variables={variable.key: variable.value for variable in tx.configs.variables(space.id)},
        sealed_secrets={each.key: each.sealed for each in secrets if newest.get(each.key) == each.version},
        lock=lock,
    )


def build_request(
    space: Space,
    push: Push,
    build: Build,
    template: Template,
    settings: Settings,
    internal_secret: str,
    configuration: BuildConfiguration,
) -> BuildRequest:
    """Everything one attempt needs; nothing in it is looked up again."""
    # The template's default is not filled in here: requirements.txt may know better.
    sdk_version = push.card.get("sdk_version")
    python_version = push.card.get("python_version")
    return BuildRequest(
        build_id=build.id,
        attempt=build.attempt,
        space_id=space.id,
        space_name=space.full_name,
        sha=build.sha,
        sdk=template.sdk,
        template=template.name,
        sdk_version=str(sdk_version) if sdk_version else None,
        python_version=str(python_version) if python_version else None,
        app_file=app_file_of(push, template),
        app_port=app_port_of(push, template),
        deps_hash=build.deps_hash,
        source_url=settings.internal_hub + source_path(space.id, build.sha),
        source_token=source_token(internal_secret, space.id, build.sha),
        deadline_seconds=settings.build_deadline_seconds,
        no_cache=build.no_cache,
        preload=preload_of(push, template),
        hub_url=settings.internal_hub,
        variables=configuration.variables,
        sealed_secrets=configuration.sealed_secrets,
        lock=configuration.lock,
    )
