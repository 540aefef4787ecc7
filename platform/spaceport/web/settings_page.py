"""The settings of a Space: the page, and the forms on it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.addresses import app_url
from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.app_access import SIGN_PARAMETER
from spaceport.domain.mount import wanted_mount
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.domain.visibility import visibility_of
from spaceport.errors import AlreadyExists, BadRequest, Conflict, GatedRepo, InvalidName, NotSupported, UserNotFound
from spaceport.live import snapshot_of
from spaceport.repos.discussions.talking import set_discussions
from spaceport.repos.mounting import mountable
from spaceport.repos.moving import move
from spaceport.rollout import config_commands as config
from spaceport.rollout import hardware_commands as hardware
from spaceport.rollout import mount_commands as mounts
from spaceport.rollout import visit_commands as visits
from spaceport.rollout import volume_commands as volumes
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.finding import find_space
from spaceport.web.forms import check_form, leads_to
from spaceport.web.gate import answer_request
from spaceport.web.settings_view import AppLink, Typed, settings_view
from spaceport.web.space_view import view_context
from spaceport.web.visitor import Visitor, visitor_of

SETTINGS_PATH = "/spaces/{owner}/{name}/settings"
_GIB = 1024**3
#: What the person at the form can mend is told beside it; everything else is a page of its own.
_MENDABLE = (BadRequest, Conflict, GatedRepo, InvalidName, AlreadyExists, NotSupported, UserNotFound)

#: What is said of sections that no running app depends on.
_NOTICES = {"discussions": "repo-saved", "domains": "repo-saved", "timers": "repo-saved", "requests": "repo-saved"}

Do = Callable[[Space, Caller], object]
Text = Annotated[str, Form()]


class SettingsForms:
    """What all forms of the page have in common."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def show(
        self,
        request: Request,
        visitor: Visitor,
        owner: str,
        name: str,
        typed: Typed | None = None,
        link: AppLink | None = None,
    ) -> Response:
        """``link`` is shown this once: nobody keeps it."""
        services = self._web.services
        with services.database.read() as tx:
            snapshot = snapshot_of(tx, find_space(tx, visitor.caller, owner, name, Action.CONFIGURE))
            view = settings_view(tx, snapshot, visitor.caller, services)
        return self._web.renderer.page(
            request,
            visitor,
            "space_settings.html",
            status=400 if typed else 200,
            tab="settings",
            view=view,
            typed=typed or Typed(),
            link=link,
            **view_context(snapshot, visitor.caller, services),
        )

    def change(
        self, request: Request, owner: str, name: str, csrf: str, section: str, do: Do, **values: str
    ) -> Response:
        """
        Do it and lead back to the section, or show the page again with what is wrong and the ``values`` as typed.

        Never hand over the value of a secret in ``values``.
        """
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        with self._web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.CONFIGURE)
        try:
            do(space, visitor.caller)
        except _MENDABLE as error:
            return self.show(request, visitor, space.owner, space.name, Typed(section, str(error), values))
        return leads_to(f"/spaces/{space.full_name}/settings", _NOTICES.get(section, "saved"), section)


def make_router(web: Web) -> APIRouter:
    router, forms = web.new_router(), SettingsForms(web)

    @router.get(SETTINGS_PATH, include_in_schema=False)
    def settings_page(request: Request, owner: str, name: str) -> Response:
        return forms.show(request, visitor_of(request), owner, name)

    _add_variables_and_secrets(router, web, forms)
    _add_hardware(router, web, forms)
    _add_volume(router, web, forms)
    _add_mounts(router, web, forms)
    _add_visibility(router, web, forms)
    _add_naming(router, web, forms)
    return router


def _add_variables_and_secrets(router: APIRouter, web: Web, forms: SettingsForms) -> None:
    services = web.services

    @router.post(f"{SETTINGS_PATH}/variables", include_in_schema=False)
    def set_variable(
        request: Request, owner: str, name: str, csrf: Text = "", key: Text = "", value: Text = "", about: Text = ""
    ) -> Response:
        def do(space: Space, caller: Caller) -> None:
            config.set_variable(services, space, caller, key.strip(), _lines(value), about.strip())

        return forms.change(request, owner, name, csrf, "variables", do, key=key, value=value, about=about)

    @router.post(f"{SETTINGS_PATH}/variables/remove", include_in_schema=False)
    def remove_variable(request: Request, owner: str, name: str, csrf: Text = "", key: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, "variables", lambda s, c: config.remove_variable(services, s, c, key)
        )

    @router.post(f"{SETTINGS_PATH}/secrets", include_in_schema=False)
    def set_secret(
        request: Request, owner: str, name: str, csrf: Text = "", key: Text = "", value: Text = "", about: Text = ""
    ) -> Response:
        def do(space: Space, caller: Caller) -> None:
            config.set_secret(services, space, caller, key.strip(), _lines(value), about.strip())

        return forms.change(request, owner, name, csrf, "secrets", do, key=key, about=about)

    @router.post(f"{SETTINGS_PATH}/secrets/remove", include_in_schema=False)
    def remove_secret(request: Request, owner: str, name: str, csrf: Text = "", key: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, "secrets", lambda s, c: config.remove_secret(services, s, c, key)
        )


def _add_hardware(router: APIRouter, web: Web, forms: SettingsForms) -> None:
    services = web.services

    @router.post(f"{SETTINGS_PATH}/hardware", include_in_schema=False)
    def set_hardware(request: Request, owner: str, name: str, csrf: Text = "", flavor: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, "hardware", lambda s, c: hardware.set_hardware(services, s, c, flavor)
        )

    @router.post(f"{SETTINGS_PATH}/sleep", include_in_schema=False)
    def set_sleep_time(request: Request, owner: str, name: str, csrf: Text = "", seconds: Text = "") -> Response:
        def do(space: Space, caller: Caller) -> None:
            hardware.set_sleep_time(
                services, space, caller, _whole(seconds, gettext("the sleep time")) if seconds else None
            )

        return forms.change(request, owner, name, csrf, "sleep", do)


def _add_volume(router: APIRouter, web: Web, forms: SettingsForms) -> None:
    services = web.services

    @router.post(f"{SETTINGS_PATH}/storage", include_in_schema=False)
    def set_volume(request: Request, owner: str, name: str, csrf: Text = "", gib: Text = "") -> Response:
        def do(space: Space, caller: Caller) -> None:
            volumes.set_volume(services, space, caller, _gib(gib))

        return forms.change(request, owner, name, csrf, "storage", do, gib=gib)

    @router.post(f"{SETTINGS_PATH}/storage/restore", include_in_schema=False)
    def restore(request: Request, owner: str, name: str, csrf: Text = "", copy_name: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, "storage", lambda s, c: volumes.restore_snapshot(services, s, c, copy_name)
        )


def _add_mounts(router: APIRouter, web: Web, forms: SettingsForms) -> None:
    services = web.services

    @router.post(f"{SETTINGS_PATH}/volumes", include_in_schema=False)
    def add_mount(
        request: Request,
        owner: str,
        name: str,
        csrf: Text = "",
        kind: Text = "",
        source: Text = "",
        mount_path: Text = "",
        revision: Text = "",
        path: Text = "",
    ) -> Response:
        def do(space: Space, caller: Caller) -> None:
            wanted = wanted_mount(kind, source.strip(), mount_path.strip(), revision.strip(), path.strip())
            for mount in mountable(services, caller, space.owner_id, [wanted]):
                mounts.add_mount(services, space, caller, mount)

        typed = {"kind": kind, "source": source, "mount_path": mount_path, "revision": revision, "path": path}
        return forms.change(request, owner, name, csrf, "volumes", do, **typed)

    @router.post(f"{SETTINGS_PATH}/volumes/remove", include_in_schema=False)
    def remove_mount(request: Request, owner: str, name: str, csrf: Text = "", mount_path: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, "volumes", lambda s, c: mounts.remove_mount(services, s, c, mount_path)
        )


def _add_visibility(router: APIRouter, web: Web, forms: SettingsForms) -> None:
    services = web.services

    @router.post(f"{SETTINGS_PATH}/visibility", include_in_schema=False)
    def set_visibility(request: Request, owner: str, name: str, csrf: Text = "", visibility: Text = "") -> Response:
        def do(space: Space, caller: Caller) -> None:
            wanted = visibility_of(RepoType.SPACE, visibility, None)
            assert wanted is not None
            visits.set_visibility(services, space, caller, wanted)

        return forms.change(request, owner, name, csrf, "visibility", do)

    @router.post(f"{SETTINGS_PATH}/gate", include_in_schema=False)
    def set_gate(request: Request, owner: str, name: str, csrf: Text = "", gated: Text = "") -> Response:
        return forms.change(request, owner, name, csrf, "gate", lambda s, c: visits.set_gate(services, s, c, gated))

    @router.post(f"{SETTINGS_PATH}/requests", include_in_schema=False)
    def answer(
        request: Request, owner: str, name: str, csrf: Text = "", user: Text = "", status: Text = ""
    ) -> Response:
        def do(space: Space, caller: Caller) -> None:
            answer_request(services, space, caller, user, status)

        return forms.change(request, owner, name, csrf, "requests", do, user=user)

    @router.post(f"{SETTINGS_PATH}/discussions", include_in_schema=False)
    def switch_discussions(request: Request, owner: str, name: str, csrf: Text = "", on: Text = "") -> Response:
        def do(space: Space, _: Caller) -> None:
            set_discussions(services, space, is_on=on == "true")

        return forms.change(request, owner, name, csrf, "discussions", do)

    @router.post(f"{SETTINGS_PATH}/links", include_in_schema=False)
    def make_link(request: Request, owner: str, name: str, csrf: Text = "", seconds: Text = "") -> Response:
        made: list[AppLink] = []

        def do(space: Space, caller: Caller) -> None:
            ticket, ends_at = visits.make_link(services, space, caller, _whole(seconds, gettext("the life of a link")))
            made.append(AppLink(f"{app_url(space, services.settings)}/?{SIGN_PARAMETER}={ticket}", ends_at))

        answer = forms.change(request, owner, name, csrf, "links", do)
        return forms.show(request, visitor_of(request), owner, name, link=made[0]) if made else answer

    @router.post(f"{SETTINGS_PATH}/links/revoke", include_in_schema=False)
    def revoke_links(request: Request, owner: str, name: str, csrf: Text = "") -> Response:
        return forms.change(request, owner, name, csrf, "links", lambda s, c: visits.revoke_links(services, s, c))


def _add_naming(router: APIRouter, web: Web, forms: SettingsForms) -> None:
    services = web.services

    @router.post(f"{SETTINGS_PATH}/name", include_in_schema=False)
    def rename(
        request: Request, owner: str, name: str, csrf: Text = "", to_owner: Text = "", to_name: Text = ""
    ) -> Response:
        moved: list[Space] = []

        def do(space: Space, caller: Caller) -> None:
            moved.append(move(services, space, caller, to_owner.strip(), to_name.strip()))

        answer = forms.change(request, owner, name, csrf, "name", do, to_owner=to_owner, to_name=to_name)
        # Who gave the Space away may not see its settings any more, but its page, or that it is private now.
        return leads_to(f"/spaces/{moved[0].full_name}", "moved") if moved else answer


def _lines(value: str) -> str:
    """Browsers send the ends of lines as CR LF, whatever was typed. Source: HTML standard, form data set."""
    return value.replace("\r\n", "\n")


def _whole(text: str, what: str) -> int:
    """Raises: BadRequest."""
    try:
        return int(text)
    except ValueError:
        raise BadRequest(
            gettext("%(what)s is a whole number of seconds; given: %(given)s", what=what, given=text[:50])
        ) from None


def _gib(text: str) -> int:
    """Raises: BadRequest."""
    try:
        return round(float(text) * _GIB)
    except (ValueError, OverflowError):
        raise BadRequest(
            gettext("the size of /data is a number of GiB, 0 for none; given: %(given)s", given=text[:50])
        ) from None
