"""The settings in force, for admins; secrets are told to be there, and never shown."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from fastapi import APIRouter, Request, Response

from spaceport.settings import PREFIX, Settings
from spaceport.web.context import Web
from spaceport.web.visitor import admin_of

_SECRET = re.compile(r"secret|password|_key\b|token")
#: What may be part of an address: who signs in there, and parameters that say more.
_SIGNED_IN = re.compile(r"//[^/@\s]+@")
_PARAMETERS = re.compile(r"\?.*", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One setting: its variable, what it is now, whether somebody chose that, and what it means."""

    variable: str
    value: str
    default: str
    is_chosen: bool
    help: str
    unit: str


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/admin/-/settings", include_in_schema=False)
    def settings(request: Request) -> Response:
        visitor = admin_of(request)
        lines = lines_of(web.services.settings, os.environ)
        return web.renderer.page(request, visitor, "admin_settings.html", lines=lines)

    return router


def lines_of(settings: Settings, environ: Mapping[str, str]) -> list[Line]:
    """In the order of the table of settings."""
    found = []
    for item in fields(settings):
        variable = f"{PREFIX}{item.name.upper()}"
        value = getattr(settings, item.name)
        is_chosen = bool(environ.get(variable, "").strip()) or value != item.default
        meta = item.metadata
        found.append(
            Line(
                variable,
                shown(item.name, value),
                shown(item.name, item.default),
                is_chosen,
                str(meta["help"]),
                str(meta["unit"]),
            )
        )
    return found


def shown(name: str, value: object) -> str:
    """The value as an admin may see it."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if _SECRET.search(name):
        return "set, not shown" if text else ""
    return _PARAMETERS.sub("?…", _SIGNED_IN.sub("//…@", text)) if "://" in text else text
