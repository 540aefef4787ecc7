"""One request on its way to an instance, and the answer on its way back."""

import asyncio
from typing import TYPE_CHECKING

import structlog

from spaceport.domain.route import Route, Upstream
from spaceport.gateway.choice import Await, Forward, choose
from spaceport.gateway.context import GatewayContext
from spaceport.gateway.headers import ResponsePlan, forwarded_request, informational_response, planned_response
from spaceport.gateway.pages import Message, bad_upstream_message, stage_message, unknown_message
from spaceport.gateway.queued_call import QueuedCall
from spaceport.gateway.traffic import is_heartbeat, is_use
from spaceport.gateway.tunnel import Tunnel
from spaceport.gateway.upstream import UpstreamConnection
from spaceport.gateway.wire import LAST_CHUNK, Framing, RequestHead, ResponseHead, chunk

if TYPE_CHECKING:
    from spaceport.gateway.visitor import Visitor

log = structlog.get_logger()

#: May be sent twice. Source: RFC 9110 section 9.2.2.
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"})
#: An exchange follows a Space this often to another instance before it gives up.
_MAX_ATTEMPTS = 3


class Exchange:
    """
    Stands between a visitor and an instance: a responder for the one, a receiver for the other.

    What an instance sends in one piece also goes out in one piece, because each write is a call to the kernel; nothing
    waits longer than that.

    The instance is chosen when the request begins and kept, whatever happens to the route meanwhile; only a request
    that certainly had no effect yet is sent again, to the instance that serves by then.
    """

    def __init__(
        self, context: GatewayContext, visitor: "Visitor", head: RequestHead, route: Route, upstream: Upstream
    ) -> None:
        self._context = context
        self._visitor = visitor
        self._head = head
        self._route = route
        self._upstream = upstream
        self._connection: UpstreamConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._was_idle = False
        self._attempts = 0
        self._held: list[bytes] = []
        self._outgoing: list[bytes] = []
        self._request_done = not head.has_body
        self._plan: ResponsePlan | None = None
        is_used = is_use(head)
        self._used_space_id = route.space_id if is_used else None
        self._counts = is_used or not is_heartbeat(head.path)
        self._is_over = False
        self._began_at = context.loop.time()
        self._is_answered = False
        self._queued = QueuedCall(head)

    def begin(self) -> None:
        """Send the request on."""
        if self._counts:
            self._context.traffic.begin(self._upstream.instance_id, self._used_space_id)
        self._attempt()

    # The visitor's side.

    def body(self, data: bytes) -> None:
        self._visitor.touch()
        self._queued.body(data)
        if self._connection is None:
            self._held.append(data)
            self._visitor.set_held(True)
        else:
            self._connection.write(self._framed(data))

    def body_done(self) -> None:
        self._request_done = True
        if self._head.headers.framing is Framing.CHUNKED and self._connection is not None:
            self._connection.write(LAST_CHUNK)

    def visitor_writable(self, is_writable: bool) -> None:
        if self._connection is not None:
            self._connection.set_reading(is_writable)

    def visitor_eof(self) -> bool:
        return False

    def visitor_lost(self) -> None:
        # The app notices that nobody waits for its answer any more, and can stop working on it. A connection that is
        # still being made is closed once it is there: cancelling it at the wrong moment would leave it open for ever.
        if self._connection is not None:
            self._connection.abort()
            self._connection = None
        self._end()

    # The instance's side.

    def informed(self, head: ResponseHead) -> None:
        if not self._head.is_http10 and (head.status != 100 or self._head.headers.expects_continue):
            self._visitor.write(informational_response(head))

    def started(self, head: ResponseHead) -> None:
        if head.status >= 500:
            self._context.traffic.error(self._route.space_id)
        self._note_answer(head.status >= 500)
        keep_alive = not self._visitor.must_close() and self._head.headers.upgrade is None
        self._plan = planned_response(self._head, head, keep_alive, self._context.dressing(self._route.space_id))
        self._visitor.started_answer()
        self._outgoing.append(self._plan.head)

    def received(self, data: bytes) -> None:
        self._visitor.touch()
        if self._plan is not None and self._plan.framing is Framing.CHUNKED:
            self._outgoing += (b"%x\r\n" % len(data), data, b"\r\n")
        else:
            self._outgoing.append(data)

    def flush(self) -> None:
        if self._outgoing:
            outgoing, self._outgoing = self._outgoing, []
            self._visitor.write(outgoing[0] if len(outgoing) == 1 else b"".join(outgoing))

    def finished(self, is_reusable: bool) -> None:
        assert self._plan is not None
        connection, self._connection = self._connection, None
        if self._plan.framing is Framing.CHUNKED:
            self._outgoing.append(LAST_CHUNK)
        self.flush()
        if connection is not None:
            # An answer that came before the whole request leaves a connection in the middle of a request.
            if is_reusable and self._request_done:
                connection.set_reading(True)
                self._context.pool.put(connection)
            else:
                connection.close()
        self._end()
        self._visitor.finish(self._plan.keep_alive)

    def switched(self, head: ResponseHead, rest: bytes) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._head.headers.upgrade is None:
            connection.abort()
            self._give_up("it switched protocols without being asked")
            return
        tunnel = Tunnel(self._visitor, connection, self._end)
        self._note_answer(is_error=False)
        connection.hand_over(tunnel)
        self._visitor.write(informational_response(head) + rest)
        self._visitor.switch(tunnel)

    def upstream_writable(self, is_writable: bool) -> None:
        self._visitor.set_held(not is_writable)

    def upstream_eof(self) -> bool:
        return False

    def upstream_lost(self, reason: str) -> None:
        connection, self._connection = self._connection, None
        if self._plan is not None:
            self._note_failure(reason)
            self._end()
            # A body that only ends with the connection has no other sign of being cut than a reset.
            is_delimited = self._plan.framing is not Framing.UNTIL_CLOSE
            self._visitor.cut() if is_delimited else self._visitor.abort()
        elif self._may_send_again(connection):
            self._follow_route(reason)
        else:
            self._give_up(reason)

    # Private.

    def _attempt(self) -> None:
        self._attempts += 1
        settings = self._context.settings
        is_safe = self._head.method in _IDEMPOTENT and not self._head.has_body
        max_age_seconds = settings.upstream_idle_seconds if is_safe else settings.unsafe_idle_seconds
        connection = self._context.pool.take(self._upstream, max_age_seconds) if self._attempts == 1 else None
        while connection is not None and not connection.is_usable():
            connection = self._context.pool.take(self._upstream, max_age_seconds)
        self._was_idle = connection is not None
        if connection is not None:
            self._attach(connection)
        else:
            self._connecting = self._context.loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            connection = await self._context.pool.connect(self._upstream)
        except OSError as error:
            self._connecting = None
            if not self._is_over:
                self._follow_route(_why_unreachable(error))
            return
        self._connecting = None
        if self._is_over:
            connection.close()
        else:
            self._attach(connection)

    def _attach(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        head = forwarded_request(self._head, self._visitor.peer, self._context.rules)
        held, self._held = self._held, []
        connection.start(self, head, is_head=self._head.method == b"HEAD")
        if not self._visitor.is_writable:
            connection.set_reading(False)
        if held:
            self._visitor.set_held(False)
            for data in held:
                connection.write(self._framed(data))
        if self._request_done and self._head.headers.framing is Framing.CHUNKED:
            connection.write(LAST_CHUNK)

    def _framed(self, data: bytes) -> bytes:
        return chunk(data) if self._head.headers.framing is Framing.CHUNKED else data

    def _may_send_again(self, connection: UpstreamConnection | None) -> bool:
        """Only after an idle connection turned out to be closed, and only what is harmless twice."""
        has_answered = connection is None or connection.has_answered
        is_safe = self._head.method in _IDEMPOTENT and not self._head.has_body
        return self._was_idle and not has_answered and is_safe

    def _follow_route(self, reason: str) -> None:
        """Nothing was sent, or nothing that matters: go to the instance that serves now, if there is another."""
        choice = choose(self._head, self._context.table.find(self._head.host.name))
        if isinstance(choice, Await):
            # It fell asleep or is being swapped at this very moment: wait like everybody who comes now.
            self._end()
            self._visitor.serve_again(self._held, self._context.respond_again)
            return
        is_worth_it = self._was_idle or (isinstance(choice, Forward) and choice.upstream != self._upstream)
        if not isinstance(choice, Forward) or not is_worth_it or self._attempts >= _MAX_ATTEMPTS:
            self._give_up(reason)
            return
        if self._counts:
            used_space_id = choice.route.space_id if self._used_space_id else None
            self._context.traffic.begin(choice.upstream.instance_id, used_space_id)
            self._context.traffic.end(self._upstream.instance_id, self._used_space_id)
            self._used_space_id = used_space_id
        self._route, self._upstream = choice.route, choice.upstream
        self._attempt()

    def _give_up(self, reason: str) -> None:
        """Say what the Space's route says now: it may have stopped meanwhile, which explains everything."""
        self._note_failure(reason)
        self._end()
        choice = choose(self._head, self._context.table.find(self._head.host.name))
        match choice:
            case Forward(route, _):
                message = bad_upstream_message(route, reason)
            case _ if (route_now := self._context.table.find(self._head.host.name)) is not None:
                message = stage_message(route_now)
            case _:
                message = unknown_message(self._head.host.name)
        self._tell(message)

    def _tell(self, message: Message) -> None:
        self._context.tell(self._visitor, self._head, message)

    def _note_failure(self, reason: str) -> None:
        self._context.traffic.error(self._route.space_id)
        self._note_answer(is_error=True)
        log.info(
            "instance_failed_a_request",
            space=self._route.space_name,
            instance=self._upstream.instance_id,
            address=f"{self._upstream.host}:{self._upstream.port}",
            reason=reason,
        )

    def _note_answer(self, is_error: bool) -> None:
        """Once a request, for those that are somebody's use."""
        if self._used_space_id is not None and not self._is_answered:
            self._is_answered = True
            seconds = self._context.loop.time() - self._began_at
            function = self._queued.function
            self._context.visits.answered(self._used_space_id, self._head, seconds, is_error, function)

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            if self._counts:
                self._context.traffic.end(self._upstream.instance_id, self._used_space_id)


def _why_unreachable(error: OSError) -> str:
    """A reason that a visitor may read: no addresses."""
    if isinstance(error, ConnectionRefusedError):
        return "it refused the connection"
    if isinstance(error, TimeoutError):
        return "it did not accept the connection in time"
    return "it cannot be reached"
