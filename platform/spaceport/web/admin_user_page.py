"""One user or organization for admins: what they take of what they may have, and the form that changes that."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.datastructures import FormData

from spaceport.domain.account import AccessToken, Caller
from spaceport.domain.quota import IN_BYTES, KINDS, UNLIMITED, amount_of
from spaceport.errors import BadRequest
from spaceport.event_stream import event_stream
from spaceport.quota_commands import OwnerQuota, quota_of, set_quota
from spaceport.translating import marked
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.live_parts import live_parts
from spaceport.web.visitor import admin_of

_PATH = "/admin/-/users/{name}"
#: The parts are read this often: what all Spaces take is added up.
_EVERY_SECONDS = 5.0
_GIB = 1024**3
#: What each kind is called, and what it counts.
LABELS = {
    "spaces": (marked("Spaces"), marked("all there are, running or not")),
    "running": (marked("Running Spaces"), marked("at the same time; sleeping ones do not count")),
    "memory_bytes": (marked("Memory of running Spaces"), marked("in GiB, what they may take together")),
    "cpus": (marked("Cores of running Spaces"), marked("what they may take together")),
    "gpus": (marked("GPUs of running Spaces"), marked("what they may take together")),
    "storage_bytes": (marked("Large files and /data"), marked("in GiB")),
}


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def read(caller: Caller, name: str) -> tuple[OwnerQuota, list[AccessToken]]:
        found = quota_of(web.services, caller, name)
        with web.services.database.read() as tx:
            return found, tx.accounts.tokens_of(found.owner.id)

    @router.get(_PATH, include_in_schema=False)
    def user(request: Request, name: str) -> Response:
        visitor = admin_of(request)
        found, tokens = read(visitor.caller, name)
        return web.renderer.page(
            request,
            visitor,
            "admin_user.html",
            found=found,
            tokens=tokens,
            fields=fields_of(found),
            labels=LABELS,
        )

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request, name: str) -> StreamingResponse:
        """What of the page changes; its form does not."""
        visitor = await run_in_threadpool(admin_of, request)

        def parts() -> dict[str, str]:
            found, tokens = read(visitor.caller, name)
            part = web.renderer.part
            taken = {f"taken-{kind}": part("_admin_taken.html", found=found, kind=kind) for kind in KINDS}
            return taken | {"tokens": part("_admin_tokens.html", tokens=tokens)}

        return event_stream(live_parts(web, parts, _EVERY_SECONDS))

    @router.post(f"{_PATH}/quota", include_in_schema=False)
    async def change(request: Request, name: str) -> Response:
        return await run_in_threadpool(save, request, name, await request.form())

    def save(request: Request, name: str, form: FormData) -> Response:
        visitor = admin_of(request)
        check_form(request, visitor, str(form.get("csrf", "")))
        try:
            changes = {kind: amount_of(kind, str(form[kind])) for kind in KINDS if kind in form}
        except ValueError as error:
            raise BadRequest(f"{error}. Nothing was changed.") from error
        set_quota(web.services, visitor.caller, name, changes)
        return leads_to(f"/admin/-/users/{name}", "quota-saved")

    return router


def fields_of(found: OwnerQuota) -> dict[str, str]:
    """What stands in the form: a number, ``unlimited``, or nothing where the owner is like everybody. Pure."""
    return {kind: _shown(kind, found.own(kind)) for kind in KINDS}


def _shown(kind: str, own: float | None) -> str:
    if own is None:
        return ""
    if own == UNLIMITED:
        return "unlimited"
    number = own / _GIB if kind in IN_BYTES else own
    # All its digits: what is shown is saved again with the rest of the form.
    return str(int(number)) if number == int(number) else str(number)
