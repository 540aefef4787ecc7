"""A Space's page: what it shows of a Space to this visitor, now and whenever something changes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from spaceport import addresses
from spaceport.deployments import files_before
from spaceport.domain.access import Action, can, is_own
from spaceport.domain.account import Caller
from spaceport.domain.app_access import LINK_SECONDS, SIGN_PARAMETER, sign_key, signed
from spaceport.domain.instance import Role
from spaceport.domain.release import Release
from spaceport.live import Snapshot, serving_release_id
from spaceport.notify.watching import is_heard
from spaceport.repos.likes import liked_of
from spaceport.services import Services
from spaceport.web import looks
from spaceport.web.gate import gate_context
from spaceport.web.log_lines import last_lines, newest_source
from spaceport.web.rendering import Renderer
from spaceport.web.words import iso


@dataclass(frozen=True)
class Rights:
    """
    What this visitor may do with this Space; ``owns`` tells an owner from an admin who may do the same.

    Who may not ``enter`` a gated Space sees its page without the app.
    """

    enter: bool
    logs: bool
    write: bool
    govern: bool
    owns: bool


def rights_of(caller: Caller, snapshot: Snapshot) -> Rights:
    space = snapshot.space
    return Rights(
        enter=not space.is_app_private or can(caller, Action.ENTER, space),
        logs=can(caller, Action.LOGS, space),
        write=can(caller, Action.WRITE, space),
        govern=can(caller, Action.GOVERN, space),
        owns=is_own(caller, space),
    )


def version_of(snapshot: Snapshot) -> str | None:
    """What serves visitors: changes when a new version takes over."""
    live = [instance for instance in snapshot.instances if instance.role is Role.LIVE]
    return live[-1].id if live else snapshot.space.target_release_id


def frame_url(snapshot: Snapshot, caller: Caller, services: Services, query: list[tuple[str, str]]) -> str:
    """
    The app's address with the query of the page, which the app gets once, when it loads.

    For a private or gated Space the link is signed for who may enter: for a few minutes, without another sign-in.
    """
    settings = services.settings
    if snapshot.space.is_app_private and can(caller, Action.ENTER, snapshot.space):
        key = sign_key(services.internal_secret, snapshot.space.id, snapshot.space.links_version)
        query = [*query, (SIGN_PARAMETER, signed(key, services.clock.now().timestamp() + LINK_SECONDS))]
    path = str(snapshot.space.card.get("base_path") or "/")
    if not path.startswith("/") or path.startswith("//"):
        path = "/"
    return addresses.app_url(snapshot.space, settings) + path + (f"?{urlencode(query)}" if query else "")


def view_context(snapshot: Snapshot, caller: Caller, services: Services) -> dict[str, Any]:
    """What the parts of the page need that change with the Space. Reads the database: call it from a thread."""
    release = _serving_release(snapshot, services)
    with services.database.read() as tx:
        is_liked = bool(liked_of(tx, caller, [snapshot.space]))
        is_watched = is_heard(tx, caller, snapshot.space)
    return {
        "space": snapshot.space,
        "chip": looks.chip_of(snapshot.space),
        "serving": looks.is_serving(snapshot.space),
        "asleep": snapshot.space.is_asleep,
        "sleep_line": looks.sleep_line(snapshot.space, services.settings.flavors, services.clock.now()),
        "behind": looks.behind_of(snapshot.space, release),
        "panel": looks.panel_of(snapshot),
        "build": snapshot.build,
        "rights": rights_of(caller, snapshot),
        "app_url": frame_url(snapshot, caller, services, []),
        "git_url": addresses.page_url(snapshot.space, services.settings),
        "is_liked": is_liked,
        "is_watched": is_watched,
        **gate_context(services, caller, snapshot.space),
    }


def app_context(snapshot: Snapshot, caller: Caller, services: Services) -> dict[str, Any]:
    """``view_context`` with how the log of a failure ended: for where the app would be."""
    context = view_context(snapshot, caller, services)
    panel, failed = context["panel"], None
    if panel.kind == "bad" and panel.log is not None and context["rights"].logs:
        with services.database.read() as tx:
            failed = newest_source(tx, snapshot.space, panel.log)
    return context | {"last_lines": last_lines(services, snapshot.space, failed)}


def _view(renderer: Renderer, context: dict[str, Any]) -> str | None:
    if context["gate"] is not None:
        return None
    return renderer.part("_view.html", frame_url=context["app_url"], framed=context["serving"], **context)


def _serving_release(snapshot: Snapshot, services: Services) -> Release | None:
    release_id = serving_release_id(snapshot)
    if release_id is None:
        return None
    with services.database.read() as tx:
        release = tx.releases.get(release_id)
        return files_before(tx, release) or release


def message_of(renderer: Renderer, services: Services, snapshot: Snapshot, caller: Caller) -> dict[str, Any]:
    """One change for the page's script; also of use to other programs. Reads the database: call it from a thread."""
    space, build = snapshot.space, snapshot.build
    context = app_context(snapshot, caller, services)
    return {
        "id": space.id,
        "stage": space.stage,
        "label": context["chip"].label,
        "reason": space.stage_reason,
        "since": iso(space.stage_since) if space.stage_since else None,
        "deadline": iso(space.stage_deadline_at) if space.stage_deadline_at else None,
        "serving": context["serving"],
        "version": version_of(snapshot),
        "build": {"id": build.id, "status": build.status, "phase": build.phase, "sha": build.sha} if build else None,
        "instance": snapshot.instances[-1].id if snapshot.instances else None,
        "html": {
            "status": renderer.part("_status.html", **context),
            "view": _view(renderer, context),
            "actions": renderer.part("_actions.html", **context),
        },
    }
