"""Webhooks of a person: the list, one of them with what was sent, and the forms. No script is needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from spaceport.domain.account import Caller
from spaceport.domain.webhook import DELIVERIES_PER_DAY, DOMAINS, Webhook
from spaceport.errors import BadRequest, NotAuthenticated, TooManyAttempts
from spaceport.notify import commands
from spaceport.translating import gettext, marked
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/settings/webhooks"
_ONE = f"{_PATH}/{{webhook_id}}"
#: What each domain brings, in words.
_DOMAIN_WORDS = {
    "space": marked("stages, builds and releases"),
    "repo": marked("pushes, changed settings, new names"),
    "discussion": marked("discussions and pull requests"),
}

Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]


@dataclass(frozen=True)
class Fields:
    """A form as it is shown: as somebody sent it, or as it is kept. Secrets are never shown again."""

    url: str = ""
    watched: str = ""
    domains: Sequence[str] = DOMAINS
    problem: str = ""


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    _add_list(router, web)
    _add_one(router, web)
    _add_switches(router, web)
    return router


def _add_list(router: APIRouter, web: Web) -> None:
    services = web.services

    def show(request: Request, visitor: Visitor, fields: Fields) -> Response:
        if visitor.caller.user is None:
            raise NotAuthenticated("sign in to see your webhooks")
        with services.database.read() as tx:
            webhooks = tx.webhooks.of_user(visitor.caller.user.id)
            newest = {each.id: next(iter(tx.webhooks.deliveries_of(each.id, 1)), None) for each in webhooks}
        return web.renderer.page(
            request,
            visitor,
            "webhooks.html",
            status=400 if fields.problem else 200,
            webhooks=webhooks,
            newest=newest,
            fields=fields,
            domain_words=_DOMAIN_WORDS,
        )

    @router.get(_PATH, include_in_schema=False)
    def webhooks(request: Request, space: Annotated[str, Query(max_length=200)] = "") -> Response:
        visitor = visitor_of(request)
        return show(request, visitor, Fields(watched=space or (f"{visitor.name}/*" if visitor.name else "")))

    @router.post(_PATH, include_in_schema=False)
    def create(
        request: Request, csrf: Text = "", url: Text = "", watched: Text = "", secret: Text = "", domains: Texts = None
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            made = commands.create_webhook(
                services, visitor.caller, url.strip(), watched_of(watched), _domains(domains), secret
            )
        except BadRequest as error:
            return show(request, visitor, Fields(url, watched, domains or (), str(error)))
        return leads_to(f"{_PATH}/{made.id}", "webhook-made")


def _add_one(router: APIRouter, web: Web) -> None:
    services = web.services

    def show(request: Request, visitor: Visitor, webhook_id: str, fields: Fields | None = None) -> Response:
        if visitor.caller.user is None:
            raise NotAuthenticated("sign in to see your webhooks")
        with services.database.read() as tx:
            webhook = commands.own_webhook(tx, visitor.caller, webhook_id)
            deliveries = tx.webhooks.deliveries_of(webhook_id)
        return web.renderer.page(
            request,
            visitor,
            "webhook.html",
            status=400 if fields else 200,
            webhook=webhook,
            deliveries=deliveries,
            fields=fields or _fields_of(webhook),
            domain_words=_DOMAIN_WORDS,
            daily_limit=DELIVERIES_PER_DAY,
        )

    @router.get(_ONE, include_in_schema=False)
    def webhook(request: Request, webhook_id: str) -> Response:
        return show(request, visitor_of(request), webhook_id)

    @router.post(_ONE, include_in_schema=False)
    def change(
        request: Request,
        webhook_id: str,
        csrf: Text = "",
        url: Text = "",
        watched: Text = "",
        secret: Text = "",
        no_secret: Text = "",
        domains: Texts = None,
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        kept = "" if no_secret else secret or None
        try:
            commands.change_webhook(
                services, visitor.caller, webhook_id, url.strip(), watched_of(watched), _domains(domains), kept
            )
        except BadRequest as error:
            return show(request, visitor, webhook_id, Fields(url, watched, domains or (), str(error)))
        return leads_to(f"{_PATH}/{webhook_id}", "webhook-saved")

    @router.post(f"{_ONE}/deliveries/{{delivery_id}}/replay", include_in_schema=False)
    def replay(request: Request, webhook_id: str, delivery_id: str, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            commands.replay_delivery(services, visitor.caller, webhook_id, delivery_id)
        except TooManyAttempts as error:
            with services.database.read() as tx:
                fields = _fields_of(commands.own_webhook(tx, visitor.caller, webhook_id), str(error))
            return show(request, visitor, webhook_id, fields)
        return leads_to(f"{_PATH}/{webhook_id}", "sent-again")


def _add_switches(router: APIRouter, web: Web) -> None:
    services = web.services

    def add(verb: str, do: Callable[[Caller, str], object], to: str, done: str) -> None:
        def act(request: Request, webhook_id: str, csrf: Text = "") -> Response:
            visitor = visitor_of(request)
            check_form(request, visitor, csrf)
            do(visitor.caller, webhook_id)
            return leads_to(to.format(webhook_id=webhook_id), done)

        router.add_api_route(f"{_ONE}/{verb}", act, methods=["POST"], name=f"webhook {verb}", include_in_schema=False)

    add("enable", lambda who, which: commands.switch_webhook(services, who, which, True), _ONE, "webhook-on")
    add("disable", lambda who, which: commands.switch_webhook(services, who, which, False), _ONE, "webhook-off")
    add("remove", lambda who, which: commands.remove_webhook(services, who, which), _PATH, "webhook-removed")


def watched_of(text: str) -> list[dict[str, str]]:
    """
    What a field says that holds one thing a line: ``owner/name`` is a Space, ``owner/*`` all of an owner.

    A kind may go before it: ``model owner/name``. Raises: BadRequest.
    """
    watched = []
    for line in text.replace(",", "\n").splitlines():
        words = line.split()
        if not words:
            continue
        kind, name = (words[0], words[1]) if len(words) == 2 else ("space", words[0])
        owner, _, rest = name.partition("/")
        if len(words) > 2 or not owner or (kind == "space" and not rest):
            raise BadRequest(
                gettext(
                    "write one thing a line, such as %(owner)s/demo or %(owner)s/* ; given: %(line)s",
                    owner=owner or "ada",
                    line=line[:100],
                )
            )
        watched.append({"type": "user", "name": owner} if rest == "*" else {"type": kind, "name": name})
    if not watched:
        raise BadRequest("say what to watch: a Space as owner/name, or all of an owner as owner/*")
    return watched


def watched_words(watched: Sequence[dict[str, str]]) -> list[str]:
    """The other way round."""
    return [
        each["name"]
        if each["type"] == "space"
        else f"{each['name']}/*"
        if each["type"] in ("user", "org")
        else f"{each['type']} {each['name']}"
        for each in watched
    ]


def _domains(chosen: Sequence[str] | None) -> Sequence[str]:
    """All of them is kept as none: what is added to the list one day is then among them. Raises: BadRequest."""
    if not chosen:
        raise BadRequest("choose at least one kind of news")
    return () if set(chosen) >= set(DOMAINS) else chosen


def _fields_of(webhook: Webhook, problem: str = "") -> Fields:
    return Fields(webhook.url, "\n".join(watched_words(webhook.watched)), webhook.domains or DOMAINS, problem)
