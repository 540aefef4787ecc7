"""The forms of the page of machines: drain one, or one of its builders, and take that back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.rollout.drain_commands import drain, undrain
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to, local_path
from spaceport.web.visitor import Visitor, admin_of

_PAGE = "/admin/-/machines"


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def admin_with_form(request: Request, csrf: str) -> Visitor:
        visitor = admin_of(request)
        check_form(request, visitor, csrf)
        return visitor

    @router.post(f"{_PAGE}/{{machine}}/drain", include_in_schema=False)
    def drain_machine(
        request: Request,
        machine: str,
        csrf: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
        moves: Annotated[bool, Form()] = False,
        builder: Annotated[int | None, Form()] = None,
    ) -> Response:
        visitor = admin_with_form(request, csrf)
        drain(web.services, machine, visitor.caller, reason, moves, builder)
        return leads_to(local_path(back, _PAGE), "drained", f"machine-{machine}")

    @router.post(f"{_PAGE}/{{machine}}/undrain", include_in_schema=False)
    def undrain_machine(
        request: Request,
        machine: str,
        csrf: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "",
        builder: Annotated[int | None, Form()] = None,
    ) -> Response:
        visitor = admin_with_form(request, csrf)
        undrain(web.services, machine, visitor.caller, builder)
        return leads_to(local_path(back, _PAGE), "undrained", f"machine-{machine}")

    return router
