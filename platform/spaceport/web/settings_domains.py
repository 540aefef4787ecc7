"""The forms of a Space's own domains, on its page of settings."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.rollout import domain_commands as domains
from spaceport.web.context import Web
from spaceport.web.settings_page import SETTINGS_PATH, SettingsForms

_SECTION = "domains"

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    router, forms, services = web.new_router(), SettingsForms(web), web.services

    @router.post(f"{SETTINGS_PATH}/domains", include_in_schema=False)
    def add(request: Request, owner: str, name: str, csrf: Text = "", domain: Text = "") -> Response:
        return forms.change(
            request,
            owner,
            name,
            csrf,
            _SECTION,
            lambda s, c: domains.add_domain(services, s, c, domain),
            domain=domain,
        )

    @router.post(f"{SETTINGS_PATH}/domains/check", include_in_schema=False)
    def check(request: Request, owner: str, name: str, csrf: Text = "", domain: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, _SECTION, lambda s, c: domains.ask_check(services, s, c, domain)
        )

    @router.post(f"{SETTINGS_PATH}/domains/remove", include_in_schema=False)
    def remove(request: Request, owner: str, name: str, csrf: Text = "", domain: Text = "") -> Response:
        return forms.change(
            request, owner, name, csrf, _SECTION, lambda s, c: domains.remove_domain(services, s, c, domain)
        )

    return router
