"""A request that waits for its Space to wake up or to start."""

import time
from typing import TYPE_CHECKING

from spaceport.domain.route import Route
from spaceport.domain.stage import SERVING
from spaceport.gateway.bots import is_bot
from spaceport.gateway.choice import Await, Forward, choose
from spaceport.gateway.context import GatewayContext
from spaceport.gateway.drip import Drip, DrippedExchange, needs_signs_of_life
from spaceport.gateway.entry import may_stay
from spaceport.gateway.pages import (
    Message,
    awaiting_message,
    crowded_message,
    late_message,
    stage_message,
    unknown_message,
    wants_page,
)
from spaceport.gateway.traffic import is_use
from spaceport.gateway.waiting_room import announced_bytes
from spaceport.gateway.wire import RequestHead

if TYPE_CHECKING:
    from spaceport.gateway.visitor import Visitor

#: The waiting page asks with this header whether the app is there: it is told and never held. Not passed on to apps.
POLL_HEADER = b"x-spaceport-poll"
#: A Space that is back sooner answers by itself, with its own status and headers.
_DRIP_AFTER_SECONDS = 1.5


def hold_or_tell(context: GatewayContext, visitor: "Visitor", head: RequestHead, route: Route) -> None:
    """
    Wake the Space if it is asleep. Who looks at a page is shown one that waits; a program's request is held.

    Preflights of browsers are held too: the request that follows would wake the Space anyway, and only the app knows
    whom it lets in.
    """
    if is_bot(head.headers):
        context.tell(visitor, head, stage_message(route))
        return
    is_used = is_use(head)
    if route.wakes_on_visit and is_used:
        context.waker.note(route.space_id)
    waking_seconds = context.waker.waking_seconds(route.space_id)
    is_page = wants_page(head) and head.method in (b"GET", b"HEAD") and head.headers.upgrade is None
    if is_page or head.headers.first(POLL_HEADER) is not None or visitor.must_close():
        context.tell(visitor, head, awaiting_message(route, waking_seconds))
    elif not context.room.has_place(route.space_id, head, is_used):
        context.tell(visitor, head, crowded_message(route, waking_seconds))
    else:
        held = Held(context, visitor, head, route.space_id)
        visitor.set_responder(held)
        held.begin()


class Held:
    """
    A responder that keeps a request until there is somebody to answer it, or nobody will be, or it took too long.

    ``drip`` is set once an answer was begun that has no content yet.
    """

    def __init__(self, context: GatewayContext, visitor: "Visitor", head: RequestHead, space_id: str) -> None:
        self.space_id = space_id
        self._context = context
        self._visitor = visitor
        self._head = head
        self._body: list[bytes] = []
        self._is_whole = not head.has_body
        self._kept_bytes = 0
        self._weight_bytes = announced_bytes(head)
        self._is_use = is_use(head)
        self._began_at = context.loop.time()
        self._entered_at = time.time()
        self._drip: Drip | None = None
        self._is_over = False

    def begin(self) -> None:
        """Take a place."""
        self._context.room.enter(self)
        self._context.room.weigh(self._weight_bytes)
        if self._is_use:
            self._context.traffic.begin_use(self.space_id)
        if self._head.has_body and not self._weight_bytes:
            self._visitor.set_held(True)

    # The visitor's side.

    def body(self, data: bytes) -> None:
        self._visitor.touch()
        self._body.append(data)
        self._kept_bytes += len(data)
        if (more_bytes := self._kept_bytes - self._weight_bytes) > 0:
            self._weight_bytes = self._kept_bytes
            self._context.room.weigh(more_bytes)

    def body_done(self) -> None:
        self._is_whole = True
        self._visitor.set_held(False)

    def visitor_writable(self, is_writable: bool) -> None:
        """Next to nothing is written."""

    def visitor_eof(self) -> bool:
        return False

    def visitor_lost(self) -> None:
        self._leave()

    # The gateway's side.

    def follow(self) -> None:
        """The routes changed: see whether the wait is over."""
        route = self._context.table.find(self._head.host.name)
        choice = choose(self._head, route)
        if isinstance(choice, Await):
            if choice.route.wakes_on_visit and self._is_use:
                self._context.waker.note(choice.route.space_id)
            return
        self._leave()
        if self._drip is None:
            self._visitor.serve_again(self._body, self._context.respond_again)
        elif isinstance(choice, Forward) and may_stay(self._head, choice.route, self._entered_at):
            self._go_on(self._drip, choice)
        elif isinstance(choice, Forward):
            # Private since, or another Space's host by now: as one that is not there.
            self._drip.fail(unknown_message(""))
        else:
            self._drip.fail(unknown_message("") if route is None else stage_message(route))

    def check(self, now: float) -> None:
        """Called about once a second; ``now`` as the event loop counts."""
        route = self._context.table.find(self._head.host.name)
        limits = self._context.room.limits
        is_away = route is not None and route.stage in SERVING
        limit_seconds = limits.away_seconds if is_away else limits.seconds
        waited_seconds = now - self._began_at
        if waited_seconds >= limit_seconds and route is not None:
            waking_seconds = self._context.waker.waking_seconds(self.space_id)
            self._answer(late_message(route, waking_seconds, limit_seconds))
        elif self._drip is not None:
            self._drip.blank()
        elif waited_seconds >= _DRIP_AFTER_SECONDS and needs_signs_of_life(self._head):
            self._drip = Drip(self._visitor, self._head, self._context.dressing(self.space_id))

    def turn_away(self) -> None:
        """The gateway stops: another one, or this one started anew, will hold the next try."""
        route = self._context.table.find(self._head.host.name)
        if route is not None:
            self._answer(awaiting_message(route, self._context.waker.waking_seconds(self.space_id)))

    # Private.

    def _answer(self, message: Message) -> None:
        self._leave()
        if self._drip is not None:
            self._drip.fail(message)
        else:
            self._context.tell(self._visitor, self._head, message)

    def _go_on(self, drip: Drip, choice: Forward) -> None:
        exchange = DrippedExchange(self._context, self._visitor, choice.route, choice.upstream, drip)
        self._visitor.set_responder(exchange)
        exchange.begin()
        for data in self._body:
            exchange.body(data)
        if self._is_whole and self._head.has_body:
            exchange.body_done()

    def _leave(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._context.room.leave(self)
            self._context.room.weigh(-self._weight_bytes)
            if self._is_use:
                self._context.traffic.end_use(self.space_id)
