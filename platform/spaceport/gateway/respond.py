"""Hands a request to whoever answers it."""

import os
import time

import structlog

from spaceport.domain.route import Route
from spaceport.gateway.answer import NEVER_CACHED, Answer
from spaceport.gateway.choice import Await, Choice, Forward, ServeFiles, TellHealth, TellStage, TellUnknown, choose
from spaceport.gateway.context import GatewayContext
from spaceport.gateway.entry import LinkExchange, Verdict, entry
from spaceport.gateway.exchange import Exchange
from spaceport.gateway.file_sender import FileSender
from spaceport.gateway.held import hold_or_tell
from spaceport.gateway.pages import (
    health_answer,
    method_answer,
    missing_file_message,
    stage_message,
    unknown_message,
)
from spaceport.gateway.static_files import Missing, Redirect, find_file, plan_file
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
    if route_found is not None and route_found.private and not _enters(context, visitor, head, route_found):
        return
    choice = choose(head, route_found)
    if context.settings.access_log:
        _log_access(head, choice)
    if is_new and isinstance(choice, Forward | ServeFiles | Await | TellStage):
        context.traffic.visit(choice.route.space_id, is_use(head))
    match choice:
        case Forward(route, upstream):
            exchange = Exchange(context, visitor, head, route, upstream)
            visitor.set_responder(exchange)
            exchange.begin()
        case ServeFiles():
            _serve_files(context, visitor, head, choice)
        case Await(route):
            hold_or_tell(context, visitor, head, route)
        case TellStage(route):
            visitor.answer(context.pages.render(head, stage_message(route)))
        case TellUnknown():
            visitor.answer(context.pages.render(head, unknown_message(head.host.name)))
        case TellHealth():
            visitor.answer(health_answer(context.health()))


def _enters(context: GatewayContext, visitor: Visitor, head: RequestHead, route: Route) -> bool:
    """Whether the visitor of a private Space goes on; if not, the answer is given already."""
    verdict = entry(head, route, time.time(), context.settings.public_scheme == "https")
    if isinstance(verdict, LinkExchange):
        headers = [(b"Location", verdict.location), (b"Set-Cookie", verdict.cookie), *NEVER_CACHED]
        visitor.answer(Answer(303, b"", b"text/plain", headers))
    elif verdict is Verdict.STRANGER:
        visitor.answer(context.pages.render(head, unknown_message(head.host.name)))
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
    if head.method not in (b"GET", b"HEAD"):
        visitor.answer(method_answer(b"GET, HEAD"))
        return
    found = find_file(choice.root, choice.route.static_index, head.target)
    if isinstance(found, Redirect):
        visitor.answer(Answer(308, b"", b"text/plain", [(b"Location", found.location), *NEVER_CACHED]))
        return
    file = None if isinstance(found, Missing) else _open(os.fspath(found))
    if file is None or isinstance(found, Missing):
        _tell_missing(context, visitor, head, choice.route)
        return
    sender = FileSender(visitor, head, file, plan_file(head, found.name, os.fstat(file)))
    visitor.set_responder(sender)
    sender.send()


def _tell_missing(context: GatewayContext, visitor: Visitor, head: RequestHead, route: Route) -> None:
    visitor.answer(context.pages.render(head, missing_file_message(route)))


def _open(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
