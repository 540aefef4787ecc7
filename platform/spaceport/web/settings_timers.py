"""The forms of a Space's timers, on its page of settings."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.rollout import timer_commands as timers
from spaceport.web.context import Web
from spaceport.web.settings_page import SETTINGS_PATH, SettingsForms

_SECTION = "timers"

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    router, forms, services = web.new_router(), SettingsForms(web), web.services

    @router.post(f"{SETTINGS_PATH}/timers", include_in_schema=False)
    def add(
        request: Request, owner: str, name: str, csrf: Text = "", action: Text = "", line: Text = "", zone: Text = ""
    ) -> Response:
        return forms.change(
            request,
            owner,
            name,
            csrf,
            _SECTION,
            lambda s, c: timers.add_timer(services, s, c, action, line, zone),
            action=action,
            line=line,
            zone=zone,
        )

    @router.post(f"{SETTINGS_PATH}/timers/remove", include_in_schema=False)
    def remove(request: Request, owner: str, name: str, csrf: Text = "", timer: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, _SECTION, lambda s, c: timers.remove_timer(services, s, c, timer)
        )

    return router
