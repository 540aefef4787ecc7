"""Hands a request to whoever answers it."""

import os
import time

import structlog

from spaceport.domain.route import Route, Upstream
from spaceport.gateway.answer import NEVER_CACHED, Answer
from spaceport.gateway.choice import Await, Choice, Forward, ServeFiles, TellHealth, TellStage, choose
from spaceport.gateway.context import GatewayContext
from spaceport.gateway.entry import LinkExchange, Verdict, entry
from spaceport.gateway.exchange import Exchange
from spaceport.gateway.file_sender import FileSender
from spaceport.gateway.held import hold_or_tell
from spaceport.gateway.page_variables import start_with_variables
from spaceport.gateway.pages import (
    OPEN_TO_ALL,
    gated_message,
    health_answer,
    method_answer,
    missing_file_message,
    stage_message,
    unknown_message,
)
from spaceport.gateway.redirects import first_page, new_address
from spaceport.gateway.static_files import (
    FilePlan,
    Missing,
    Redirect,
    content_type,
    find_file,
    plan_file,
    plan_led_file,
)
from spaceport.gateway.traffic import is_use
from spaceport.gateway.visitor import Visitor
from spaceport.gateway.wire import RequestHead

log = structlog.get_logger()


def respond(context: GatewayContext, visitor: Visitor, head: RequestHead) -> None:
    """Answer a request at once, or give the visitor a responder that will."""
    _respond(context, visitor, head, is_new=True)


def respond_again(context: GatewayContext, visitor: Visitor, head: RequestHead) -> None:
    """The same for a request that was held: it was counted when it came."""
    _respond(context, visitor, head, is_new=False)


def _respond(context: GatewayContext, visitor: Visitor, head: RequestHead, is_new: bool) -> None:
    route_found = context.table.find(head.host.name)
    choice = choose(head, route_found)
    if isinstance(choice, TellHealth):
        visitor.answer(health_answer(context.health()))
        return
    if route_found is None or (route_found.private and not _enters(context, visitor, head, route_found)):
        if route_found is None and not _is_moved(context, visitor, head):
            _tell_unknown(context, visitor, head)
        return
    if context.settings.access_log:
        _log_access(head, choice)
    if is_new:
        is_used = is_use(head)
        context.traffic.visit(route_found.space_id, is_used)
        if is_used:
            context.visits.visitor(route_found.space_id, head, visitor.peer)
    match choice:
        case Forward(route, upstream):
            _forward(context, visitor, head, route, upstream)
        case ServeFiles():
            _serve_files(context, visitor, head, choice)
        case Await(route):
            hold_or_tell(context, visitor, head, route)
        case TellStage(route):
            context.tell(visitor, head, stage_message(route))


def _forward(context: GatewayContext, visitor: Visitor, head: RequestHead, route: Route, upstream: Upstream) -> None:
    if route.base_path != "/" and (start := first_page(head, route)) is not None:
        headers = [(b"Location", start), (b"Vary", b"Accept, Sec-Fetch-Dest, Sec-Fetch-Site, Referer"), *NEVER_CACHED]
        visitor.answer(Answer(307, b"", b"text/plain", headers), context.dressing(route.space_id))
        return
    exchange = Exchange(context, visitor, head, route, upstream)
    visitor.set_responder(exchange)
    exchange.begin()


def _tell_unknown(context: GatewayContext, visitor: Visitor, head: RequestHead) -> None:
    """The answer to strangers of private Spaces too: nothing in it may depend on whether there is a Space."""
    context.tell(visitor, head, unknown_message(head.host.name))


def _is_moved(context: GatewayContext, visitor: Visitor, head: RequestHead) -> bool:
    """Whether the Space that had this host has another one now; then the visitor is sent there."""
    route = context.table.find_moved(head.host.name)
    if route is None:
        return False
    # That there is a gated Space is no secret, and its new host says how to get in.
    if not route.gated and entry(head, route, time.time(), is_https=True) is Verdict.STRANGER:
        return False
    location = new_address(head, visitor.peer, context.rules, route)
    # A redirect that is kept for ever would outlive the next Space of that name.
    visitor.answer(Answer(308, b"", b"text/plain", [(b"Location", location), *NEVER_CACHED, *OPEN_TO_ALL]))
    return True


def _enters(context: GatewayContext, visitor: Visitor, head: RequestHead, route: Route) -> bool:
    """Whether the visitor of a private or gated Space goes on; if not, the answer is given already."""
    now = time.time()
    verdict = entry(head, route, now, context.settings.public_scheme == "https")
    if isinstance(verdict, LinkExchange):
        cookies = [(b"Set-Cookie", cookie) for cookie in verdict.cookies]
        headers = [(b"Location", verdict.location), *cookies, *NEVER_CACHED]
        visitor.answer(Answer(303, b"", b"text/plain", headers), context.dressing(route.space_id))
    elif verdict is Verdict.STRANGER and route.gated:
        context.tell(visitor, head, gated_message(route))
    elif verdict is Verdict.STRANGER:
        _tell_unknown(context, visitor, head)
    else:
        visitor.note_entry(now)
    return verdict is Verdict.WELCOME


def _log_access(head: RequestHead, choice: Choice) -> None:
    log.debug(
        "request",
        method=head.method.decode(),
        host=head.host.name,
        target=head.target.decode("latin-1"),
        choice=type(choice).__name__,
    )


def _serve_files(context: GatewayContext, visitor: Visitor, head: RequestHead, choice: ServeFiles) -> None:
    dressing = context.dressing(choice.route.space_id)
    if head.method not in (b"GET", b"HEAD"):
        visitor.answer(method_answer(b"GET, HEAD"), dressing)
        return
    found = find_file(choice.root, choice.route.static_index, head.target)
    if isinstance(found, Redirect):
        visitor.answer(Answer(308, b"", b"text/plain", [(b"Location", found.location), *NEVER_CACHED]), dressing)
        return
    file = None if isinstance(found, Missing) else _open(os.fspath(found))
    if file is None or isinstance(found, Missing):
        context.tell(visitor, head, missing_file_message(choice.route))
        return
    if is_use(head):
        context.visits.answered(choice.route.space_id, head, 0.0, is_error=False)
    plan = _plan(head, file, found.name, choice.route)
    sender = FileSender(visitor, head, file, plan, dressing)
    visitor.set_responder(sender)
    sender.send()


def _plan(head: RequestHead, file: int, name: str, route: Route) -> FilePlan:
    status = os.fstat(file)
    if not route.variables or not content_type(name).startswith(b"text/html"):
        return plan_file(head, name, status)
    try:
        lead, covered = start_with_variables(file, route.variables)
    except OSError:
        # The sender will find out too, and tell the visitor in the only way that is left.
        lead, covered = b"", 0
    return plan_led_file(head, name, status, lead, covered)


def _open(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
