"""What a running Space finds in its environment."""

from collections.abc import Sequence

from spaceport.domain.card import parse_duration
from spaceport.domain.flavors import GIB
from spaceport.domain.oauth import OAuthApp
from spaceport.domain.release import Release
from spaceport.domain.space import Space
from spaceport.rollout.sign_in import brings_own_app, sign_in_variables
from spaceport.settings import Settings


def environment_of(
    space: Space,
    release: Release,
    settings: Settings,
    app: OAuthApp | None = None,
    domains: Sequence[str] = (),
) -> dict[str, str]:
    """
    The variables of the release, and above them the ``SPACE_*`` variables, the hardware, and what the Space's ``app``
    needs to sign people in.

    ``SPACE_HOST`` names the Space's own host first, then its ``domains``; it is left out on plain http: with it gradio
    forces https for signing in. ``SYSTEM`` is ``spaces`` only
    where an app signs people in: it makes gradio insist on an OAuth client, and ask huggingface.co about the Space from
    every page that is not framed. Whoever wants that anyway sets the variable.

    Source: hub-api.md section 10.5, spaces-reference.md sections 1.8 and 5.1; gradio/utils.py (``get_space``).
    """
    flavor = settings.flavors.sized(release.hardware)
    client = sign_in_variables(release, app, settings.apps_hub)
    variables = {
        **({"HF_ENDPOINT": settings.apps_hf_endpoint} if settings.apps_hf_endpoint else {}),
        **({"SYSTEM": "spaces"} if client or brings_own_app(release) else {}),
        **release.variables,
        **client,
        "SPACE_ID": space.full_name,
        "SPACE_AUTHOR_NAME": space.owner,
        "SPACE_REPO_NAME": space.name,
        "SPACE_TITLE": space.title,
        "SPACE_CREATOR_USER_ID": space.creator_id or space.owner_id,
        "ACCELERATOR": flavor.name if flavor.gpus else "none",
        "CPU_CORES": f"{flavor.cpus:g}",
        "MEMORY": f"{flavor.memory_bytes / GIB:g}Gi",
    }
    if settings.apps_scheme == "https":
        own = f"{space.subdomain}.{settings.apps_domain}{settings.apps_port_suffix}"
        variables["SPACE_HOST"] = ",".join((own, *domains))
    return variables


def start_seconds_of(space: Space, release: Release | None, settings: Settings) -> int:
    """
    How long the app may take to answer: ``startup_duration_timeout`` of the card, else the setting. In seconds.

    The card is that of the release: after a rollback ``main`` says nothing about what starts.
    """
    card = release.card if release is not None and release.card else space.card
    asked = parse_duration(card.get("startup_duration_timeout") or "")
    return asked or settings.start_deadline_seconds
