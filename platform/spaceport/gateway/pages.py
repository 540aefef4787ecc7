"""What the gateway says in its own words: pages for people, JSON for programs."""

import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spaceport.domain.language import Language, language_of
from spaceport.domain.route import Route
from spaceport.domain.space import Desired
from spaceport.domain.stage import FAILED, LABELS, Stage
from spaceport.gateway.answer import NEVER_CACHED, Answer
from spaceport.gateway.wire import Header, RequestHead
from spaceport.translating import counted, gettext, marked, speaking, translated

#: Stages that end by themselves: the page waits, a program is told to come back.
_WAITING_SECONDS = {Stage.BUILDING: 5, Stage.APP_STARTING: 2}
#: After this many seconds a Space that did not answer is worth another try.
_BAD_UPSTREAM_SECONDS = 3
#: Bounds of what a program is told about a Space that wakes up; pages ask by themselves.
_WAKE_RETRY_SECONDS = 2
_LONGEST_RETRY_SECONDS = 30

_SENTENCES = {
    Stage.NO_APP_FILE: marked("Nothing to run has been pushed to this Space yet."),
    Stage.CONFIG_ERROR: marked("The settings at the top of this Space's README cannot be used."),
    Stage.BUILDING: marked("This Space is being built. The app opens here by itself."),
    Stage.BUILD_ERROR: marked("The last build of this Space failed, so there is nothing to show."),
    Stage.APP_STARTING: marked("This Space is starting. The app opens here by itself."),
    Stage.RUNTIME_ERROR: marked("The app of this Space stopped with an error."),
    Stage.SLEEPING: marked("This Space is asleep because nobody visited it for a while."),
    Stage.STOPPED: marked("This Space was stopped."),
    Stage.PAUSED: marked("This Space was paused."),
    Stage.DELETING: marked("This Space is being removed."),
}
#: Who paused a Space, in a word for programs and in a sentence for people.
_PAUSED_BY = {
    Desired.PAUSED: ("owner", marked("Its owner paused this Space: a visit does not start it, only its owner can.")),
    Desired.STOPPED: (
        "admin",
        marked("The admin of this hub stopped this Space. Its owner can ask for a review on its page."),
    ),
    Desired.SUSPENDED: (
        "platform",
        marked("The platform stopped this Space by itself. Its owner can see why, and ask for a review, on its page."),
    ),
}
#: Programs in browsers on other sites read these answers too.
OPEN_TO_ALL: tuple[Header, ...] = (
    (b"Access-Control-Allow-Origin", b"*"),
    (b"Access-Control-Expose-Headers", b"X-Spaceport-Stage, Retry-After"),
)
_NAVIGATIONS = frozenset({b"document", b"iframe", b"frame"})


@dataclass(frozen=True)
class Wake:
    """How long a Space has been waking up, and how long it took before, where that is known."""

    elapsed_seconds: float
    expected_seconds: float | None


@dataclass(frozen=True)
class Message:
    """
    What is to be said, to whomever, in English. ``retry_seconds`` is set where waiting helps, ``values`` go into the
    ``sentence``.
    """

    status: int
    heading: str
    sentence: str
    reason: str | None = None
    route: Route | None = None
    retry_seconds: int | None = None
    tone: str = "calm"
    wake: Wake | None = None
    values: Mapping[str, str] = field(default_factory=dict)


class Pages:
    """Renders messages. Templates are read once, when this is made."""

    def __init__(self, hub_url: str) -> None:
        folder = Path(__file__).parent / "pages"
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        install = environment.install_gettext_callables  # type: ignore[attr-defined]
        install(translated, counted, newstyle=True)
        environment.filters.update(translated=translated, gettext=gettext)
        self._template = environment.get_template("message.html")
        self._hub_url = hub_url

    def render(self, head: RequestHead, message: Message) -> Answer:
        """The message in the form that the one who asks can read."""
        language = language_of(_accepted(head))
        if wants_page(head):
            return self._page(message, language)
        if head.headers.first(b"x-spaceport-poll") is None:
            return _json_answer(message)
        # A page that waits asks, and shows the reason to its reader.
        with speaking(language):
            return _json_answer(message)

    def _page(self, message: Message, language: Language) -> Answer:
        nonce = secrets.token_urlsafe(12)
        with speaking(language):
            html = self._template.render(
                message=message, stage=_stage(message), nonce=nonce, hub_url=self._hub_url, language=language
            )
        policy = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'"
        headers = [
            *_state_headers(message),
            (b"Content-Security-Policy", f"{policy}; base-uri 'none'; form-action 'none'".encode()),
            (b"Vary", b"Accept, Accept-Language, Sec-Fetch-Dest"),
            (b"X-Content-Type-Options", b"nosniff"),
        ]
        return Answer(message.status, html.encode(), b"text/html; charset=utf-8", headers)


def wants_page(head: RequestHead) -> bool:
    """Whether a person is looking: a navigation of a browser, or an Accept header that names HTML."""
    destination = head.headers.first(b"sec-fetch-dest")
    if destination is not None and destination in _NAVIGATIONS:
        return True
    return b"text/html" in (head.headers.first(b"accept") or b"").lower()


def _accepted(head: RequestHead) -> str:
    return (head.headers.first(b"accept-language") or b"").decode("latin-1")


def stage_message(route: Route) -> Message:
    """Why a Space does not serve."""
    if route.stage not in _SENTENCES:
        # Its stage says that it serves, but nothing is there to serve: a swap is being repaired.
        return bad_upstream_message(route, "no instance of it is known")
    retry_seconds = _WAITING_SECONDS.get(route.stage)
    return Message(
        status=503,
        heading=LABELS[route.stage],
        sentence=_paused_by(route)[1] or _SENTENCES[route.stage],
        reason=route.reason,
        route=route,
        retry_seconds=retry_seconds,
        tone="busy" if retry_seconds else "failed" if route.stage in FAILED else "calm",
    )


def awaiting_message(route: Route, waking_seconds: float | None) -> Message:
    """A Space that will serve soon: asleep and being woken for ``waking_seconds``, starting, or between instances."""
    if not route.wakes_on_visit and waking_seconds is None:
        return stage_message(route)
    wake = Wake(waking_seconds or 0.0, route.wake_seconds)
    left_seconds = (wake.expected_seconds or 0.0) - wake.elapsed_seconds
    return Message(
        status=503,
        heading=marked("Waking up"),
        sentence=marked(
            "This Space was asleep because nobody used it. It starts now, and the app opens here by itself."
        ),
        reason=None if route.stage is Stage.SLEEPING else route.reason,
        route=route,
        retry_seconds=max(_WAKE_RETRY_SECONDS, min(math.ceil(left_seconds), _LONGEST_RETRY_SECONDS)),
        tone="busy",
        wake=wake,
    )


def crowded_message(route: Route, waking_seconds: float | None) -> Message:
    """As many requests as there is room for wait already."""
    sentence = marked("As many requests as there is room for wait for this Space already. Try again in a moment.")
    return replace(awaiting_message(route, waking_seconds), sentence=sentence)


def late_message(route: Route, waking_seconds: float | None, waited_seconds: float) -> Message:
    """A request that was held for as long as one is held."""
    sentence = marked("This Space was not up within %(seconds)s seconds. It may still be: try again in a moment.")
    values = {"seconds": f"{waited_seconds:.0f}"}
    return replace(awaiting_message(route, waking_seconds), sentence=sentence, values=values)


def bad_upstream_message(route: Route, reason: str) -> Message:
    """The Space should serve, but its instance did not answer."""
    return Message(
        status=502,
        heading=marked("No answer from the app"),
        sentence=marked("This Space is running, but its app did not answer. This page tries again by itself."),
        reason=reason,
        route=route,
        retry_seconds=_BAD_UPSTREAM_SECONDS,
        tone="failed",
    )


def unknown_message(host: str) -> Message:
    """No Space has this host."""
    return Message(
        status=404,
        heading=marked("No such Space here"),
        sentence=marked(
            "There is no Space at this address. It may have been renamed or removed, or the address has a typo."
        ),
        reason=host or None,
    )


def gated_message(route: Route) -> Message:
    """To who was not let in; that there is such a Space is no secret."""
    return Message(
        status=403,
        heading=marked("Ask for access first"),
        sentence=marked(
            "Its owner decides who uses this app. Open the page of the Space to ask, or to get in if you were let in. "
            "Programs need a token of somebody who was."
        ),
        route=route,
    )


def missing_file_message(route: Route) -> Message:
    """A static Space has no such file."""
    return Message(
        status=404,
        heading=marked("No such page"),
        sentence=marked("This Space has no file at this address."),
        route=route,
    )


def refusal_answer(status: int, message: str) -> Answer:
    """For requests that could not be read: nobody knows who asks, so the answer is short."""
    return Answer(status, _json({"error": message}), b"application/json", [*NEVER_CACHED])


def health_answer(state: dict[str, Any]) -> Answer:
    """The gateway itself is well if it can say so."""
    return Answer(200, _json({"status": "ok", **state}), b"application/json", [*NEVER_CACHED])


def method_answer(allowed: bytes) -> Answer:
    """A method that files do not have."""
    error = f"this Space is made of files: only {allowed.decode()} work here"
    return Answer(405, _json({"error": error}), b"application/json", [(b"Allow", allowed), *NEVER_CACHED])


def _json_answer(message: Message) -> Answer:
    body: dict[str, Any] = {
        "error": f"{message.heading}: {message.sentence % message.values}",
        "stage": _stage(message),
    }
    body["space"] = message.route.space_name if message.route else None
    body["reason"] = message.reason and translated(message.reason)
    if message.route and (paused_by := _paused_by(message.route)[0]):
        body["paused_by"] = paused_by
    if message.route and message.route.page_url:
        body["url"] = message.route.page_url
    return Answer(message.status, _json(body), b"application/json", [*_state_headers(message), *OPEN_TO_ALL])


def _paused_by(route: Route) -> tuple[str, str]:
    return _PAUSED_BY.get(route.desired, ("", "")) if route.stage is Stage.PAUSED else ("", "")


def _state_headers(message: Message) -> list[Header]:
    headers: list[Header] = [*NEVER_CACHED]
    if stage := _stage(message):
        headers.append((b"X-Spaceport-Stage", stage.encode()))
    if message.retry_seconds:
        headers.append((b"Retry-After", str(message.retry_seconds).encode()))
    return headers


def _stage(message: Message) -> str | None:
    return message.route.stage.value if message.route else None


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
